/** Requests that meet: what holds of one after the other holds of them at once, through whichever process they come. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startTestApi } from '../support/api.ts';
import { type Call, startApiProcess } from '../support/api-processes.ts';
import { startPostgres } from '../support/postgres.ts';

/** Each race is run so often: one that is lost is lost in most of them. */
const ROUNDS = 5;
const PROCESSES = 3;

/** What of a resource is looked at here. */
interface Found {
  readonly id: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
  readonly tags: readonly string[];
  readonly revision_number: number;
  readonly used: object;
}

describe('requests at once (sqlite)', () => {
  let call: Call;
  let stop: () => Promise<void>;
  before(async () => {
    const api = await startTestApi();
    call = (method, ...rest) => api.call(method as 'GET', ...rest);
    stop = api.close;
  });
  after(() => stop());
  describeRaces(() => call);
});

describe(`requests at once, to ${PROCESSES} processes (postgres)`, () => {
  let call: Call;
  let stop: () => Promise<void>;
  before(async () => {
    const postgres = await startPostgres();
    const url = await postgres.newDatabase();
    // All of them find an empty database.
    const processes = await Promise.all(Array.from({ length: PROCESSES }, () => startApiProcess(url)));
    let next = 0;
    call = (...request) => (processes[next++ % PROCESSES] as (typeof processes)[number]).call(...request);
    stop = async () => {
      await Promise.all(processes.map((one) => one.stop()));
      await postgres.stop();
    };
  });
  after(() => stop());
  describeRaces(() => call);
});

function describeRaces(callOf: () => Call): void {
  let networks = 0;

  /** Makes one; fails unless the answer is 201. */
  async function make(name: string, wish: object = {}, collection = `${name}s`): Promise<Found> {
    const { status, body } = await callOf()('POST', `/v2.0/${collection}`, { [name]: wish });
    assert.equal(status, 201, JSON.stringify(body));
    return body[name] as unknown as Found;
  }
  const post = (name: string, wish: object, collection = `${name}s`) =>
    callOf()('POST', `/v2.0/${collection}`, { [name]: wish });
  const remove = (path: string) => callOf()('DELETE', `/v2.0/${path}`);
  const get = async <Answer>(path: string): Promise<Answer> =>
    (await callOf()('GET', `/v2.0/${path}`)).body as Answer;

  const times = <R>(count: number, request: (index: number) => Promise<R>): Promise<R[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => request(index)));

  /** How many answers have each status: `{ 201: 1, 409: 7 }`. */
  const tally = (answers: readonly { status: number }[]): Record<string, number> =>
    Object.fromEntries(
      Array.from(
        Map.groupBy(answers, ({ status }) => status),
        ([status, { length }]) => [status, length],
      ),
    );

  /** Declares a race, of which every round must end well. */
  const race = (title: string, round: () => Promise<void>) =>
    it(title, async () => {
      for (let count = 0; count < ROUNDS; count++) await round();
    });

  /** A delete against a create that needs what is deleted: one of them is refused, whichever comes second. */
  async function either(
    deletion: Promise<{ status: number }>,
    creation: Promise<{ status: number; body: unknown }>,
    refused = 404,
  ): Promise<void> {
    const [deleted, created] = await Promise.all([deletion, creation]);
    const outcome = `${deleted.status} ${created.status}`;
    assert.ok([`204 ${refused}`, '409 201'].includes(outcome), `${outcome} ${JSON.stringify(created.body)}`);
  }

  race('one prefix is on a network once', async () => {
    const network = await make('network');
    const wish = { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' };
    assert.deepEqual(tally(await times(8, () => post('subnet', wish))), { 201: 1, 400: 7 });
  });

  race('every port has an address in a SLAAC subnet that is made meanwhile', async () => {
    const network = await make('network');
    const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    const answers = await times(9, (index) =>
      index === 4
        ? post('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64', ...slaac })
        : post('port', { network_id: network.id }),
    );
    assert.deepEqual(tally(answers), { 201: 9 });
    const { ports } = await get<{ ports: Found[] }>(`ports?network_id=${network.id}`);
    assert.deepEqual(
      ports.map((port) => port.fixed_ips.length),
      Array(8).fill(1),
    );
  });

  race('a prefix is delegated to one port', async () => {
    const network = await make('network');
    const wish = { network_id: network.id, delegated_prefixes: ['fd00:1::/56'] };
    assert.deepEqual(tally(await times(4, () => post('port', wish))), { 201: 1, 409: 3 });
  });

  race('a prefix of a pool goes to one port, or to one subnet', async () => {
    const pool = await make('subnetpool', { name: 'p', prefixes: ['fd00:1::/62'] });
    const networks = await times(6, () => make('network'));
    const answers = await times(6, (index) => {
      const network_id = networks[index]?.id;
      const from = { subnetpool_id: pool.id };
      return index % 2 === 0
        ? post('port', { network_id, delegated_prefixes: [from] })
        : post('subnet', { network_id, ip_version: 6, ...from });
    });
    assert.deepEqual(tally(answers), { 201: 4, 409: 2 });
    const taken = answers.flatMap(({ body }) => {
      const { port, subnet } = body as Record<string, { delegated_prefixes?: string[]; cidr?: string }>;
      return port?.delegated_prefixes ?? subnet?.cidr ?? [];
    });
    assert.equal(new Set(taken).size, 4);
  });

  race('a MAC address, and an address, is one port’s', async () => {
    const network = await make('network');
    const subnet = await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
    const mac = { network_id: network.id, mac_address: 'fa:16:3e:00:00:01' };
    assert.deepEqual(tally(await times(8, () => post('port', mac))), { 201: 1, 409: 7 });
    const address = { network_id: network.id, fixed_ips: [{ subnet_id: subnet.id, ip_address: 'fd00::99' }] };
    assert.deepEqual(tally(await times(8, () => post('port', address))), { 201: 1, 409: 7 });
  });

  race('the last addresses of a subnet go to one port each', async () => {
    const network = await make('network');
    await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/29' });
    const answers = await times(8, () => post('port', { network_id: network.id }));
    assert.deepEqual(tally(answers), { 201: 5, 409: 3 });
    const { ports } = await get<{ ports: Found[] }>(`ports?network_id=${network.id}`);
    assert.equal(new Set(ports.map((port) => port.fixed_ips[0]?.ip_address)).size, 5);
  });

  race('a port is on one router', async () => {
    const network = await make('network');
    await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
    const port = await make('port', { network_id: network.id });
    const routers = await times(2, () => make('router'));
    const answers = await Promise.all(
      routers.map(({ id }) =>
        callOf()('PUT', `/v2.0/routers/${id}/add_router_interface`, { port_id: port.id }),
      ),
    );
    assert.deepEqual(tally(answers), { 200: 1, 409: 1 });
  });

  race('a router has no two subnets that overlap', async () => {
    const router = await make('router');
    const subnets = await times(2, async () => {
      const network = await make('network');
      return make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
    });
    const answers = await Promise.all(
      subnets.map(({ id }) =>
        callOf()('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id }),
      ),
    );
    assert.deepEqual(tally(answers), { 200: 1, 400: 1 });
  });

  race('a network goes, or what comes on it is there', async () => {
    for (const wish of [{}, { ip_version: 6, cidr: 'fd00::/64' }]) {
      const network = await make('network');
      const name = 'cidr' in wish ? 'subnet' : 'port';
      const [deleted, created] = await Promise.all([
        remove(`networks/${network.id}`),
        post(name, { network_id: network.id, ...wish }),
      ]);
      // A subnet goes with its network.
      const possible = name === 'port' ? ['204 404', '409 201'] : ['204 404', '204 201'];
      const outcome = `${deleted.status} ${created.status}`;
      assert.ok(possible.includes(outcome), `${name} ${outcome} ${JSON.stringify(created.body)}`);
    }
  });

  race('a subnet goes, or the address that is taken in it is there', async () => {
    const network = await make('network');
    const { id } = await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
    const wish = { network_id: network.id, fixed_ips: [{ subnet_id: id }] };
    await either(remove(`subnets/${id}`), post('port', wish), 400);
  });

  race('a router goes, or its interface is there', async () => {
    const network = await make('network');
    const subnet = await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' });
    const router = await make('router');
    const [deleted, attached] = await Promise.all([
      remove(`routers/${router.id}`),
      callOf()('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id }),
    ]);
    assert.ok(
      ['204 404', '409 200'].includes(`${deleted.status} ${attached.status}`),
      `${deleted.status} ${attached.status}`,
    );
  });

  race('a router has eight gateways at most', async () => {
    const { id } = await make('network', { 'router:external': true });
    const router = await make('router');
    const add = () =>
      callOf()('PUT', `/v2.0/routers/${router.id}/add_external_gateways`, {
        router: { external_gateways: [{ network_id: id }] },
      });
    assert.deepEqual(tally(await times(10, add)), { 200: 8, 409: 2 });
    const { ports } = await get<{ ports: Found[] }>(`ports?device_id=${router.id}`);
    assert.equal(ports.length, 8);
  });

  race('a gateway goes, or gets another beside it, or the floating IP there leaves by it', async () => {
    const outside = await times(2, () => make('network', { 'router:external': true }));
    for (const [index, { id }] of outside.entries())
      await make('subnet', { network_id: id, ip_version: 4, cidr: `198.18.${index}.0/24` });
    const inside = await make('network');
    const subnet = await make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.0.0.0/24' });
    const port = await make('port', { network_id: inside.id });
    const [first, second] = outside.map(({ id }) => ({ network_id: id }));
    const router = await make('router', { external_gateway_info: first });
    const act = (action: string, body: object) =>
      callOf()('PUT', `/v2.0/routers/${router.id}/${action}`, body);
    await act('add_router_interface', { subnet_id: subnet.id });
    for (const [verb, refused] of [
      ['remove', 404],
      ['add', 409],
    ] as const) {
      const wishes = { router: { external_gateways: [second] } };
      await act('update_external_gateways', { router: { external_gateways: [first, second] } });
      const [changed, made] = await Promise.all([
        act(`${verb}_external_gateways`, wishes),
        post('floatingip', { floating_network_id: second?.network_id, port_id: port.id }),
      ]);
      const outcome = `${changed.status} ${made.status}`;
      assert.ok([`200 ${refused}`, '409 201'].includes(outcome), `${outcome} ${JSON.stringify(made.body)}`);
      const { floatingips } = await get<{ floatingips: Found[] }>(`floatingips?router_id=${router.id}`);
      for (const { id } of floatingips) await remove(`floatingips/${id}`);
    }
  });

  race('a security group goes, or what is in it is there', async () => {
    const network = await make('network');
    const member = await make('security_group', { name: 'a' }, 'security-groups');
    await either(
      remove(`security-groups/${member.id}`),
      post('port', { network_id: network.id, security_groups: [member.id] }),
    );
    const { id } = await make('security_group', { name: 'b' }, 'security-groups');
    const rule = { security_group_id: id, direction: 'ingress', ethertype: 'IPv6', protocol: 'tcp' };
    const [deleted, created] = await Promise.all([
      remove(`security-groups/${id}`),
      post('security_group_rule', rule, 'security-group-rules'),
    ]);
    assert.equal(deleted.status, 204);
    assert.ok([201, 404].includes(created.status), JSON.stringify(created.body));
  });

  race('a rule is in a group once, and so is a default rule', async () => {
    const { id } = await make('security_group', { name: 'a' }, 'security-groups');
    const wish = { direction: 'ingress', ethertype: 'IPv6', protocol: 'tcp', port_range_min: ++networks };
    const rule = { ...wish, security_group_id: id, port_range_max: networks };
    const rules = await times(8, () => post('security_group_rule', rule, 'security-group-rules'));
    assert.deepEqual(tally(rules), { 201: 1, 409: 7 });
    const preset = { ...wish, port_range_max: networks };
    const presets = await times(8, () =>
      post('default_security_group_rule', preset, 'default-security-group-rules'),
    );
    assert.deepEqual(tally(presets), { 201: 1, 409: 7 });
  });

  race('a project has no more than its quota', async () => {
    const project = `quota-${networks++}`;
    await callOf()('PUT', `/v2.0/quotas/${project}`, { quota: { network: 5 } });
    const asked = await times(12, () => post('network', { project_id: project }));
    assert.deepEqual(tally(asked), { 201: 5, 409: 7 });
    const [gone] = asked.filter(({ status }) => status === 201);
    // What goes leaves room for one, whoever asks first.
    const [, again] = await Promise.all([
      remove(`networks/${(gone!.body as unknown as { network: Found }).network.id}`),
      times(3, () => post('network', { project_id: project })),
    ]);
    assert.ok((tally(again)[201] ?? 0) <= 1);
    const { quota } = await get<{ quota: { network: { used: number } } }>(`quotas/${project}/details`);
    assert.equal(quota.network.used, 4 + (tally(again)[201] ?? 0));
  });

  race('a VLAN, and an anycast address of a router, is given once', async () => {
    const vlan = {
      'provider:network_type': 'vlan',
      'provider:physical_network': 'physnet1',
      'provider:segmentation_id': ++networks,
    };
    assert.deepEqual(tally(await times(8, () => post('network', vlan))), { 201: 1, 409: 7 });
    const range = { network_type: 'gre', minimum: networks * 1000, maximum: networks * 1000 + 4 };
    const own = await make(
      'network_segment_range',
      { ...range, shared: false, project_id: `own${networks}` },
      'network_segment_ranges',
    );
    const tunnelled = { 'provider:network_type': 'gre', project_id: `own${networks}` };
    const made = await times(8, () => post('network', tunnelled));
    assert.deepEqual(tally(made), { 201: 8 });
    const { network_segment_range: full } = await get<{ network_segment_range: Found }>(
      `network_segment_ranges/${own.id}`,
    );
    assert.equal(Object.keys(full.used).length, 5, 'all of the range, each once');
    const router = await make('router');
    const wish = { router_id: router.id, address: 'fd00:53::1', port_ids: [] };
    const answers = await times(8, () => post('anycast_address', wish, 'anycast-addresses'));
    assert.deepEqual(tally(answers), { 201: 1, 409: 7 });
  });

  race('no change is lost: what each request adds is there', async () => {
    const network = await make('network');
    const answers = await times(8, (index) =>
      callOf()('PUT', `/v2.0/networks/${network.id}/tags/tag${index}`),
    );
    assert.deepEqual(tally(answers), { 201: 8 });
    const { network: found } = await get<{ network: Found }>(`networks/${network.id}`);
    assert.equal(found.tags.length, 8);
    assert.equal(found.revision_number, network.revision_number + 8);
  });
}
