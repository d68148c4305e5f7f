/** Sessions of NAT64 in files on a disk that is full: nothing waits for it, and they are kept again when there is room. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Prefix } from '../../src/addressing/index.ts';
import { Embedding } from '../../src/host/nat64/embedding.ts';
import { KeptSessions, type SessionSource } from '../../src/host/nat64/kept-sessions.ts';
import { RouterFlows } from '../../src/host/nat64/router-flows.ts';
import { decodeRecords, encodeRecords, mappingKey } from '../../src/host/nat64/session-record.ts';
import { NAT64_ADDRESS, NAT64_CLIENTS } from '../../src/host-contract/index.ts';
import { IP_PROTOCOL } from '../../src/packets/index.ts';
import { fillDisk, makeRoom, onSmallDisk } from '../support/small-disk.ts';

const ROUTERS = ['2a8c8b8a-5b0e-4c0e-9d53-0a9d8b6f3c11', '2a8c8b8a-5b0e-4c0e-9d53-0a9d8b6f3c12'] as const;
const PREFIX = '64:ff9b::/96';
/** An address of AS112 (RFC 7535): no translator takes it for private. */
const REMOTE = 0xc01f_c402;

/** A directory on a disk of a megabyte, and how that is filled and emptied. */
async function smallDisk(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-kept-'));
  const [program, ...words] = [...onSmallDisk(directory, 1), 'sh', '-c', 'echo ready; exec sleep infinity'];
  const holder = spawn(program!, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => {
    holder.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  });
  await once(holder.stdout, 'data');
  const pid = holder.pid!;
  const seen = join(`/proc/${pid}/root`, directory);
  return {
    nat64: join(seen, 'nat64'),
    fill: () => fillDisk(pid, directory),
    empty: () => makeRoom(pid, directory),
  };
}

/** The sessions of routers, as the thread that translates has them. */
function translators(): SessionSource & { begin(router: string, ...ports: number[]): Uint8Array } {
  const flows = new Map<string, RouterFlows>();
  const flowsOf = (router: string) =>
    flows.getOrInsertComputed(router, () => {
      const made = new RouterFlows({ own: NAT64_ADDRESS, clients: NAT64_CLIENTS });
      made.follow([], [new Embedding(Prefix.parse(PREFIX))]);
      return made;
    });
  const learn = (router: string, records: Uint8Array) =>
    flowsOf(router).learn(decodeRecords(Buffer.from(records)), 10);
  return {
    learn,
    recite: (router, reader) => reader(encodeRecords([...flowsOf(router).records(() => 10)]), true),
    begin(router, ...ports) {
      const records = encodeRecords(ports.map(record));
      learn(router, records);
      return records;
    },
  };
}

const record = (outsidePort: number) => ({
  ...{ isClients: false, protocol: IP_PROTOCOL.udp, inside: 'red-------------', insidePort: outsidePort },
  ...{ remote: REMOTE, remotePort: 2, outsidePort, mapping: mappingKey(PREFIX) },
  ...{ seenInside: 0, seenOutside: 0, isAnswered: true, isContinued: true, progress: undefined },
  ...{ idleMs: 10, leftMs: 300_000 },
});

/** What a successor finds of a router. */
function found(directory: string, router: string): number[] {
  const ports: number[] = [];
  const learn = (_router: string, records: Uint8Array) =>
    ports.push(...decodeRecords(Buffer.from(records)).map(({ outsidePort }) => outsidePort));
  const kept = new KeptSessions(directory, { learn, recite: () => {} }, pino({ level: 'silent' }));
  kept.follow(new Set([router]));
  kept.close();
  return ports;
}

/** Messages of a log. */
function counted() {
  const messages: string[] = [];
  return { messages, log: pino({}, { write: (line: string) => void messages.push(JSON.parse(line).msg) }) };
}

test('a disk that is full when routers come holds up nothing, and is told of once', async (t) => {
  const { nat64, fill, empty } = await smallDisk(t);
  mkdirSync(nat64);
  fill();
  const source = translators();
  const { messages, log } = counted();
  const kept = new KeptSessions(nat64, source, log, 0);
  kept.follow(new Set(ROUTERS));
  for (const router of ROUTERS) kept.note(router, source.begin(router, 1, 2));
  assert.deepEqual(messages, ['sessions of a router are not kept for a successor']);
  assert.deepEqual(
    ROUTERS.map((router) => found(nat64, router)),
    [[], []],
  );
  empty();
  for (const router of ROUTERS) kept.note(router, source.begin(router, 3));
  kept.close();
  // All of them, and not what came since alone.
  for (const router of ROUTERS)
    assert.deepEqual([...new Set(found(nat64, router))].sort(), [1, 2, 3], router);
});

test('a disk that fills up leaves no part of what was to be written', async (t) => {
  const { nat64, fill, empty } = await smallDisk(t);
  const source = translators();
  const { messages, log } = counted();
  const kept = new KeptSessions(nat64, source, log, 0);
  const [router] = ROUTERS;
  kept.follow(new Set([router]));
  kept.note(router, source.begin(router, 1));
  fill();
  const many = Array.from({ length: 200 }, (_, index) => index + 10);
  kept.note(router, source.begin(router, ...many));
  assert.deepEqual(
    readdirSync(nat64).flatMap((name) => found(nat64, name)),
    [],
  );
  empty();
  kept.note(router, source.begin(router, 2));
  kept.close();
  assert.deepEqual(new Set(found(nat64, router)), new Set([1, 2, ...many]));
  assert.deepEqual(messages, ['sessions of a router are not kept for a successor']);
});

test('without a directory, and none that can be made, nothing is thrown', async (t) => {
  const { nat64 } = await smallDisk(t);
  const { messages, log } = counted();
  const kept = new KeptSessions(join(nat64, 'a\0b'), translators(), log);
  kept.follow(new Set(ROUTERS));
  kept.note(ROUTERS[0], encodeRecords([record(1)]));
  kept.recall();
  kept.close();
  assert.ok(messages.includes('sessions of a router are not kept for a successor'));
});
