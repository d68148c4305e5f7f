/** What a host follows of the southbound database: its own networks, and no others, however many there are. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Mac } from '../../src/addressing/index.ts';
import { type FactsChange, HostFacts } from '../../src/host/facts/host-facts.ts';
import { encodeNetworkFacts, encodePortFacts, FACTS_KEY } from '../../src/host-contract/facts.ts';
import { servicePortName } from '../../src/host-contract/service-port.ts';
import { type Json, type JsonObject, transactOnce } from '../../src/ovsdb/index.ts';
import { eventually } from '../support/eventually.ts';
import { networkFacts, portFacts, subnetFacts } from '../support/facts.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

const NETWORKS = 100;
const PORTS = 20;

const network = networkFacts([subnetFacts('fd00::/64')]);
const macOf = (number: number): Mac => Mac.of(0xfa163e000000n + BigInt(number));
const portName = (at: number, number: number): string => `p${at}-${number}`;
const portText = (number: number, hostname = ''): string =>
  encodePortFacts(portFacts(network, [`fd00::${number.toString(16)}`], { mac: macOf(number), hostname }));
const factsMap = (text: string): Json => ['map', [[FACTS_KEY, text]]];

/** A network as northd writes it, with a service port and ports of instances. */
function networkRows(at: number): JsonObject[] {
  const datapath = { 'uuid-name': 'network', row: { tunnel_key: at + 1 } };
  const ports = Array.from(
    { length: PORTS },
    (_, index) => [portName(at, index + 1), portText(index + 1)] as const,
  );
  const service = [servicePortName(`n${at}`), encodeNetworkFacts({ ...network, id: `n${at}` })] as const;
  return [
    { op: 'insert', table: 'Datapath_Binding', ...datapath },
    ...[service, ...ports].map(([logicalPort, text], index) => ({
      op: 'insert',
      table: 'Port_Binding',
      row: {
        ...{ logical_port: logicalPort, tunnel_key: index + 1, datapath: ['named-uuid', 'network'] },
        external_ids: factsMap(text),
      },
    })),
  ];
}

/** A southbound database with the networks of a cloud, and a host on which ports can be plugged in. */
async function start(t: TestContext, plugged: string[]) {
  const server = await TestServer.southbound(t);
  const transact = (...operations: JsonObject[]) =>
    transactOnce(
      server.remote.slice('unix:'.length),
      'OVN_Southbound',
      operations,
      AbortSignal.timeout(20_000),
    );
  for (let at = 0; at < NETWORKS; at++) await transact(...networkRows(at));
  let ids: ReadonlySet<string> = new Set(plugged);
  const listeners = new Set<() => void>();
  const here = {
    names: () => ids,
    chassis: 'hv1',
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const facts = await HostFacts.open({ remote: server.remote, here, log });
  t.after(() => facts.close());
  const changes: FactsChange[] = [];
  facts.onChange((change) => changes.push(change));
  const plug = (...names: string[]): void => {
    ids = new Set(names);
    for (const listener of listeners) listener();
  };
  /** Renames the host of a port, and waits until whoever follows everything would have heard of it. */
  const rename = (port: string, number: number, hostname: string) =>
    transact({
      op: 'update',
      table: 'Port_Binding',
      where: [['logical_port', '==', port]],
      row: { external_ids: factsMap(portText(number, hostname)) },
    });
  const knows = (at: number): number => [...facts.portsOn(`n${at}`)].length;
  return { server, transact, facts, changes, plug, rename, knows };
}

test('a host knows its own networks whole, and no others; what changes elsewhere wakes nobody', async (t) => {
  const { facts, changes, rename, knows } = await start(t, [portName(7, 1), portName(9, 2)]);
  assert.equal(facts.networkOfPort(portName(7, 1))?.id, 'n7');
  assert.deepEqual([knows(7), knows(9), knows(8)], [PORTS, PORTS, 0]);
  assert.ok(facts.size <= 2 * (PORTS + 1), `${facts.size} rows of ${NETWORKS * (PORTS + 1)}`);
  for (let at = 10; at < 60; at++) await rename(portName(at, 1), 1, 'elsewhere');
  await rename(portName(7, 3), 3, 'here');
  await eventually('the one is heard of', () => facts.port(portName(7, 3))?.hostname === 'here');
  assert.deepEqual(
    changes.map(({ ports }) => [...ports]),
    [[portName(7, 3)]],
  );
});

test('a network comes with the first port that is plugged in, whole, and goes with the last', async (t) => {
  const { facts, changes, plug, knows, transact } = await start(t, []);
  assert.equal(facts.size, 0);
  plug(portName(3, 1), 'later');
  await eventually('it is there', () => facts.port(portName(3, 1)) !== undefined);
  assert.equal(knows(3), PORTS);
  assert.ok(changes[0]?.networks.has('n3') && changes[0].ports.size === PORTS, 'all of it at once');
  plug(portName(3, 2), 'later');
  plug('later');
  await eventually('it is gone', () => facts.size === 0);
  assert.deepEqual([facts.port(portName(3, 1)), knows(3)], [undefined, 0]);
  const rows = networkRows(NETWORKS);
  const [, , first] = rows as [JsonObject, JsonObject, { row: JsonObject }];
  first.row.logical_port = 'later';
  await transact(...rows);
  await eventually('what OVN knows later comes, too', () => facts.port('later') !== undefined);
  assert.equal(knows(NETWORKS), PORTS);
});

test('what is followed is followed on after the database was away', async (t) => {
  const { server, facts, plug, knows } = await start(t, [portName(3, 1)]);
  await server.kill();
  plug(portName(3, 1), portName(5, 1));
  assert.equal(knows(3), PORTS, 'what was known stays');
  await server.start();
  await eventually('what came meanwhile is known', () => knows(5) === PORTS);
  assert.ok(facts.size <= 2 * (PORTS + 1));
});

test('a host knows the gateways that it has, and no others, whatever else is here', async (t) => {
  const { server, transact, facts: without } = await start(t, []);
  const insert = (table: string, name: string, row: JsonObject) => ({
    ...{ op: 'insert', table, 'uuid-name': name, row },
  });
  const chassis = (name: string) =>
    insert('Chassis', name, { name, encaps: ['set', [['named-uuid', `${name}e`]]] });
  const encap = (name: string) =>
    insert('Encap', `${name}e`, { type: 'geneve', ip: `::${name.slice(1)}`, chassis_name: name });
  const external = (id: string, key: number, on: string): JsonObject[] => {
    const row = (logical_port: string, tunnel_key: number, more: JsonObject) =>
      insert('Port_Binding', `row${tunnel_key}`, {
        ...{ logical_port, tunnel_key, datapath: ['named-uuid', 'outside'], ...more },
      });
    const text = encodePortFacts(portFacts(network, ['fd00::2'], { mac: macOf(key), hostname: id }));
    return [
      row(id, key, { type: 'patch', external_ids: factsMap(text) }),
      row(`cr-lrp-${id}`, key + 1, { type: 'chassisredirect', chassis: ['named-uuid', on] }),
    ];
  };
  await transact(
    insert('Datapath_Binding', 'outside', { tunnel_key: 1_000 }),
    ...['h1', 'h2'].flatMap((name) => [encap(name), chassis(name)]),
    ...external('mine', 1, 'h1'),
    ...external('others', 3, 'h2'),
  );
  const here = { chassis: 'h1', names: () => new Set<string>(), onChange: () => () => {} };
  const facts = await HostFacts.open({ remote: server.remote, here, log });
  t.after(() => facts.close());
  let told = 0;
  facts.onGateways(() => told++);
  const gateways = () => Array.from(facts.gatewaysHere(), ([id, { hostname }]) => `${id} ${hostname}`);
  await eventually('it knows its own', () => gateways().join() === 'mine mine');
  const [rows] = (await transact({
    op: 'select',
    table: 'Chassis',
    where: [['name', '==', 'h1']],
    columns: ['_uuid'],
  })) as [{ rows: { _uuid: Json }[] }];
  await transact({
    op: 'update',
    table: 'Port_Binding',
    where: [['logical_port', '==', 'cr-lrp-others']],
    row: { chassis: rows.rows[0]!._uuid },
  });
  await eventually('and what comes', () => gateways().sort().join() === 'mine mine,others others');
  assert.ok(told > 0);
  await transact({
    op: 'update',
    table: 'Port_Binding',
    where: [['logical_port', '==', 'cr-lrp-mine']],
    row: { chassis: ['set', []] },
  });
  await eventually('and what goes', () => gateways().join() === 'others others');
  assert.deepEqual([...without.gatewaysHere()], []);
});
