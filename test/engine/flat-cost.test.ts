/** What a change of a group costs the northbound database, in a small group and in a large one. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Address } from '../../src/addressing/index.ts';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { OvsdbClient } from '../../src/ovsdb/index.ts';
import { recordHeartbeat } from '../../src/resources/agent/heartbeat.ts';
import { learnAddresses } from '../../src/resources/index.ts';
import { placeGateways } from '../../src/resources/router/gateway-hosts.ts';
import { afterwards } from '../support/afterwards.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

interface Rig {
  readonly api: TestApi;
  readonly server: TestServer;
  /** The octets of JSON and the operations that are sent to the database because of what `act` does. */
  cost(act: () => Promise<unknown>): Promise<{ octets: number; operations: string[]; units: number }>;
}

async function start(t: TestContext): Promise<Rig> {
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const server = await TestServer.northbound(t);
  const northbound = await Northbound.start({
    store: api.store,
    remote: server.remote,
    settings: { packetTooBigBelow: 1422 },
    log,
  });
  afterwards(t, () => northbound.stop());
  const transact = t.mock.method(OvsdbClient.prototype, 'transact');
  return {
    api,
    server,
    async cost(act) {
      await northbound.settled();
      transact.mock.resetCalls();
      const before = northbound.reconciler.counters.units;
      await act();
      await northbound.settled();
      const operations = transact.mock.calls.flatMap((call) => [...call.arguments[0].operations]);
      return {
        octets: JSON.stringify(operations).length,
        operations: operations.map((operation) => [operation.op, operation.table].filter(Boolean).join(' ')),
        units: northbound.reconciler.counters.units - before,
      };
    },
  };
}

/** Cursors and generations have more digits as they grow. */
const digits = 20;

test('an address that comes or goes costs the same in a group of 10 and in one of 10,000', async (t) => {
  const { api, server, cost } = await start(t);
  const costs = [];
  for (const [size, prefix] of [
    [10, 'fd00:a'],
    [10_000, 'fd00:b'],
  ] as const) {
    const addresses = Array.from({ length: size }, (_, index) => `${prefix}::${(index + 1).toString(16)}`);
    const group = await api.make('address_group', { name: 'g', addresses });
    const change = (action: string) =>
      cost(async () => {
        const path = `/v2.0/address-groups/${group.id}/${action}`;
        const { status } = await api.call('PUT', path, { addresses: [`${prefix}:ffff::1`] });
        assert.equal(status, 200);
      });
    costs.push(await change('add_addresses'), await change('remove_addresses'));
  }
  const [added, removed, addedToMany, removedFromMany] = costs;
  for (const { operations, units } of costs) {
    assert.deepEqual(operations, [
      'assert',
      'mutate Address_Set',
      'wait Address_Set',
      'mutate Address_Set',
      'comment',
    ]);
    assert.equal(units, 1);
  }
  assert.ok(Math.abs(addedToMany!.octets - added!.octets) < digits, JSON.stringify(costs));
  assert.ok(Math.abs(removedFromMany!.octets - removed!.octets) < digits, JSON.stringify(costs));
  const sizes = server
    .nbctl('--bare', '--columns=addresses', 'list', 'Address_Set')
    .split('\n')
    .map((line) => line.split(' ').filter(Boolean).length);
  // Translators have a set of their own, of one address.
  assert.deepEqual(
    sizes.filter((size) => size > 1).sort((a, b) => a - b),
    [10, 10_000],
  );
});

test('a port that joins or leaves a remote group costs the same with 5 members and with 500', async (t) => {
  const { api, cost } = await start(t);
  const network = await api.make('network', {});
  await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:c::/64' });
  const costs = [];
  for (const size of [5, 500]) {
    const group = await api.make('security_group', { name: 'members' });
    const others = await api.make('security_group', { name: 'others' });
    await api.make('security_group_rule', {
      security_group_id: others.id,
      direction: 'ingress',
      ethertype: 'IPv6',
      remote_group_id: group.id,
    });
    const wish = { network_id: network.id, security_groups: [group.id] };
    const { status } = await api.call('POST', '/v2.0/ports', { ports: Array(size).fill(wish) });
    assert.equal(status, 201);
    const port = await api.make('port', { network_id: network.id, security_groups: [others.id] });
    const join = (...security_groups: unknown[]) =>
      cost(() => api.call('PUT', `/v2.0/ports/${port.id}`, { port: { security_groups } }));
    costs.push(await join(others.id, group.id), await join(others.id));
  }
  const [joined, left, joinedMany, leftMany] = costs;
  for (const { operations, units } of costs) {
    assert.deepEqual(operations, [
      'assert',
      'mutate Port_Group',
      'mutate Logical_Switch_Port',
      'wait Address_Set',
      'mutate Address_Set',
      'comment',
    ]);
    assert.equal(units, 1);
  }
  assert.ok(Math.abs(joinedMany!.octets - joined!.octets) < digits, JSON.stringify(costs));
  assert.ok(Math.abs(leftMany!.octets - left!.octets) < digits, JSON.stringify(costs));
});

test('an address that an instance takes costs one member of a set, in a group of 3 ports and in one of 300', async (t) => {
  const { api, cost } = await start(t);
  const network = await api.make('network', {});
  const slaac = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:d::/64', ...slaac });
  const costs = [];
  for (const size of [3, 300]) {
    const group = await api.make('security_group', { name: 'members' });
    const wish = { network_id: network.id, security_groups: [group.id] };
    const { body } = await api.call('POST', '/v2.0/ports', { ports: Array(size).fill(wish) });
    const take = (portId: string, address: string) =>
      api.store.transaction((tx) =>
        learnAddresses(tx, {
          taken: [{ portId, address: Address.parse(address), origin: 'traffic' }],
          givenUp: [],
        }),
      );
    const ids = body.ports!.map(({ id }) => String(id));
    for (const [index, id] of ids.entries()) await take(id, `fd00:d::${size}:${index + 1}`);
    costs.push(await cost(() => take(ids[0]!, `fd00:d::${size}:ffff`)));
  }
  for (const { operations, units } of costs) {
    const written = ['assert', 'mutate Address_Set', 'wait Address_Set', 'mutate Address_Set', 'comment'];
    assert.deepEqual([operations, units], [written.filter((one) => one !== 'comment'), 1]);
  }
  const [few, many] = costs;
  assert.ok(Math.abs(many!.octets - few!.octets) < digits, JSON.stringify(costs));
});

test("a router's gateway that comes or goes costs the same beside 5 others and beside 300", async (t) => {
  const { api, cost } = await start(t);
  await api.store.transaction(async (tx) => {
    for (const host of ['gw1', 'gw2', 'gw3'])
      await recordHeartbeat(tx, {
        host,
        chassis: host,
        configurations: { bridge_mappings: 'physnet1:br-ex' },
      });
    await tx.sent();
    await placeGateways(tx);
  });
  const outside = await api.make('network', {
    ...{ 'router:external': true, 'provider:network_type': 'vlan' },
    'provider:physical_network': 'physnet1',
  });
  await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: 'fd00:e::/64' });
  const gateway = { network_id: outside.id };
  const costs = [];
  let others = 0;
  for (const size of [5, 300]) {
    for (; others < size; others++) await api.make('router', { external_gateway_info: gateway });
    const { id } = await api.make('router', {});
    const change = (external_gateway_info: object) =>
      cost(() => api.call('PUT', `/v2.0/routers/${id}`, { router: { external_gateway_info } }));
    costs.push(await change(gateway), await change({}));
  }
  const [added, removed, addedToMany, removedFromMany] = costs;
  assert.ok(added!.octets > 0 && removed!.octets > 0);
  for (const [few, many] of [
    [added!, addedToMany!],
    [removed!, removedFromMany!],
  ] as const) {
    assert.deepEqual([many.operations, many.units], [few.operations, few.units]);
    assert.ok(Math.abs(many.octets - few.octets) < 2 * digits, `${few.octets}, ${many.octets}`);
  }
});
