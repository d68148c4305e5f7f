import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { keepSession, type SessionHandler } from './session.ts';

const DIAL_TIMEOUT_MS = 5_000;

/** Paths of sockets in a directory of the test's: of servers that end each session as soon as it is made, or of none. */
async function sockets(t: TestContext, ...serving: readonly boolean[]) {
  const directory = await mkdtemp(join(tmpdir(), 'session-'));
  t.after(() => rm(directory, { recursive: true }));
  const paths = serving.map((_, index) => join(directory, `${index}`));
  for (const [index, serves] of serving.entries()) {
    if (!serves) continue;
    const server = createServer((socket) => socket.on('error', () => undefined).end());
    server.listen(paths[index]);
    await once(server, 'listening');
    t.after(() => server.close());
  }
  return paths;
}

/**
 * Keeps sessions until `enough` pauses were made between them, which take no time here.
 *
 * @param lastedMs how long the session of a number, from 1, lasted by the clock
 * @returns how long each pause would have been (ms), and how many sessions were usable before each
 */
async function pausesOf(
  t: TestContext,
  paths: readonly string[],
  enough: number,
  lastedMs: (session: number) => number = () => 0,
) {
  const pauses: number[] = [];
  const sessions: number[] = [];
  const abort = new AbortController();
  let opened = 0;
  let clock = 0;
  t.mock.method(performance, 'now', () => clock);
  const { setTimeout: later } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (run: () => void, ms: number) => {
    if (ms === DIAL_TIMEOUT_MS) return later(run, ms);
    pauses.push(ms);
    sessions.push(opened);
    if (pauses.length === enough) abort.abort();
    return later(run, 0);
  });
  const handler: SessionHandler = {
    open: async () => void opened++,
    notify: () => undefined,
    closed: () => {
      clock += lastedMs(opened);
    },
  };
  const remotes = paths.map((path) => ({ transport: 'unix', path }) as const);
  const log = pino({ level: 'silent' });
  await keepSession({ remotes, tls: undefined, probeIntervalMs: () => 0, log }, handler, abort.signal);
  return { pauses, sessions };
}

/** Whether each pause is at most twice the one before, at least half of that, and never over five seconds. */
function assertGrowing(pauses: readonly number[]): void {
  for (const [round, pause] of pauses.entries()) {
    const longest = Math.min(5_000, 50 * 2 ** round);
    assert.ok(pause >= longest / 2 && pause <= longest, `pause ${round}: ${pause} of at most ${longest} ms`);
  }
}

test('servers that are away are asked ever more rarely, and every five seconds in the end', async (t) => {
  const { pauses, sessions } = await pausesOf(t, await sockets(t, false, false), 12);
  assertGrowing(pauses);
  assert.equal(sessions.at(-1), 0);
});

test('a session that ends at once is as one that was not made: a pause a round of all servers', async (t) => {
  const { pauses, sessions } = await pausesOf(t, await sockets(t, true, true, false), 8);
  assertGrowing(pauses);
  assert.deepEqual(sessions, [2, 4, 6, 8, 10, 12, 14, 16]);
});

test('what follows a session that lasted is asked for at once, and pauses begin anew', async (t) => {
  const { pauses, sessions } = await pausesOf(
    t,
    await sockets(t, true),
    4,
    (session) => (session % 2) * 60_000,
  );
  for (const pause of pauses) assert.ok(pause <= 50, `a pause of ${pause} ms`);
  assert.deepEqual(sessions, [2, 4, 6, 8]);
});
