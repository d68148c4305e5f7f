import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { LockNotHeldError } from '../../src/ovsdb/errors.ts';
import {
  declareDatabase,
  OvsdbClient,
  OvsdbError,
  RefusedError,
  type ReplicaChange,
  RetryableError,
  SchemaMismatchError,
  ValueError,
} from '../../src/ovsdb/index.ts';
import { log, TestServer } from '../support/ovsdb-server.ts';

const northbound = declareDatabase('OVN_Northbound', {
  Logical_Switch: { name: 'string', ports: 'set of uuid', other_config: 'map of string to string' },
  Logical_Switch_Port: {
    name: 'string',
    tag: 'optional integer',
    addresses: 'set of string',
    novelty: 'string',
  },
  Port_Group: { name: 'string', ports: 'set of uuid' },
  Logical_Router_Port: { name: 'string', networks: 'set of string' },
  Some_Future_Table: { name: 'string' },
});
type Tables = typeof northbound.tables;

async function connectTo(t: TestContext, server: TestServer): Promise<OvsdbClient<Tables>> {
  const client = await OvsdbClient.connect({ remote: server.remote, declaration: northbound, log });
  t.after(() => client.close());
  return client;
}

/** Resolves as soon as the replica is as it should be. */
async function until(client: OvsdbClient<Tables>, condition: () => boolean): Promise<void> {
  if (condition()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = client.onChange(() => condition() && resolve());
  await promise;
  stop();
}

/** Resolves with the first change that the predicate accepts. */
function nextChange(client: OvsdbClient<Tables>, accept: (change: ReplicaChange<Tables>) => boolean) {
  const { promise, resolve } = Promise.withResolvers<ReplicaChange<Tables>>();
  const stop = client.onChange((changes) => {
    const found = changes.find(accept);
    if (found === undefined) return;
    stop();
    resolve(found);
  });
  return promise;
}

function switchNames(client: OvsdbClient<Tables>): string[] {
  return Array.from(client.table('Logical_Switch').rows(), ({ name }) => name).sort();
}

test('a transaction is in the replica, with its references, when its promise resolves', async (t) => {
  const client = await connectTo(t, await TestServer.northbound(t));
  const transaction = client.transaction();
  const port = transaction.insert('Logical_Switch_Port', {
    name: 'p1',
    tag: 7,
    addresses: ['0a:00:00:00:00:01 fd00::1'],
    novelty: 'left out, for this server does not know it',
  });
  const inserted = transaction.insert('Logical_Switch', {
    name: 's1',
    ports: [port],
    other_config: { a: 'b' },
  });
  const result = await client.transact(transaction);

  const row = client.table('Logical_Switch').get(result.uuid(inserted));
  assert.deepEqual(row, {
    _uuid: result.uuid(inserted),
    name: 's1',
    ports: new Set([result.uuid(port)]),
    other_config: new Map([['a', 'b']]),
  });
  assert.equal(client.table('Logical_Switch_Port').get(result.uuid(port))?.tag, 7);
  const holders = client.table('Logical_Switch').referrers('ports');
  assert.deepEqual([...holders.get(result.uuid(port))], [row]);
  assert.equal(client.table('Some_Future_Table').size, 0);
});

test('what others do arrives as increments', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  server.nbctl('ls-add', 's1', '--', 'lsp-add', 's1', 'p1', '--', 'pg-add', 'pg1', 'p1');
  const seen = nextChange(client, ({ table, kind }) => table === 'Port_Group' && kind === 'modify');
  server.nbctl('lsp-add', 's1', 'p2', '--', 'pg-set-ports', 'pg1', 'p1', 'p2');
  const { columns } = await seen;
  const [p2] = [...client.table('Logical_Switch_Port').rows()].filter(({ name }) => name === 'p2');
  assert.deepEqual(
    [...columns],
    [['ports', { form: 'set', added: new Set([p2!._uuid]), removed: new Set() }]],
  );
});

test('mutate and delete act on what the condition selects, and say on how many rows', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  server.nbctl(
    'ls-add',
    's1',
    '--',
    'ls-add',
    's2',
    '--',
    'lsp-add',
    's1',
    'p1',
    '--',
    'lsp-add',
    's1',
    'p2',
  );
  await until(client, () => client.table('Logical_Switch_Port').size === 2);
  const ports = new Map(
    Array.from(client.table('Logical_Switch_Port').rows(), ({ name, _uuid }) => [name, _uuid]),
  );
  const transaction = client.transaction();
  const mutated = transaction.mutate('Logical_Switch', [['name', '==', 's1']], {
    ports: { delete: [ports.get('p1')!] },
    other_config: { insert: { x: '1' } },
  });
  const deleted = transaction.delete('Logical_Switch', [['name', '==', 's2']]);
  const missed = transaction.delete('Logical_Switch', [['name', '==', 'nobody']]);
  const result = await client.transact(transaction);
  assert.deepEqual([mutated, deleted, missed].map(result.count), [1, 1, 0]);
  assert.deepEqual(switchNames(client), ['s1']);
  assert.equal(client.table('Logical_Switch_Port').size, 1, 'a port that no switch holds is collected');
});

test('the only member of a set that must have one is replaced', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  server.nbctl('lr-add', 'r1', '--', 'lrp-add', 'r1', 'out', '00:00:00:00:00:01', 'fd00::1/64');
  await until(client, () => client.table('Logical_Router_Port').size === 1);
  const transaction = client.transaction();
  transaction.mutate('Logical_Router_Port', [['name', '==', 'out']], {
    networks: { delete: ['fd00::1/64'], insert: ['fd00::2/64'] },
  });
  await client.transact(transaction);
  const [row] = client.table('Logical_Router_Port').rows();
  assert.deepEqual([...row!.networks], ['fd00::2/64']);
});

test('errors tell what kind they are', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  server.nbctl('pg-add', 'pg1');

  const doubled = client.transaction();
  doubled.insert('Port_Group', { name: 'pg1' });
  await assert.rejects(client.transact(doubled), (error) => {
    return error instanceof RefusedError && error.tag === 'constraint violation';
  });

  const waiting = client.transaction();
  waiting.wait('Port_Group', [['name', '==', 'pg1']], ['name'], '!=', [{ name: 'pg1' }]);
  await assert.rejects(client.transact(waiting), RetryableError);

  const unlocked = client.transaction();
  unlocked.assertLock('nobody_has_it');
  await assert.rejects(client.transact(unlocked), LockNotHeldError);

  assert.throws(() => client.transaction().insert('Logical_Switch_Port', { tag: 4096 }), ValueError);
});

test('a remote or declaration that makes no sense fails at once, an absent server when the caller gives up', async (t) => {
  const server = await TestServer.northbound(t);
  const wrong = declareDatabase('OVN_Northbound', { Logical_Switch: { name: 'integer' } });
  const to = (remote: string, declaration = wrong, signal = AbortSignal.timeout(60_000)) =>
    OvsdbClient.connect({ remote, declaration, log, signal });
  await assert.rejects(to('nonsense'), /OVSDB remote "nonsense"/);
  await assert.rejects(to(server.remote), SchemaMismatchError);
  await assert.rejects(to('unix:/nonexistent/socket', wrong, AbortSignal.timeout(100)), OvsdbError);
});

test('after a restart of the server the client is back, and announces only what is new', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  server.nbctl('ls-add', 's1', '--', 'ls-add', 's2');
  await until(client, () => switchNames(client).length === 2);
  await server.kill();
  await assert.rejects(async () => {
    const transaction = client.transaction();
    transaction.comment('nobody listens');
    await client.transact(transaction);
  }, RetryableError);
  assert.deepEqual(switchNames(client), ['s1', 's2'], 'the replica stays while there is no server');

  const changes: string[] = [];
  const renamed = nextChange(client, ({ table }) => table === 'Logical_Switch');
  client.onChange((batch) => changes.push(...batch.map(({ table, kind }) => `${kind} ${table}`)));
  await server.start();
  await client.connected();
  assert.deepEqual(changes, []);
  server.nbctl('set', 'Logical_Switch', 's2', 'name=s3');
  await renamed;
  assert.deepEqual(changes, ['modify Logical_Switch']);
  assert.deepEqual(switchNames(client), ['s1', 's3']);
});

test('idempotent transactions all get done, once, although the server is killed in their midst', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  const byName = client.table('Logical_Switch').index(({ name }) => name);
  const names = Array.from({ length: 300 }, (_, index) => `s${String(index).padStart(3, '0')}`);
  let done = 0;
  const killed = Promise.withResolvers<void>();
  const work = names.map(async (name) => {
    await client.transactUntilDone((transaction) => {
      if (byName.get(name).size === 0) transaction.insert('Logical_Switch', { name });
    });
    if (++done === 50) killed.resolve(server.restart());
  });
  await Promise.all(work);
  await killed.promise;
  const stored = server
    .nbctl('--bare', '--columns=name', 'list', 'Logical_Switch')
    .split('\n')
    .filter(Boolean);
  assert.deepEqual(stored.sort(), names);
});

test('one client at a time holds a lock; it passes on when its holder goes, and can be stolen', async (t) => {
  const server = await TestServer.northbound(t);
  const first = await connectTo(t, server);
  const second = await connectTo(t, server);
  await assert.rejects(first.lock('with a space'), /"with a space" cannot name a lock/);
  const lock = await first.lock('leader');
  const other = await second.lock('leader');
  assert.deepEqual([lock.held, other.held], [true, false]);

  const asserted = (client: OvsdbClient<Tables>) => {
    const transaction = client.transaction();
    transaction.assertLock('leader');
    transaction.comment('only the leader may');
    return client.transact(transaction);
  };
  await asserted(first);
  await assert.rejects(asserted(second), LockNotHeldError);

  const lost = Promise.withResolvers<void>();
  const stop = lock.onChange((held) => held || lost.resolve());
  await other.steal();
  await lost.promise;
  stop();
  await asserted(second);
  await assert.rejects(asserted(first), LockNotHeldError);

  // Whoever lost the lock stands in the queue again.
  await other.stop();
  await lock.acquired();
  const third = await connectTo(t, server);
  const last = await third.lock('leader');
  await first.close();
  await last.acquired();
  await asserted(third);
});

test('a lock that is asked for while the server ends is had when it is back, and let go of while it ends', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  const names = Array.from({ length: 20 }, (_, index) => `lock${index}`);
  const asked = names.map((name) => client.lock(name));
  await server.kill();
  const locks = await Promise.all(asked);
  await server.start();
  await Promise.all(locks.map((lock) => lock.acquired()));
  const ended = locks.map((lock) => lock.stop());
  await server.kill();
  await Promise.all(ended);
});

test('a lock is asked for again after the server came back', async (t) => {
  const server = await TestServer.northbound(t);
  const client = await connectTo(t, server);
  const lock = await client.lock('leader');
  const states: boolean[] = [];
  lock.onChange((held) => states.push(held));
  await server.restart();
  await client.connected();
  await lock.acquired();
  assert.deepEqual(states, [false, true]);
});

test('a big row set arrives whole', async (t) => {
  const server = await TestServer.northbound(t);
  const writer = await connectTo(t, server);
  const transaction = writer.transaction();
  const ports = Array.from({ length: 5_000 }, (_, index) =>
    transaction.insert('Logical_Switch_Port', { name: `p${index}`, addresses: [`unknown`] }),
  );
  transaction.insert('Logical_Switch', { name: 'big', ports });
  await writer.transact(transaction);
  const reader = await connectTo(t, server);
  assert.equal(reader.table('Logical_Switch_Port').size, 5_000);
  assert.equal([...reader.table('Logical_Switch').rows()][0]!.ports.size, 5_000);
});
