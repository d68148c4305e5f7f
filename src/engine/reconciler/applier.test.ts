import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { emptyReplica, managed, tables } from '../../../test/support/replica.ts';
import { type OvsdbClient, OvsdbError, RetryableError, type TableKinds } from '../../ovsdb/index.ts';
import { Transaction } from '../../ovsdb/transaction.ts';
import { Applier } from './applier.ts';
import { Cursor } from './cursor.ts';
import { type Plan, type Planner, RowRef, type UnitName } from './plan.ts';
import { ReplicaView, type TableSource } from './replica-view.ts';
import { Retries } from './retries.ts';

/** Plans a switch for each unit, of the unit's name. */
const planner: Planner = {
  plan: async (units) =>
    new Map(
      units.map((name): [UnitName, Plan] => [name, [{ table: 'Switch', key: 'switch', columns: { name } }]]),
    ),
  async *units() {},
  concerned: async () => new Set(),
};

/** An applier to a database that answers what `objection` throws, or else takes everything. */
function rig(objection: (transaction: string) => void, plan = planner.plan) {
  const replica = emptyReplica();
  replica.reset({ Switch: { s1: { initial: { name: 'cursor' } } } }, 'differences');
  const taken: string[] = [];
  const client = {
    table: (name: 'Switch') => replica.table(name),
    transaction: () => new Transaction(tables),
    transact: async ({ operations }: Transaction<TableKinds>) => {
      const text = JSON.stringify(operations);
      objection(text);
      taken.push(text);
      return { uuid: () => 'new', count: () => 0 };
    },
  } as unknown as OvsdbClient<TableKinds>;
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const retries = new Retries();
  const applier = new Applier({
    client,
    view: new ReplicaView(replica as unknown as TableSource, managed),
    planner: { ...planner, plan },
    cursor: new Cursor(client, { table: 'Switch', name: 'cursor' }),
    lock: 'lock',
    retries,
    counters: { units: 0, transactions: 0, operations: 0, repairs: 0 },
    log,
  });
  return { applier, retries, taken, lines };
}

const units = Array.from({ length: 9 }, (_, id) => `network/${id}`);

test('what is refused for a reason that nobody knows costs the unit that is refused', async () => {
  const { applier, retries, taken } = rig((transaction) => {
    if (transaction.includes('network/4')) throw new OvsdbError('this is beyond the server');
  });
  await applier.apply(units, { store: 's', cursor: 7 });
  assert.deepEqual(
    retries.failures.map(({ unit, reason }) => [unit, reason]),
    [['network/4', 'this is beyond the server']],
  );
  for (const unit of units.filter((unit) => unit !== 'network/4')) {
    assert.equal(taken.filter((transaction) => transaction.includes(unit)).length, 1, unit);
  }
  const cursors = taken.filter((transaction) => transaction.includes('"sextant:cursor","7"'));
  assert.equal(cursors.length, 1);
  assert.equal(cursors[0], taken.at(-1), 'the position is written when all units were tried');
});

test('no unit is to blame when the database takes nothing at all, or is away', async () => {
  for (const reason of [new OvsdbError('read only'), new RetryableError('not connected')]) {
    const { applier, retries } = rig(() => {
      throw reason;
    });
    await assert.rejects(applier.apply(units, { store: 's', cursor: 7 }), reason);
    assert.deepEqual(retries.failures, []);
  }
});

test('a transaction names the requests that it is made for, here and in the database', async () => {
  const { applier, taken, lines } = rig(() => undefined);
  const causes = Array.from({ length: 23 }, (_, index) => `req-${index}`);
  await applier.apply(['network/1', 'network/2'], { store: 's', cursor: 7 }, causes.slice(0, 2));
  await applier.apply(['network/3'], { store: 's', cursor: 8 }, causes);
  await applier.apply(['network/4']);
  const first20 = causes.slice(0, 20).join(', ');
  assert.deepEqual(
    taken.map((text) => {
      const operations = JSON.parse(text) as Record<string, unknown>[];
      return operations.filter(({ op }) => op === 'comment').map(({ comment }) => comment);
    }),
    [['Sextant: req-0, req-1'], [`Sextant: ${first20} and 3 more`], []],
  );
  assert.deepEqual(
    lines.map(({ units, causes }) => [units, causes]),
    [
      ['network/1, network/2', 'req-0, req-1'],
      ['network/3', `${first20} and 3 more`],
      ['network/4', ''],
    ],
  );
});

test('what was deleted while the units of a batch were read, one after another, is no failure of theirs', async () => {
  let looks = 0;
  const port: Plan = [
    {
      ...{ table: 'Port', key: 'port', columns: { name: 'p' } },
      parent: new RowRef('Switch', 'network/1', 'switch'),
    },
  ];
  const { applier, retries, lines } = rig(
    () => undefined,
    // The port was read before it was deleted with its network, which was read after.
    async (units) => new Map(units.map((unit) => [unit, unit === 'port/1' && looks++ === 0 ? port : []])),
  );
  await applier.apply(['port/1', 'network/1'], { store: 's', cursor: 7 });
  assert.equal(looks, 2);
  assert.deepEqual(retries.failures, []);
  assert.equal(lines.filter(({ level }) => Number(level) > 30).length, 0);
});
