import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { MANAGED_TABLES, northboundDatabase } from '../../src/engine/northbound/database.ts';
import {
  type Plan,
  type PlannedRow,
  type Planner,
  RowRef,
  type UnitName,
} from '../../src/engine/reconciler/plan.ts';
import { Reconciler } from '../../src/engine/reconciler/reconciler.ts';
import { ReplicaView } from '../../src/engine/reconciler/replica-view.ts';
import { storeWrites } from '../../src/engine/store-writes.ts';
import { type Declaration, OvsdbClient, type TableKinds } from '../../src/ovsdb/index.ts';
import type { Store } from '../../src/resources/tables.ts';
import { openStore } from '../../src/service/open-store.ts';
import type { Change } from '../../src/store/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { eventually } from '../support/eventually.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

/** Plans that a test makes up, in the place of those made from the store. */
class MadeUpPlans implements Planner {
  readonly plans = new Map<UnitName, Plan>();
  /** Called at each planning, after which the plans are compared with the replica as it is then. */
  onPlan: () => void = () => undefined;

  async plan(units: readonly UnitName[]): Promise<Map<UnitName, Plan>> {
    this.onPlan();
    return new Map(units.map((unit) => [unit, this.plans.get(unit) ?? []]));
  }

  async *units(): AsyncGenerator<readonly UnitName[]> {
    yield [...this.plans.keys()];
  }

  /** Every change concerns a unit of its own. */
  async concerned(changes: readonly Change[]): Promise<Set<UnitName>> {
    return new Set(changes.map(({ resource, id }) => `${resource}/${id}`));
  }
}

interface Rig {
  readonly server: TestServer;
  readonly store: Store;
  readonly planner: MadeUpPlans;
  readonly reconciler: Reconciler;
  /** Changes plans, as a commit to the store would; resolves when the reconciler has dealt with them. */
  change(plans: Readonly<Record<UnitName, Plan>>): Promise<void>;
}

async function start(t: TestContext): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-reconciler-'));
  afterwards(t, async () => rmSync(directory, { recursive: true }));
  const store = await openStore({ url: `sqlite:${join(directory, 'store.db')}`, log });
  afterwards(t, () => store.close());
  const server = await TestServer.northbound(t);
  const declaration: Declaration<TableKinds> = northboundDatabase;
  const client = await OvsdbClient.connect({ remote: server.remote, declaration, log });
  afterwards(t, () => client.close());
  const planner = new MadeUpPlans();
  const reconciler = await Reconciler.start({
    store,
    writes: storeWrites(store),
    client,
    view: new ReplicaView(client, MANAGED_TABLES),
    cursorRow: { table: 'Address_Set', name: 'cursor' },
    planner,
    log,
  });
  afterwards(t, () => reconciler.stop());
  await reconciler.settled();
  const change = async (plans: Readonly<Record<UnitName, Plan>>) => {
    await store.transaction(async (tx) => {
      for (const [unit, plan] of Object.entries(plans)) {
        planner.plans.set(unit, plan);
        const [resource = '', id = ''] = unit.split('/');
        tx.record({ resource, id, attributes: undefined, links: {} });
      }
    });
    await reconciler.settled();
  };
  return { server, store, planner, reconciler, change };
}

const switchOf = (id: string): PlannedRow[] => [
  { table: 'Logical_Switch', key: 'switch', columns: { name: `switch-${id}` } },
];
const groupOf = (id: string, name = `group_${id}`): PlannedRow[] => [
  { table: 'Port_Group', key: 'group', columns: { name } },
];
const portOf = (
  id: string,
  on: string,
  groups: readonly string[] = [],
  addresses: string[] = [],
): PlannedRow[] => [
  {
    table: 'Logical_Switch_Port',
    key: 'port',
    columns: { name: `port-${id}`, type: '', addresses },
    parent: new RowRef('Logical_Switch', `network/${on}`, 'switch'),
    memberOf: groups.map((group) => new RowRef('Port_Group', `security_group/${group}`, 'group')),
  },
];

const names = (server: TestServer, table: string): string[] =>
  server.nbctl('--bare', '--columns=name', 'list', table).split('\n').filter(Boolean).sort();

/** The names of the ports in the set of a row. */
function portsIn(server: TestServer, table: string, name: string): string[] {
  const uuids = server
    .nbctl('--bare', '--columns=ports', 'find', table, `name=${name}`)
    .split(' ')
    .filter(Boolean);
  return uuids
    .map((uuid) => server.nbctl('--bare', '--columns=name', 'list', 'Logical_Switch_Port', uuid))
    .sort();
}

test('whatever the plans were, and are, the database has what they are', async (t) => {
  const { server, change } = await start(t);
  const ids = ['a', 'b', 'c'];
  const port = fc.record({
    on: fc.constantFrom(...ids),
    groups: fc.subarray(ids),
    addresses: fc.subarray(['unknown', 'router']),
  });
  const world = fc.record(Object.fromEntries(ids.map((id) => [id, fc.option(port)])));
  const alive = fc.record({ networks: fc.subarray(ids), groups: fc.subarray(ids) });
  await fc.assert(
    fc.asyncProperty(world, alive, async (ports, { networks, groups }) => {
      const plans: Record<UnitName, Plan> = {};
      const present = ids.filter((id) => ports[id] && networks.includes(ports[id].on));
      for (const id of ids) {
        plans[`network/${id}`] = networks.includes(id) ? switchOf(id) : [];
        plans[`security_group/${id}`] = groups.includes(id) ? groupOf(id) : [];
        const { on, groups: of, addresses } = ports[id] ?? { on: '', groups: [], addresses: [] };
        const memberOf = of.filter((group) => groups.includes(group));
        plans[`port/${id}`] = present.includes(id) ? portOf(id, on, memberOf, addresses) : [];
      }
      await change(plans);
      assert.deepEqual(names(server, 'Logical_Switch'), networks.map((id) => `switch-${id}`).sort());
      assert.deepEqual(names(server, 'Port_Group'), groups.map((id) => `group_${id}`).sort());
      assert.deepEqual(names(server, 'Logical_Switch_Port'), present.map((id) => `port-${id}`).sort());
      for (const id of networks) {
        const inside = present.filter((one) => ports[one]?.on === id).map((one) => `port-${one}`);
        assert.deepEqual(portsIn(server, 'Logical_Switch', `switch-${id}`), inside.sort());
      }
      for (const id of groups) {
        const members = present.filter((one) => ports[one]?.groups.includes(id)).map((one) => `port-${one}`);
        assert.deepEqual(portsIn(server, 'Port_Group', `group_${id}`), members.sort());
      }
    }),
    { numRuns: 15 },
  );
});

test('what is wrong with one unit does not keep the others back, and is tried again', async (t) => {
  const { server, reconciler, change } = await start(t);
  const good = Object.fromEntries(
    Array.from({ length: 20 }, (_, id) => [`network/${id}`, switchOf(String(id))]),
  );
  await change({
    ...good,
    'security_group/first': groupOf('first', 'same_name'),
    'security_group/twin': groupOf('twin', 'same_name'),
    'router/value': [
      { table: 'Logical_Switch_Port', key: 'port', columns: { name: 'x', type: '', tag_request: 4096 } },
    ],
    'router/error': new Error('this cannot be planned'),
    'port/lost': portOf('lost', 'nowhere'),
    'port/found': portOf('found', '7'),
  });
  assert.equal(names(server, 'Logical_Switch').length, 20);
  assert.deepEqual(names(server, 'Port_Group'), ['same_name']);
  assert.deepEqual(names(server, 'Logical_Switch_Port'), ['port-found']);
  const reasons = Object.fromEntries(reconciler.failures.map(({ unit, reason }) => [unit, reason]));
  const twin = Object.keys(reasons).find((unit) => unit.startsWith('security_group/'))!;
  assert.match(reasons[twin]!, /^constraint violation: .*same_name/);
  assert.match(reasons['router/value']!, /Logical_Switch_Port\.tag_request: 4096 is greater than 4095/);
  assert.equal(reasons['router/error'], 'this cannot be planned');
  assert.equal(reasons['port/lost'], 'there is no Logical_Switch switch of network/nowhere');
  assert.equal(Object.keys(reasons).length, 4);

  // Where the reason goes away, nobody has to say so.
  await change({ [twin === 'security_group/twin' ? 'security_group/first' : 'security_group/twin']: [] });
  await change({ 'network/nowhere': switchOf('nowhere') });
  await eventually('both failed', () => reconciler.failures.length === 2);
  assert.ok(
    reconciler.failures.every(({ attempts }) => attempts <= 2),
    'one attempt each time',
  );
  assert.deepEqual(names(server, 'Port_Group'), ['same_name']);
  assert.deepEqual(names(server, 'Logical_Switch_Port'), ['port-found', 'port-lost']);
});

test('a unit that another one refers to is brought along', async (t) => {
  const { server, planner, change } = await start(t);
  planner.plans.set('network/a', switchOf('a'));
  planner.plans.set('security_group/a', groupOf('a'));
  await change({ 'port/a': portOf('a', 'a', ['a']) });
  assert.deepEqual(portsIn(server, 'Logical_Switch', 'switch-a'), ['port-a']);
  assert.deepEqual(portsIn(server, 'Port_Group', 'group_a'), ['port-a']);
});

test('a row whose switch is deleted at the same moment is made again, with the switch', async (t) => {
  const { server, planner, change } = await start(t);
  await change({ 'network/a': switchOf('a') });
  // The replica cannot know of it yet when the plan is compared: the server collects the new port at once.
  planner.onPlan = () => {
    planner.onPlan = () => undefined;
    server.nbctl('ls-del', 'switch-a');
  };
  await change({ 'port/a': portOf('a', 'a') });
  await eventually(
    'the port is back',
    () => portsIn(server, 'Logical_Switch', 'switch-a').join() === 'port-a',
  );
});

test('a row that must hold another comes and goes with it', async (t) => {
  const { server, change } = await start(t);
  const meter = new RowRef('Meter', 'router/a', 'meter');
  await change({
    'router/a': [
      {
        table: 'Meter_Band',
        key: 'band',
        columns: { action: 'drop', rate: 1, burst_size: 1 },
        parent: meter,
      },
      { table: 'Meter', key: 'meter', columns: { name: 'meter-a', unit: 'pktps', fair: false } },
    ],
  });
  assert.deepEqual(names(server, 'Meter'), ['meter-a']);
  await change({ 'router/a': [] });
  assert.deepEqual(names(server, 'Meter'), []);
  assert.equal(server.nbctl('--bare', '--columns=_uuid', 'list', 'Meter_Band'), '');
});

test('a row of that name which nobody owns is taken over', async (t) => {
  const { server, change } = await start(t);
  server.nbctl(
    'ls-add',
    'switch-a',
    '--',
    'lsp-add',
    'switch-a',
    'port-a',
    '--',
    'lsp-add',
    'switch-a',
    'guest',
  );
  const before = server.nbctl('--bare', '--columns=_uuid', 'list', 'Logical_Switch_Port', 'port-a');
  await change({ 'network/a': switchOf('a'), 'port/a': portOf('a', 'a', [], ['unknown']) });
  assert.deepEqual(names(server, 'Logical_Switch'), ['switch-a']);
  assert.deepEqual(portsIn(server, 'Logical_Switch', 'switch-a'), ['guest', 'port-a']);
  assert.equal(server.nbctl('--bare', '--columns=_uuid', 'list', 'Logical_Switch_Port', 'port-a'), before);
  assert.equal(
    server.nbctl('--bare', '--columns=addresses', 'list', 'Logical_Switch_Port', 'port-a'),
    'unknown',
  );
});

test('who fights over a row with the reconciler is not answered for ever', async (t) => {
  const { server, reconciler, change } = await start(t);
  await change({ 'network/a': switchOf('a') });
  await change({ 'port/a': portOf('a', 'a', [], ['unknown']) });
  for (let round = 0; reconciler.failures.length === 0; round++) {
    assert.ok(round < 100, 'it gives in');
    const { repairs } = reconciler.counters;
    server.nbctl('set', 'Logical_Switch_Port', 'port-a', `addresses=router`);
    await eventually(
      'it is repaired, or given up',
      () => reconciler.failures.length > 0 || reconciler.counters.repairs > repairs,
    );
  }
  assert.equal(reconciler.failures[0]?.reason, 'somebody else keeps changing its rows');
  await eventually(
    'the addresses are repaired',
    () =>
      server.nbctl('--bare', '--columns=addresses', 'list', 'Logical_Switch_Port', 'port-a') === 'unknown',
  );
});

test('the journal is trimmed under steady load, too', async (t) => {
  const { store, change } = await start(t);
  const entries = async () =>
    Number(
      (
        await store.read
          .selectFrom('journal')
          .select(({ fn }) => fn.countAll().as('n'))
          .executeTakeFirst()
      )?.n,
    );
  let written = 0;
  let isOver = false;
  // Two writers, so that the reconciler always has something to do.
  const writer = async () => {
    while (!isOver) {
      await change({ [`network/n${written++ % 7}`]: [] });
    }
  };
  const writers = [writer(), writer(), writer()];
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  const left = await entries();
  isOver = true;
  await Promise.all(writers);
  assert.ok(written > 50, `${written}`);
  assert.ok(left < written / 2, `${left} of ${written}`);
});
