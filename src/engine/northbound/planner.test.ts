import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../../test/support/api.ts';
import type { Tables } from '../../resources/tables.ts';
import { isMember, type Plan, RowRef, type UnitName } from '../reconciler/plan.ts';
import { type Plans, referencesOf } from '../reconciler/resolve.ts';
import { NorthboundPlanner } from './planner.ts';
import type { Unit } from './unit.ts';

const settings = { packetTooBigBelow: 1422 };

/** Two networks with two ports each, a router on the red one, and all that may go with them; the ids by name. */
async function build(api: TestApi): Promise<(name: string) => string> {
  const made = new Map<string, Body>();
  const make = async (name: string, resource: string, wish: unknown): Promise<Body> => {
    const one = await api.make(resource, wish);
    made.set(name, one);
    return one;
  };
  for (const [colour, cidr] of Object.entries({ red: 'fd00:1::/64', blue: 'fd00:2::/64' })) {
    const { id } = await make(`${colour} network`, 'network', { name: colour });
    const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    await make(`${colour} subnet`, 'subnet', { network_id: id, ip_version: 6, cidr, ...modes });
    await make(`${colour} port`, 'port', { network_id: id });
    await make(`other ${colour} port`, 'port', { network_id: id });
    const group = await make(`${colour} group`, 'security_group', { name: colour });
    await make(`${colour} rule`, 'security_group_rule', {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv6',
      remote_ip_prefix: '2001:db8::/32',
    });
  }
  await make('addresses', 'address_group', { addresses: ['fd00:9::/64'] });
  const router = await make('router', 'router', {});
  const path = `/v2.0/routers/${router.id}/add_router_interface`;
  const { body } = await api.call('PUT', path, { subnet_id: made.get('red subnet')!.id });
  made.set('router port', { id: body.port_id } as unknown as Body);
  for (const [name, address] of Object.entries({ 'red port': 'fd99::1', 'other red port': 'fd99::2' })) {
    const member = made.get(name)!.id;
    await make(`anycast of ${name}`, 'anycast_address', {
      router_id: router.id,
      address,
      port_ids: [member],
    });
  }
  return (name) => String(made.get(name)!.id);
}

suite('a row that cannot be read costs the units that are made from it', () => {
  let api: TestApi;
  let id: (name: string) => string;
  let intact: Map<UnitName, Plan>;

  before(async () => {
    api = await startTestApi();
    id = await build(api);
    intact = await plans();
    for (const [unit, plan] of intact) assert.ok(!(plan instanceof Error), unit);
  });
  after(() => api.close());

  async function plans(): Promise<Map<UnitName, Plan>> {
    const planner = new NorthboundPlanner(api.store.read, settings);
    return planner.plan((await Array.fromAsync(planner.units())).flat());
  }

  /** Puts a text into a column of some rows, where `where` is `of`, for the length of `work`. */
  async function damaged(
    [table, column, where]: [keyof Tables, string, string],
    of: string,
    text: string,
    work: () => Promise<void>,
  ): Promise<void> {
    const write = (value: unknown) =>
      api.store.transaction(({ db }) =>
        db
          .updateTable(table as 'ports')
          .set({ [column]: value })
          .where(where as 'id', '=', of)
          .execute(),
      );
    const [before] = await api.store.read
      .selectFrom(table as 'ports')
      .selectAll()
      .where(where as 'id', '=', of)
      .execute();
    await write(text);
    await work().finally(() => write((before as unknown as Record<string, unknown>)[column]));
  }

  const damages: [
    what: string,
    place: [keyof Tables, string, string],
    of: string,
    text: string,
    units: [string, string][],
    reason: RegExp,
  ][] = [
    [
      'a MAC address',
      ['ports', 'mac_address', 'id'],
      'blue port',
      'garbage',
      [['port', 'blue port']],
      /^port \S+: mac_address: "garbage" is not a MAC address/,
    ],
    [
      'JSON of a port',
      ['ports', 'learned_reset', 'id'],
      'blue port',
      '{"serial',
      [['port', 'blue port']],
      /^port \S+: learned_reset: .*JSON/,
    ],
    [
      'JSON that is something else',
      ['ports', 'extra_dhcp_opts', 'id'],
      'blue port',
      '{}',
      [['port', 'blue port']],
      /^port \S+: extra_dhcp_opts: \{\} is not a list/,
    ],
    [
      'a prefix of a subnet',
      ['subnets', 'cidr', 'id'],
      'red subnet',
      'garbage',
      [
        ['subnet', 'red subnet'],
        ['network', 'red network'],
        ['port', 'red port'],
        ['port', 'other red port'],
        ['port', 'router port'],
        ['router', 'router'],
      ],
      /^subnet \S+: cidr: "garbage" is not /,
    ],
    [
      'a prefix in a rule',
      ['security_group_rules', 'remote_ip_prefix', 'id'],
      'red rule',
      'garbage',
      [['security_group', 'red group']],
      /^security group rule \S+: remote_ip_prefix: "garbage" is not /,
    ],
    [
      'a protocol in a rule',
      ['security_group_rules', 'protocol', 'id'],
      'red rule',
      'garbage',
      [['security_group', 'red group']],
      /^security group rule \S+: protocol: "garbage" is not a protocol/,
    ],
    [
      'routes of a router',
      ['routers', 'routes', 'id'],
      'router',
      '[{}]',
      [['router', 'router']],
      /^router \S+: routes: /,
    ],
    [
      'an address in an address group',
      ['address_group_addresses', 'address', 'address_group_id'],
      'addresses',
      'garbage',
      [['address_group', 'addresses']],
      /^address group \S+: addresses: "garbage" is not /,
    ],
    [
      'a port’s address, which already the reading of its anycast address stumbles over',
      ['ip_allocations', 'address', 'port_id'],
      'red port',
      'garbage',
      [
        ['port', 'red port'],
        ['anycast_address', 'anycast of red port'],
      ],
      /garbage/,
    ],
  ];

  for (const [what, place, of, text, units, reason] of damages) {
    test(what, () =>
      damaged(place, id(of), text, async () => {
        const present = await plans();
        const failed = [...present].filter(([, plan]) => plan instanceof Error).map(([unit]) => unit);
        assert.deepEqual(failed.sort(), units.map(([kind, name]) => `${kind}/${id(name)}`).sort());
        for (const [unit, plan] of present) {
          if (plan instanceof Error) assert.match(plan.message, reason, unit);
          else assert.deepEqual(plan, intact.get(unit), unit);
        }
      }),
    );
  }

  test('a retired prefix', async () => {
    const network = id('blue network');
    const row = { network_id: network, prefix: 'garbage', expires_at: 'some time' };
    await api.store.transaction(({ db }) => db.insertInto('retired_prefixes').values(row).execute());
    const present = await plans();
    const failed = [...present].filter(([, plan]) => plan instanceof Error).map(([unit]) => unit);
    const made = ['network/blue network', 'subnet/blue subnet', 'port/blue port', 'port/other blue port'];
    assert.deepEqual(
      failed.sort(),
      made
        .map((unit) => unit.split('/'))
        .map(([kind, name]) => `${kind}/${id(name!)}`)
        .sort(),
    );
    assert.match(
      String(present.get(`network/${network}`)),
      /retired prefix of network \S+: prefix: "garbage"/,
    );
    await api.store.transaction(({ db }) => db.deleteFrom('retired_prefixes').execute());
  });
});

test('what rows refer to is planned too', async () => {
  const api = await startTestApi();
  await build(api);
  const planner = new NorthboundPlanner(api.store.read, settings);
  const plans = (await planner.plan((await Array.fromAsync(planner.units())).flat())) as Plans;
  const planned = new Set<string>();
  for (const [unit, rows] of plans) {
    for (const row of rows) if (!isMember(row)) planned.add(String(new RowRef(row.table, unit, row.key)));
  }
  const references = [...plans.values()].flat().flatMap((row) => [...referencesOf(row)]);
  assert.deepEqual(
    references.map(String).filter((ref) => !planned.has(ref)),
    [],
  );
  assert.ok(references.length > 20);
  await api.close();
});

/** A kind whose unit `bad` cannot be read, with others or alone. */
const fussy: Unit = {
  kind: 'fussy',
  ids: ['a', 'bad', 'b'],
  read: async (_db, ids) => {
    if (ids.includes('bad')) throw new Error('unreadable');
    return ids.map((id) => ({ id }));
  },
  plan: ({ id }) => [{ table: 'Logical_Switch', key: 'switch', columns: { name: id } }],
  dependsOn: [],
};

test('a unit that cannot be read costs itself, unless it is the store that is away', async () => {
  const api = await startTestApi();
  const planner = new NorthboundPlanner(api.store.read, settings, [fussy]);
  const names = (await Array.fromAsync(planner.units())).flat();
  const plans = await planner.plan(names);
  assert.deepEqual(plans.get('fussy/bad'), new Error('unreadable'));
  assert.equal((plans.get('fussy/a') as unknown[]).length, 1);
  assert.equal((plans.get('fussy/b') as unknown[]).length, 1);
  await api.close();
  await assert.rejects(planner.plan(names), { message: 'unreadable' });
});
