import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { bindDeclaration, declareDatabase } from './declaration.ts';
import { RefusedError, RetryableError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import { JsonFraming } from './json-framing.ts';
import { Monitor } from './monitor.ts';
import { Replica } from './replica.ts';
import { RpcPeer } from './rpc.ts';
import { parseSchema } from './schema.ts';

type Respond = (message: JsonObject, send: (message: Json) => void, socket: Socket) => void;

/** A peer of a server that answers as `respond` says, and the notifications that it got. */
async function openPeer(t: TestContext, respond: Respond, probeIntervalMs = 0, monitor?: Monitor<never>) {
  const directory = await mkdtemp(join(tmpdir(), 'rpc-'));
  const path = join(directory, 'socket');
  const server = createServer((socket) => {
    const framing = new JsonFraming();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const message of framing.push(chunk)) {
        respond(message as JsonObject, (reply) => socket.write(JSON.stringify(reply)), socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const notifications: [string, readonly Json[]][] = [];
  const socket = connect(path);
  await new Promise((resolve) => socket.once('connect', resolve));
  const peer = new RpcPeer(socket, {
    probeIntervalMs: () => probeIntervalMs,
    onNotification: (method, params) => {
      notifications.push([method, params]);
      monitor?.notify(method, params);
    },
  });
  t.after(async () => {
    peer.close('the test is over');
    server.close();
    await rm(directory, { recursive: true });
  });
  return { peer, socket, notifications };
}

test('replies find their requests, in whatever order they come', async (t) => {
  const held: JsonObject[] = [];
  const { peer } = await openPeer(t, (message, send) => {
    held.push(message);
    if (held.length < 2) return;
    for (const { id, params } of held.reverse()) send({ id: id!, result: params!, error: null });
  });
  assert.deepEqual(await Promise.all([peer.request('a', [1]), peer.request('b', [2])]), [[1], [2]]);
});

test('an error reply rejects with the server’s tag', async (t) => {
  const { peer } = await openPeer(t, ({ id }, send) =>
    send({ id: id!, result: null, error: { error: 'unknown method' } }),
  );
  await assert.rejects(peer.request('nonsense', []), (error) => {
    return error instanceof RefusedError && error.tag === 'unknown method';
  });
});

test('an echo of the server is answered', async (t) => {
  const answer = Promise.withResolvers<JsonObject>();
  const { peer } = await openPeer(t, (message, send) => {
    if (message.method === 'go') send({ id: 'e', method: 'echo', params: ['x'] });
    else answer.resolve(message);
  });
  peer.request('go', []).catch(() => undefined);
  assert.deepEqual(await answer.promise, { id: 'e', result: ['x'], error: null });
});

test('a request that is cut off fails as retryable, and so does every later one', async (t) => {
  const { peer } = await openPeer(t, (_message, _send, socket) => socket.destroy());
  await assert.rejects(peer.request('a', []), RetryableError);
  await assert.rejects(peer.request('b', []), RetryableError);
});

test('a server that falls silent is given up; one that answers the echo is not', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  /** Half an interval, after which it is looked whether there was a sign of life. */
  const passHalf = () => {
    now += 5;
    t.mock.timers.tick(5);
  };
  const mute = await openPeer(t, () => undefined, 10);
  for (let halves = 0; halves < 4; halves++) passHalf();
  assert.match((await mute.peer.closed).message, /no sign of life from the server for \d+ ms/);

  let echoes = 0;
  const alive = await openPeer(
    t,
    ({ id, method, params }, send) => {
      if (method === 'echo') echoes++;
      send({ id: id!, result: params!, error: null });
    },
    10,
  );
  for (let times = 0; times < 3; times++) {
    const heard = once(alive.socket, 'data');
    passHalf();
    passHalf();
    await heard;
  }
  assert.equal(echoes, 3);
  assert.deepEqual(await alive.peer.request('still', ['there']), ['there']);
});

test('a process that was busy reads what came before it judges', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { peer } = await openPeer(
    t,
    ({ id, method, params }, send) => {
      send({ id: id!, result: params!, error: null });
      if (method !== 'echo') return;
      // The answer is on its way, and this process has its hands full for a long time.
      now += 1_000;
      t.mock.timers.tick(5);
    },
    10,
  );
  now += 10;
  t.mock.timers.tick(5);
  // It comes behind the answer.
  assert.deepEqual(await peer.request('still', ['there']), ['there']);
});

test('requests beyond what the socket takes wait, and leave in order', async (t) => {
  const { peer } = await openPeer(t, ({ id, params }, send) =>
    send({ id: id!, result: (params as Json[])[0]!, error: null }),
  );
  const ballast = 'x'.repeat(1_000_000);
  const results: Json[] = [];
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      peer.request('m', [index, ballast]).then((result) => results.push(result)),
    ),
  );
  assert.deepEqual(
    results,
    Array.from({ length: 20 }, (_, index) => index),
  );
});

const declaration = declareDatabase('db', { Port: { name: 'string' } });
const tables = bindDeclaration(
  declaration,
  parseSchema({ name: 'db', tables: { Port: { columns: { name: { type: 'string' } } } } }),
);

test('a server that knows only the monitor of RFC 7047 is followed too', async (t) => {
  const replica = new Replica(declaration);
  const monitor = new Monitor('db', replica);
  const asked: Json[] = [];
  const { peer } = await openPeer(
    t,
    ({ id, method }, send) => {
      asked.push(method!);
      if (method !== 'monitor') return send({ id: id!, result: null, error: { error: 'unknown method' } });
      send({ id: id!, result: { Port: { u1: { new: { name: 'a' } } } }, error: null });
      const update = { Port: { u1: { old: { name: 'a' }, new: { name: 'b' } }, u2: { new: { name: 'c' } } } };
      send({ id: null, method: 'update', params: ['db', update] });
      return send({ id: null, method: 'update', params: ['db', { Port: { u2: { old: { name: 'c' } } } }] });
    },
    0,
    monitor as unknown as Monitor<never>,
  );
  const settled = Promise.withResolvers<void>();
  replica.onChange((changes) => changes.some(({ kind }) => kind === 'delete') && settled.resolve());
  await monitor.start(peer, tables);
  await settled.promise;
  assert.deepEqual(asked, ['monitor_cond_since', 'monitor_cond', 'monitor']);
  assert.deepEqual([...replica.table('Port').rows()], [{ _uuid: 'u1', name: 'b' }]);
});

test('a monitor goes on where it was after a new session, if the server still knows the place', async (t) => {
  const replica = new Replica(declaration);
  const monitor = new Monitor('db', replica);
  const since: Json[] = [];
  const answers: Json[] = [
    [false, 't1', { Port: { u1: { initial: { name: 'a' } } } }],
    [true, 't2', { Port: { u2: { insert: { name: 'b' } } } }],
    [false, 't9', { Port: { u3: { initial: { name: 'c' } } } }],
  ];
  const respond: Respond = ({ id, params }, send) => {
    since.push((params as Json[])[3]!);
    send({ id: id!, result: answers.shift()!, error: null });
  };
  const names: string[][] = [];
  for (let session = 0; session < 3; session++) {
    const { peer } = await openPeer(t, respond);
    await monitor.start(peer, tables);
    names.push(Array.from(replica.table('Port').rows(), ({ name }) => name));
  }
  assert.deepEqual(since, ['00000000-0000-0000-0000-000000000000', 't1', 't2']);
  assert.deepEqual(names, [['a'], ['a', 'b'], ['c']]);
});
