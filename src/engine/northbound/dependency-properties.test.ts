import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Answer, type Body, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { PlanWatch } from '../../../test/support/plan-watch.ts';
import { recordHeartbeat } from '../../resources/agent/heartbeat.ts';
import { followHosts } from '../../resources/agent/placement.ts';
import { recordHealth } from '../../resources/anycast-address/members.ts';
import { definitions, type ResourceName } from '../../resources/registry.ts';
import { setPortStatus } from '../../resources/status.ts';

/** Values that attributes may be given, whatever the resource; those of a list are tried in turn. */
const values: Record<string, readonly unknown[]> = {
  minimum: [1, 2],
  maximum: [9, 8],
  name: ['a', 'b'],
  description: ['', 'x'],
  admin_state_up: [true, false],
  mtu: [1280, 1400],
  dns_domain: ['', 'example.org.'],
  dns_forwarders: [[], ['::']],
  multicast_snooping: [true, false],
  nat64_prefix: [null, '64:ff9b::/96'],
  address_policy: ['strict', 'prefix'],
  'router:external': [true, false],
  shared: [true, false],
  enable_dhcp: [true, false],
  gateway_ip: ['fe80::1', 'fd00:1::1', '10.1.0.9', null],
  dns_nameservers: [[], ['fd00::53'], ['10.0.0.53']],
  dns_search_domains: [[], ['example.org']],
  host_routes: [[], [{ destination: 'fd00:f::/64', nexthop: 'fd00:1::' }]],
  preferred_lifetime: [null, 600],
  valid_lifetime: [null, 90_000],
  ra_router_lifetime: [null, 0],
  ra_router_preference: ['medium', 'low'],
  ra_prefer_delegation: [false, true],
  pref64: [null, '64:ff9b::/96'],
  port_security_enabled: [true, false],
  allowed_address_pairs: [[], [{ ip_address: 'fd00:9::9' }]],
  device_role: ['host', 'router'],
  delegated_prefixes: [[], ['fd00:d::/64'], ['fd00:e::/64']],
  extra_dhcp_opts: [[], [{ opt_name: 'ntp-server', opt_value: 'fd00::1', ip_version: 6 }]],
  dns_name: ['', 'web'],
  data_plane_status: [null, 'DOWN'],
  numa_affinity_policy: [null, 'legacy'],
  learned_addresses: [[]],
  device_id: ['', 'machine'],
  device_owner: ['', 'compute:nova', 'network:dhcp'],
  mac_address: ['fa:16:3e:00:00:01', 'fa:16:3e:00:00:02'],
  routes: [
    [],
    [{ destination: 'fd00:7::/64', nexthop: 'fd00:1::9' }],
    [{ destination: 'fd00:8::/64', nexthop: 'fe80::9' }],
  ],
  ipv6_next_hop: [null, 'fe80::1'],
  enable_default_route_ecmp: [true, false],
  multicast_relay: [true, false],
  enable_ndp_proxy: [true, false],
  distributed_ipv6: [true, false],
  distributed: [false, true],
  ha: [false, true],
  egress_only_ipv6: [true, false],
  advertise_floating_ip_host_routes: [true, false],
  advertise_tenant_networks: [true, false],
  password: [null],
  bfd: [true, false],
  stateful: [true, false],
  enabled: [true, false],
  health_check: [{ type: 'icmp' }, { type: 'tcp', port: 80 }],
  allocation_pools: [
    [{ start: 'fd00:1::1:0', end: 'fd00:1::1:ff' }],
    [{ start: '10.1.0.10', end: '10.1.0.200' }],
  ],
  service_types: [[], ['compute:nova']],
  prefixes: [['fd00:aa::/48'], ['fd00:aa::/48', 'fd00:ab::/48']],
  default_prefixlen: [64, 65],
  min_prefixlen: [64, 60],
  max_prefixlen: [128, 80],
  default_quota: [null, 5],
  address_scope_id: [null],
  qos_policy_id: [null],
  is_default: [true, false],
  'binding:host_id': ['', 'hv1'],
  'binding:vnic_type': ['normal', 'direct'],
  'binding:profile': [{}, { rack: '7' }, { capabilities: ['switchdev'] }],
  hostname: ['', 'web'],
  user_data: ['', 'text'],
  user_data_encoding: ['text', 'base64'],
  public_keys: [[]],
  metadata: [{}, { role: 'web' }],
  availability_zone: ['', 'nova'],
};

const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
const prefixes = [
  { cidr: 'fd00:1::/64', ...slaac },
  { cidr: 'fd00:2::/64', ...slaac, gateway_ip: 'fe80::1' },
  {
    cidr: 'fd00:3::/64',
    ip_version: 6,
    ipv6_ra_mode: 'dhcpv6-stateful',
    ipv6_address_mode: 'dhcpv6-stateful',
  },
  { cidr: '10.1.0.0/24', ip_version: 4 },
  { cidr: '10.2.0.0/24', ip_version: 4 },
];

/** One step: what is done, and numbers that say to what and how. */
interface Step {
  readonly what: string;
  readonly one: number;
  readonly two: number;
  readonly three: number;
  /** Whether plans are compared after it, or only after a later one. */
  readonly look: boolean;
}

class World {
  readonly #api: TestApi;
  readonly #known = new Map<ResourceName, string[]>();

  constructor(api: TestApi) {
    this.#api = api;
  }

  /** One of the resources of this kind that there are, or were; an id that nothing has when there is none. */
  #pick(name: ResourceName, number: number): string {
    const ids = this.#known.get(name) ?? [];
    return ids[number % ids.length] ?? '00000000-0000-4000-8000-000000000000';
  }

  async #call(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer> {
    const answer = await this.#api.call(method, `/v2.0/${path}`, body);
    assert.ok(answer.status < 500, `${method} ${path} ${JSON.stringify(body)}: ${answer.status}`);
    return answer;
  }

  async #make(name: ResourceName, wish: object): Promise<void> {
    const { status, body } = await this.#call('POST', definitions[name].path, { [name]: wish });
    const ids = this.#known.get(name) ?? [];
    if (status === 201) this.#known.set(name, [...ids, String((body[name] as Body).id)]);
  }

  /** Gives an attribute of a resource one of the values above. */
  #change(name: ResourceName, id: string, attribute: number, value: number): Promise<Answer> {
    const { attributes, path } = definitions[name];
    const names = Object.entries(attributes).flatMap(([each, facts]) =>
      'update' in facts && values[each] !== undefined ? [each] : [],
    );
    const chosen = names[attribute % names.length];
    if (chosen === undefined) return this.#call('PUT', `${path}/${id}`, { [name]: {} });
    const candidates = values[chosen] ?? [];
    return this.#call('PUT', `${path}/${id}`, {
      [name]: { [chosen]: candidates[value % candidates.length] },
    });
  }

  #subport(number: number): object {
    const vlan = { segmentation_type: 'vlan', segmentation_id: 1 + (number % 9) };
    return { port_id: this.#pick('port', number), ...vlan };
  }

  readonly steps: Readonly<Record<string, (one: number, two: number, three: number) => Promise<unknown>>> = {
    network: (one) =>
      this.#make('network', {
        'router:external': one % 3 === 0,
        ...(one % 2 === 0 && { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' }),
      }),
    subnet: (one, two) =>
      this.#make('subnet', { network_id: this.#pick('network', one), ...prefixes[two % prefixes.length] }),
    port: (one, two) =>
      this.#make('port', {
        network_id: this.#pick('network', one),
        ...(two % 2 === 0 && { security_groups: [this.#pick('security_group', two)] }),
      }),
    router: (one) =>
      this.#make('router', {
        external_gateway_info: one % 2 === 0 ? { network_id: this.#pick('network', one) } : null,
      }),
    gateway: (one, two) =>
      this.#call('PUT', `routers/${this.#pick('router', one)}`, {
        router: {
          external_gateway_info:
            two % 3 === 0 ? null : { network_id: this.#pick('network', two), enable_snat: two % 2 === 0 },
        },
      }),
    attach: (one, two, three) =>
      this.#call('PUT', `routers/${this.#pick('router', one)}/add_router_interface`, {
        ...(three % 3 === 0
          ? { port_id: this.#pick('port', two) }
          : { subnet_id: this.#pick('subnet', two) }),
      }),
    detach: (one, two) =>
      this.#call('PUT', `routers/${this.#pick('router', one)}/remove_router_interface`, {
        subnet_id: this.#pick('subnet', two),
      }),
    addresses: (one, two, three) =>
      this.#call('PUT', `ports/${this.#pick('port', one)}`, {
        port: {
          fixed_ips: [{ subnet_id: this.#pick('subnet', two) }, { subnet_id: this.#pick('subnet', three) }],
        },
      }),
    group: () => this.#make('security_group', {}),
    groups: (one, two, three) =>
      this.#call('PUT', `ports/${this.#pick('port', one)}`, {
        port: { security_groups: three % 3 === 0 ? [] : [this.#pick('security_group', two)] },
      }),
    rule: (one, two, three) =>
      this.#make('security_group_rule', {
        security_group_id: this.#pick('security_group', one),
        direction: 'ingress',
        ethertype: 'IPv6',
        ...(three % 2 === 0 && { remote_group_id: this.#pick('security_group', two) }),
      }),
    log: (one, two) =>
      this.#make('log', {
        resource_type: 'security_group',
        ...(one % 3 === 0 && { resource_id: this.#pick('security_group', one) }),
        ...(one % 3 === 1 && { target_id: this.#pick('port', two) }),
      }),
    addressGroup: () => this.#make('address_group', { addresses: ['fd00:a::/64'] }),
    groupAddresses: (one, two) =>
      this.#call('PUT', `address-groups/${this.#pick('address_group', one)}/add_addresses`, {
        addresses: [`10.0.${two % 9}.0/24`],
      }),
    leavingAddresses: (one, two) =>
      this.#call('PUT', `address-groups/${this.#pick('address_group', one)}/remove_addresses`, {
        addresses: [`10.0.${two % 9}.0/24`],
      }),
    anycast: (one, two) =>
      this.#make('anycast_address', {
        router_id: this.#pick('router', one),
        address: `fd00:ffff::${1 + (two % 3)}`,
      }),
    floating: (one, two) =>
      this.#make('floatingip', {
        floating_network_id: this.#pick('network', one),
        ...(two % 2 === 0 && { port_id: this.#pick('port', two) }),
      }),
    association: (one, two, three) =>
      this.#call('PUT', `floatingips/${this.#pick('floatingip', one)}`, {
        floatingip: { port_id: three % 3 === 0 ? null : this.#pick('port', two) },
      }),
    forwarding: (one, two, three) =>
      this.#call('POST', `floatingips/${this.#pick('floatingip', one)}/port_forwardings`, {
        port_forwarding: {
          internal_port_id: this.#pick('port', two),
          ...{ protocol: 'tcp', internal_port: 80, external_port: 1 + three },
        },
      }),
    heartbeat: (one) =>
      this.#api.store.transaction(async (tx) => {
        const configurations = { bridge_mappings: one % 2 === 0 ? 'physnet1:br-ex' : '' };
        const host = `hv${one % 3}`;
        await recordHeartbeat(tx, { host, chassis: host, configurations });
        await tx.sent();
        await followHosts(tx);
      }),
    members: (one, two, three) =>
      this.#call('PUT', `anycast-addresses/${this.#pick('anycast_address', one)}`, {
        anycast_address: {
          port_ids: three % 3 === 0 ? [] : [this.#pick('port', two), this.#pick('port', three)],
        },
      }),
    status: (one, two) =>
      this.#api.store.transaction((tx) =>
        setPortStatus(tx, [this.#pick('port', one)], two % 2 === 0 ? 'ACTIVE' : 'DOWN'),
      ),
    health: (one, two, three) =>
      this.#api.store.transaction((tx) =>
        recordHealth(tx, {
          id: this.#pick('anycast_address', one),
          portId: this.#pick('port', two),
          healthy: three % 2 === 0,
        }),
      ),
    instance: () => this.#make('instance', {}),
    trunk: (one, two) =>
      this.#make('trunk', {
        port_id: this.#pick('port', one),
        ...(two % 2 === 0 && { sub_ports: [this.#subport(two)] }),
      }),
    subports: (one, two, three) =>
      this.#call('PUT', `trunks/${this.#pick('trunk', one)}/${three % 3 === 0 ? 'remove' : 'add'}_subports`, {
        sub_ports: [this.#subport(two)],
      }),
    policy: () => this.#make('policy', { name: 'a' }),
    limit: (one, two) =>
      this.#call('POST', `qos/policies/${this.#pick('policy', one)}/bandwidth_limit_rules`, {
        bandwidth_limit_rule: { max_kbps: 1 + two, direction: two % 2 === 0 ? 'egress' : 'ingress' },
      }),
    limited: (one, two, three) => {
      const name = (['network', 'port', 'floatingip'] as const)[two % 3]!;
      return this.#call('PUT', `${name}s/${this.#pick(name, one)}`, {
        [name]: { qos_policy_id: three % 3 === 0 ? null : this.#pick('policy', two) },
      });
    },
    limitedGateway: (one, two, three) =>
      this.#call('PUT', `routers/${this.#pick('router', one)}`, {
        router: {
          external_gateway_info: {
            network_id: this.#pick('network', two),
            qos_policy_id: three % 3 === 0 ? null : this.#pick('policy', three),
          },
        },
      }),
    scope: () => this.#make('address_scope', { name: 'a', ip_version: 6 }),
    pool: () => this.#make('subnetpool', { name: 'a', prefixes: ['fd00:aa::/48'] }),
    pooled: (one, two) =>
      this.#make('subnet', {
        network_id: this.#pick('network', one),
        ...slaac,
        subnetpool_id: this.#pick('subnetpool', two),
      }),
    scoped: (one, two, three) =>
      this.#call('PUT', `subnetpools/${this.#pick('subnetpool', one)}`, {
        subnetpool: { address_scope_id: three % 3 === 0 ? null : this.#pick('address_scope', two) },
      }),
    onboard: (one, two) =>
      this.#call('PUT', `subnetpools/${this.#pick('subnetpool', one)}/onboard_network_subnets`, {
        network_id: this.#pick('network', two),
      }),
    ...Object.fromEntries(
      (Object.keys(definitions) as ResourceName[]).flatMap((name) => [
        [
          `change ${name}`,
          (one: number, two: number, three: number) => this.#change(name, this.#pick(name, one), two, three),
        ],
        [
          `delete ${name}`,
          (one: number) => this.#call('DELETE', `${definitions[name].path}/${this.#pick(name, one)}`),
        ],
      ]),
    ),
  };
}

/** Attributes that steps of their own change. */
const otherwise = new Set([
  'port_id',
  'fixed_ip_address',
  'fixed_ips',
  'security_groups',
  'port_ids',
  'external_gateway_info',
  // Whom something is shared with, the network does not know.
  'target_tenant',
]);

test('every attribute that can be changed is', () => {
  const missing = Object.values(definitions).flatMap(({ name, attributes }) =>
    Object.entries(attributes)
      .filter(([each, facts]) => 'update' in facts && values[each] === undefined && !otherwise.has(each))
      .map(([each]) => `${name}.${each}`),
  );
  assert.deepEqual(missing, []);
});

test('whatever is done, the units whose plans change are those that changes concern', async () => {
  const known = Object.keys(new World({} as TestApi).steps);
  // What makes things comes more often than what deletes them, lest there be nothing to work on.
  const weighted = known.flatMap((what) => (what.startsWith('delete') ? [what] : [what, what, what]));
  const number = fc.nat(1_000);
  const step: fc.Arbitrary<Step> = fc.record({
    what: fc.constantFrom(...weighted),
    one: number,
    two: number,
    three: number,
    look: fc.boolean(),
  });
  const beginning = [
    'network',
    'network',
    'subnet',
    'subnet',
    'group',
    'router',
    'port',
    'port',
    'attach',
    'anycast',
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 60, maxLength: 120, size: 'max' }), async (steps) => {
      const api = await startTestApi();
      try {
        const watch = new PlanWatch(api);
        await watch.missed();
        const { steps: does } = new World(api);
        for (const [index, what] of beginning.entries()) await does[what]?.(index + 1, index, index + 1);
        const done: string[] = [];
        for (const { what, one, two, three, look } of steps) {
          done.push(`${what} ${one} ${two} ${three}`);
          await does[what]?.(one, two, three);
          if (look) assert.deepEqual(await watch.missed(), [], done.slice(-5).join('; '));
        }
        assert.deepEqual(await watch.missed(), [], done.slice(-5).join('; '));
      } finally {
        await api.close();
      }
    }),
    // The last steps are in the message; a shorter way to the same would take minutes to find.
    { numRuns: 4, endOnFailure: true },
  );
});
