/** Hosts that tell each other of sessions, over real connections: who hears what of whom. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { eventually } from '../../../test/support/eventually.ts';
import { quiet } from '../../../test/support/stores.ts';
import { Authority, makeKey, requestFor } from '../../pki/index.ts';
import { RECORD_OCTETS } from '../nat64/index.ts';
import { ExchangeFrameReader, encodeExchangeFrame } from './exchange-frames.ts';
import { PeerAuthorities } from './peer-authorities.ts';
import { SessionHearer } from './session-hearer.ts';
import { SessionTeller } from './session-teller.ts';

const SHARED = '11111111-1111-1111-1111-111111111111';
const FOREIGN = '22222222-2222-2222-2222-222222222222';
const recordsOf = (octet: number): Buffer => Buffer.alloc(2 * RECORD_OCTETS, octet);

/** Hosts with certificates, as the service gives them, and what each knows of whom. */
async function hostsFor(t: TestContext, names: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-exchange-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const authority = await Authority.open(join(directory, 'authority'));
  const identities = new Map<string, { key: string; cert: string }>();
  for (const name of names) {
    const file = join(directory, `${name}.key`);
    await makeKey(file);
    const candidate = await authority.candidate(await requestFor(file, name), name);
    authority.admit(candidate);
    identities.set(name, { key: readFileSync(file, 'utf8'), cert: candidate.certificate });
  }
  const known = authority.hostAuthorities();
  /** @param knows the hosts that this one is told of */
  const hostAtFor = async (knows: readonly string[]) => {
    const authorities = knows.map((host) => ({ host, certificate: known.get(host) }));
    const body = Buffer.from(JSON.stringify({ authorities }));
    const peers = new PeerAuthorities(
      { request: async () => ({ status: 200, headers: {}, body }) },
      quiet,
      () => {},
    );
    t.after(() => peers.stop());
    peers.follow(knows);
    await eventually('authorities are known', () => knows.every((host) => peers.knows(host)));
    return (connection: TLSSocket) => peers.hostAt(connection);
  };
  return { hostAtFor, credentialsOf: (name: string) => () => identities.get(name)! };
}

type Hosts = Awaited<ReturnType<typeof hostsFor>>;

/** One that tells. */
async function teller(t: TestContext, hosts: Hosts, mayKnow: (host: string, router: string) => boolean) {
  const told = new SessionTeller({
    ...{ address: '::1', port: 0, credentials: hosts.credentialsOf('gateway'), mayKnow, log: quiet },
    hostAt: await hosts.hostAtFor(['standby', 'other']),
    recite: (router, reader) => {
      reader(recordsOf(router === SHARED ? 1 : 9), false);
      reader(new Uint8Array(), true);
    },
  });
  t.after(() => told.stop());
  await eventually('it listens', () => told.port !== 0);
  return told;
}

/** One that hears, and what it has heard: the first octet of records, by router. */
async function hearer(
  t: TestContext,
  hosts: Hosts,
  {
    port,
    name = 'standby',
    expects = 'gateway',
    mayTell = (_host: string, router: string) => router === SHARED,
    learned = (onHeard: () => void) => onHeard(),
  }: {
    port: number;
    name?: string;
    expects?: string;
    mayTell?: (host: string, router: string) => boolean;
    /** Is told what to call when something has been learned. */
    learned?: (onHeard: () => void) => void;
  },
) {
  const heard: string[] = [];
  const one = new SessionHearer({
    ...{ host: expects, address: '::1', port, credentials: hosts.credentialsOf(name), mayTell, log: quiet },
    hostAt: await hosts.hostAtFor(['gateway', 'other']),
    hear: (router, records, onHeard) => {
      heard.push(`${router.slice(0, 1)} ${records[0]} ${records.length}`);
      learned(onHeard);
    },
  });
  t.after(() => one.stop());
  one.want([SHARED, FOREIGN]);
  return { one, heard };
}

test('a host that stands by hears all there is, then what comes, and of its routers alone', async (t) => {
  const hosts = await hostsFor(t, ['gateway', 'standby', 'other']);
  const told = await teller(t, hosts, (_host, router) => router === SHARED);
  const { heard } = await hearer(t, hosts, { port: told.port });
  await eventually('it hears all', () => heard.length === 1);
  told.tell(FOREIGN, recordsOf(8));
  told.tell(SHARED, recordsOf(2));
  await eventually('it hears more', () => heard.length === 2);
  assert.deepEqual(heard, ['1 1 120', '1 2 120']);
});

test('what another tells of routers that it does not stand by for is not heard', async (t) => {
  const hosts = await hostsFor(t, ['gateway', 'standby', 'other']);
  const told = await teller(t, hosts, () => true);
  const { heard } = await hearer(t, hosts, { port: told.port });
  await eventually('it hears of its own', () => heard.length === 1);
  told.tell(FOREIGN, recordsOf(8));
  told.tell(SHARED, recordsOf(2));
  await eventually('it hears more', () => heard.length === 2);
  assert.deepEqual(heard, ['1 1 120', '1 2 120']);
});

test('who is not known, or not who is expected, neither hears nor is heard', async (t) => {
  const hosts = await hostsFor(t, ['gateway', 'standby', 'other', 'stranger']);
  const told = await teller(t, hosts, () => true);
  const stranger = await hearer(t, hosts, { port: told.port, name: 'stranger' });
  const misled = await hearer(t, hosts, { port: told.port, expects: 'other' });
  const control = await hearer(t, hosts, { port: told.port });
  await eventually('another hears', () => control.heard.length === 2 || control.heard.length === 1);
  // It was told to come back by nobody: each of its tries ends before it is told anything.
  assert.deepEqual([stranger.heard, misled.heard], [[], []]);
  assert.equal(misled.one.isConnected, false);
});

test('who learns slowly is told no more than waits to be learned, and the rest later', async (t) => {
  const hosts = await hostsFor(t, ['gateway', 'standby', 'other']);
  const told = await teller(t, hosts, (_host, router) => router === SHARED);
  const waiting: (() => void)[] = [];
  const slow = await hearer(t, hosts, { port: told.port, learned: (onHeard) => waiting.push(onHeard) });
  const quick = await hearer(t, hosts, { port: told.port, name: 'other' });
  await eventually('both hear all', () => slow.heard.length === 1 && quick.heard.length === 1);
  const many = Buffer.alloc(1_000 * RECORD_OCTETS, 2);
  const times = 64;
  for (let time = 0; time < times; time++) told.tell(SHARED, many);
  await eventually('the quick one hears it', () => quick.heard.length === 1 + times);
  const most = slow.heard.length;
  assert.ok(most * many.length < 2 * 1024 * 1024, `${most} times`);
  await eventually('the slow one hears the rest as it learns', () => {
    for (const onHeard of waiting.splice(0)) onHeard();
    return slow.heard.length === 1 + times;
  });
});

test('who stands by no more is told no more', async (t) => {
  const hosts = await hostsFor(t, ['gateway', 'standby', 'other']);
  let standsBy = true;
  const told = await teller(t, hosts, (_host, router) => standsBy && router === SHARED);
  const { heard } = await hearer(t, hosts, { port: told.port });
  await eventually('it hears all', () => heard.length === 1);
  standsBy = false;
  told.review();
  told.tell(SHARED, recordsOf(2));
  standsBy = true;
  told.review();
  await eventually('it hears all again', () => heard.length === 2);
  assert.deepEqual(heard, ['1 1 120', '1 1 120']);
});

test('frames are read however they are cut, and what is none ends it', () => {
  const frames = [
    { kind: 'want', routers: [SHARED, FOREIGN] },
    { kind: 'records', router: SHARED, records: recordsOf(3) },
    { kind: 'want', routers: [] },
  ] as const;
  const octets = Buffer.concat(frames.map(encodeExchangeFrame));
  for (const size of [1, 3, 7, 50, octets.length]) {
    const reader = new ExchangeFrameReader();
    const read = [];
    for (let at = 0; at < octets.length; at += size)
      read.push(...reader.take(octets.subarray(at, at + size)));
    assert.deepEqual(
      read.map((frame) =>
        frame.kind === 'want' ? frame : { ...frame, records: Buffer.from(frame.records) },
      ),
      frames,
    );
  }
  for (const broken of [
    [0, 0, 0, 0],
    [0xff, 0, 0, 0, 1],
    [0, 0, 0, 1, 7],
    [0, 0, 0, 3, 1, 2, 3],
    [0, 0, 0, 2, 2, 0],
  ])
    assert.throws(() => new ExchangeFrameReader().take(Buffer.from(broken)), { name: 'ExchangeFrameError' });
});
