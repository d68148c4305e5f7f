/**
 * Every verb, on every resource, by every role, as owner, as owner of what it belongs to, as somebody whom it is shared
 * with, and as a stranger.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Answer, type Body, startTestApi, type TestApi } from '../../test/support/api.ts';
import { definitions, type ResourceName, SHARED_KINDS, type SharedKind } from '../resources/index.ts';

const ROLES = ['admin', 'manager', 'member', 'reader', 'operator'] as const;
type RoleName = (typeof ROLES)[number];

/** Roles of a token, as they are told with those that they imply. */
const TOLD: Readonly<Record<RoleName, string>> = {
  admin: 'admin,manager,member,reader',
  manager: 'manager,member,reader',
  member: 'member,reader',
  reader: 'reader',
  operator: 'operator',
};

const asRole = (project: string, role: RoleName) => ({ 'x-project-id': project, 'x-roles': TOLD[role] });
const red = asRole('red', 'member');

/** How a thing of red's is made, and by whom; what is left out can be made by nobody here. */
const recipes: Partial<
  Record<ResourceName, { wish: (api: TestApi) => Promise<object>; by?: 'administrator'; change?: object }>
> = {
  network: { wish: async () => ({}) },
  subnetpool: { wish: async () => ({ name: 'pool', prefixes: ['fd00::/48'] }) },
  subnet: {
    wish: async (api) => ({
      network_id: (await api.make('network', {}, red)).id,
      ip_version: 6,
      cidr: 'fd01::/64',
    }),
  },
  port: { wish: async (api) => ({ network_id: (await api.make('network', {}, red)).id }) },
  policy: { wish: async () => ({ name: 'policy' }) },
  trunk: {
    wish: async (api) => {
      const { id } = await api.make('network', {}, red);
      return { port_id: (await api.make('port', { network_id: id }, red)).id };
    },
  },
  router: { wish: async () => ({}) },
  floatingip: {
    wish: async (api) => {
      const ops = asRole('ops', 'admin');
      const { id } = await api.make('network', { 'router:external': true }, ops);
      await api.make('subnet', { network_id: id, ip_version: 6, cidr: 'fd02::/64' }, ops);
      return { floating_network_id: id };
    },
  },
  address_scope: { wish: async () => ({ name: 'scope', ip_version: 6 }), change: { name: 'other' } },
  address_group: { wish: async () => ({ addresses: ['2001:db8::/32'] }) },
  security_group: { wish: async () => ({ name: 'group' }) },
  security_group_rule: {
    wish: async (api) => ({
      security_group_id: (await api.make('security_group', { name: 'group' }, red)).id,
      direction: 'ingress',
      ethertype: 'IPv6',
    }),
  },
  rbac_policy: {
    wish: async (api) => ({
      object_type: 'network',
      object_id: (await api.make('network', {}, red)).id,
      target_tenant: 'green',
      action: 'access_as_shared',
    }),
    change: { target_tenant: 'violet' },
  },
  instance: { wish: async () => ({ name: 'instance' }) },
  log: { wish: async () => ({ resource_type: 'security_group' }), by: 'administrator' },
  default_security_group_rule: {
    wish: async () => {
      const port = nextNumber++;
      const ports = { port_range_min: port, port_range_max: port };
      return { direction: 'ingress', ethertype: 'IPv6', protocol: 'tcp', ...ports };
    },
    by: 'administrator',
  },
  bgp_speaker: { wish: async () => ({ name: 's', local_as: 64_512, ip_version: 6 }), by: 'administrator' },
  bgp_peer: {
    wish: async () => ({ name: 'p', peer_ip: '2001:db8::1', remote_as: 64_513 }),
    by: 'administrator',
  },
  network_segment_range: {
    wish: async () => {
      const id = nextNumber++;
      const range = { minimum: id, maximum: id, shared: false };
      return { name: 'range', network_type: 'vlan', physical_network: 'physnet1', ...range };
    },
    by: 'administrator',
  },
};
let nextNumber = 1000;

/** What everybody sees. */
const OPEN_TO_ALL: ReadonlySet<string> = new Set(['default_security_group_rule']);
const UNCHANGEABLE: ReadonlySet<string> = new Set(['security_group_rule', 'default_security_group_rule']);

/** Whose projects are, and what they are to a thing of red's. */
const RELATIONS = { red: 'owner', blue: 'stranger', pink: 'sharer' } as const;
type RelationToIt = (typeof RELATIONS)[keyof typeof RELATIONS];

/** As what a thing is shared; what is left out cannot be. */
const SHARED_AS: Partial<Record<ResourceName, SharedKind>> = {
  network: 'network',
  subnetpool: 'subnetpool',
  address_scope: 'address_scope',
  address_group: 'address_group',
  security_group: 'security_group',
  policy: 'qos_policy',
};

type Tried = 'list' | 'show' | 'create' | 'update' | 'tag' | 'delete';

/** The statuses that a request may have. */
function expected(
  name: ResourceName,
  verb: Tried,
  role: RoleName,
  relation: RelationToIt,
): readonly number[] {
  const isOwner = relation === 'owner';
  const isAdmin = role === 'admin';
  const isWriter = isAdmin || role === 'member' || role === 'manager';
  const administrative = recipes[name]?.by === 'administrator';
  if (verb === 'list') return [200];
  if (verb === 'create') return isAdmin || (isWriter && !administrative) ? [201] : [403];
  const sees = isAdmin || relation !== 'stranger' || OPEN_TO_ALL.has(name);
  if (verb === 'update' && UNCHANGEABLE.has(name)) return [405];
  if (!sees) return [404];
  if (verb === 'show') return [200];
  const mayChange = isAdmin || (isWriter && isOwner && !administrative);
  return mayChange ? [200, 201, 204] : [403];
}

describe('policy', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  const made = async (name: ResourceName): Promise<Body> => {
    const recipe = recipes[name]!;
    return api.make(
      name,
      await recipe.wish(api),
      recipe.by === 'administrator' ? asRole('red', 'admin') : red,
    );
  };

  const attempt = async (
    name: ResourceName,
    verb: Tried,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    const { path } = definitions[name];
    const base = `/v2.0/${path}`;
    if (verb === 'list') return api.call('GET', base, undefined, headers);
    if (verb === 'create') {
      const wish = { ...(await recipes[name]!.wish(api)) } as Record<string, unknown>;
      // What it is made in is the caller's own.
      if ('network_id' in wish) wish.network_id = (await api.make('network', {}, asOwner(headers))).id;
      if ('port_id' in wish) {
        const network = await api.make('network', {}, asOwner(headers));
        wish.port_id = (await api.make('port', { network_id: network.id }, asOwner(headers))).id;
      }
      if ('security_group_id' in wish)
        wish.security_group_id = (await api.make('security_group', {}, asOwner(headers))).id;
      if ('object_id' in wish) wish.object_id = (await api.make('network', {}, asOwner(headers))).id;
      return api.call('POST', base, { [name]: wish }, headers);
    }
    const { id } = await made(name);
    const kind = RELATIONS[headers['x-project-id'] as keyof typeof RELATIONS] === 'sharer' && SHARED_AS[name];
    if (kind) {
      const policy = { object_type: kind, object_id: id, target_tenant: headers['x-project-id'] };
      await api.make('rbac_policy', { ...policy, action: 'access_as_shared' }, red);
    }
    const change = { [name]: recipes[name]!.change ?? { description: 'changed' } };
    if (verb === 'show') return api.call('GET', `${base}/${id}`, undefined, headers);
    if (verb === 'update') return api.call('PUT', `${base}/${id}`, change, headers);
    if (verb === 'tag') return api.call('PUT', `${base}/${id}/tags/red`, undefined, headers);
    return api.call('DELETE', `${base}/${id}`, undefined, headers);
  };
  const asOwner = (headers: Record<string, string>) => asRole(headers['x-project-id'] ?? '', 'member');

  for (const name of Object.keys(recipes) as ResourceName[]) {
    it(`of ${definitions[name].title.toLowerCase()}s`, async () => {
      for (const role of ROLES)
        for (const [project, relation] of Object.entries(RELATIONS))
          for (const verb of ['list', 'show', 'create', 'update', 'tag', 'delete'] as const) {
            if (verb === 'tag' && !('tags' in definitions[name].attributes)) continue;
            if (relation === 'sharer' && SHARED_AS[name] === undefined) continue;
            const { status, body } = await attempt(name, verb, asRole(project, role));
            const wanted = expected(name, verb, role, relation);
            const words = `${verb} ${name} as ${role} of ${project}: ${status} ${JSON.stringify(body)}`;
            assert.ok(wanted.includes(status), words);
            if (status === 404) assert.match(JSON.stringify(body), /could not be found|NotFound/);
          }
    });

    it(`of attributes of ${definitions[name].title.toLowerCase()}s`, async () => {
      const attributes = Object.entries(definitions[name].attributes) as [
        string,
        { see?: string; hidden?: true },
      ][];
      const hidden = attributes.filter(([, { see }]) => see === 'admin').map(([attribute]) => attribute);
      const { id } = await made(name);
      const path = `/v2.0/${definitions[name].path}`;
      for (const attribute of hidden) {
        const shown = await api.call('GET', `${path}/${id}`, undefined, red);
        if (shown.status === 404) continue;
        assert.ok(!Object.hasOwn(shown.body[name]!, attribute), attribute);
        for (const query of [`${attribute}=x`, `sort_key=${attribute}`])
          assert.equal((await api.call('GET', `${path}?${query}`, undefined, red)).status, 400, query);
      }
      for (const [attribute, { update }] of attributes as [string, { update?: string }][]) {
        if (update !== 'admin') continue;
        const change = { [name]: { [attribute]: 'x' } };
        const { status } = await api.call('PUT', `${path}/${id}`, change, red);
        assert.ok(status === 403 || status === 400 || status === 404, `${attribute}: ${status}`);
      }
    });
  }

  it('lets owners of a network delete ports of others on it, and of a security group rules', async () => {
    const network = await api.make('network', { shared: true }, asRole('red', 'admin'));
    const port = await api.make('port', { network_id: network.id }, asRole('blue', 'member'));
    const path = `/v2.0/ports/${port.id}`;
    const rename = { port: { name: 'x' } };
    assert.equal((await api.call('GET', path, undefined, asRole('red', 'reader'))).status, 200);
    assert.equal((await api.call('PUT', path, rename, red)).status, 403);
    assert.equal((await api.call('DELETE', path, undefined, asRole('red', 'reader'))).status, 403);
    assert.equal((await api.call('DELETE', path, undefined, asRole('green', 'member'))).status, 404);
    assert.equal((await api.call('DELETE', path, undefined, red)).status, 204);

    const group = await api.make('security_group', { name: 'group' }, red);
    const rule = await api.make(
      'security_group_rule',
      {
        security_group_id: group.id,
        direction: 'egress',
        ethertype: 'IPv6',
        protocol: 'udp',
        project_id: 'ops',
      },
      asRole('ops', 'admin'),
    );
    const at = `/v2.0/security-group-rules/${rule.id}`;
    assert.equal((await api.call('GET', at, undefined, red)).status, 200);
    assert.equal((await api.call('GET', at, undefined, asRole('blue', 'member'))).status, 404);
    assert.equal((await api.call('DELETE', at, undefined, red)).status, 204);
  });

  it('is tried with all that can be shared', () => {
    assert.deepEqual(Object.values(SHARED_AS).sort(), [...SHARED_KINDS].sort());
  });

  it('is tried on every resource that can be made here', () => {
    const untried = Object.keys(definitions).filter((name) => recipes[name as ResourceName] === undefined);
    // Addresses need routers around them, agents come by themselves, tokens need hosts elsewhere.
    assert.deepEqual(untried.sort(), [
      'agent',
      'anycast_address',
      'host_token',
      'ndp_proxy',
      'nptv6_translation',
    ]);
  });
});
