/** Sessions that a second table takes over from what the first one tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Prefix } from '../../addressing/index.ts';
import { IP_PROTOCOL } from '../../packets/index.ts';
import { Embedding } from './embedding.ts';
import type { SaidByTcp } from './flows.ts';
import { checksumOf, sumOf } from './octets.ts';
import { reminderOf } from './reminder.ts';
import { decodeRecords, encodeRecords, RECORD_OCTETS, type SessionRecord } from './session-record.ts';
import { Sessions } from './sessions.ts';

const { tcp, udp, icmp } = IP_PROTOCOL;
const OUTSIDE = Address.parse('192.0.0.2');
const PREFIX = new Embedding(Prefix.parse('64:ff9b:1::/96'));
const SERVER = 0xc6336401;
const [RED, BLUE] = ['red-------------', 'blue------------'];
const [SYN, ACK, FIN] = [2, 16, 1];

const said = (flags: number, sequence = 1_000, carried = 0): SaidByTcp => ({
  ...{ flags, sequence, carried, acknowledged: 5_000, window: 512 },
});

/** A host's table, and what passes it. */
function host(limits?: { total: number; each: number }) {
  const sessions = new Sessions({ address: OUTSIDE, ...(limits && { limits }) });
  const remotePort = (protocol: number) => (protocol === icmp ? 0 : 443);
  const outward = (
    inside: string,
    now: number,
    { protocol = tcp as number, port = 5_000, what = said(ACK) } = {},
  ) =>
    sessions.fromInside(
      { protocol, inside, insidePort: port, remote: SERVER, remotePort: remotePort(protocol) },
      ...([PREFIX, protocol === tcp ? what : undefined, now] as const),
    )?.binding.outsidePort ?? 0;
  const inward = (port: number, now: number, { protocol = tcp as number, flags = ACK } = {}) =>
    sessions.fromOutside(
      {
        ...{ protocol, port, remote: SERVER, remotePort: remotePort(protocol) },
        address: Number(OUTSIDE.value),
      },
      flags,
      now,
    )?.ends.inside;
  const begin = (inside: string, now: number, port = 5_000) => {
    const outside = outward(inside, now, { port, what: said(SYN, 999) });
    inward(outside, now, { flags: SYN | ACK });
    outward(inside, now, { port });
    return outside;
  };
  const hear = (records: readonly SessionRecord[], now: number) => {
    for (const record of decodeRecords(encodeRecords(records))) sessions.learn(record, [PREFIX], now);
  };
  return { sessions, outward, inward, begin, hear, told: (now: number) => sessions.news.take(now) };
}

test('a second host translates as the first did, whatever port that had found', () => {
  const [one, other] = [host(), host()];
  one.begin(BLUE, 0);
  const port = one.begin(RED, 0);
  assert.notEqual(port, 5_000, 'another instance has the port');
  other.hear(one.told(0), 0);
  assert.equal(other.inward(port, 1), RED, 'who is outside speaks first');
  assert.equal(other.outward(RED, 2), port);
  assert.equal(other.inward(5_000, 2), BLUE);
});

test('so it does for UDP and echo', () => {
  for (const protocol of [udp, icmp]) {
    const [one, other] = [host(), host()];
    for (const inside of [BLUE, RED]) one.inward(one.outward(inside, 0, { protocol }), 0, { protocol });
    const port = one.outward(RED, 0, { protocol });
    assert.notEqual(port, 5_000);
    other.hear(one.told(0), 0);
    // The one that had the port first does not speak: it must not be taken for free.
    assert.equal(other.outward(RED, 1, { protocol }), port);
  }
});

test('without being told it does not know the connection', () => {
  const [one, other] = [host(), host()];
  one.begin(BLUE, 0);
  const port = one.begin(RED, 0);
  assert.equal(other.inward(port, 1), undefined);
  assert.notEqual(other.outward(RED, 2), port);
});

test('a session is told of when it begins, and not for each packet', () => {
  const { begin, told, outward, inward } = host();
  const port = begin(RED, 0);
  assert.equal(told(0).length, 1);
  let records = 0;
  for (let count = 1; count <= 10_000; count++) {
    const now = count / 100;
    outward(RED, now, { what: said(ACK, 1_000 + count * 100, 100) });
    inward(port, now);
    records += told(now).length;
  }
  assert.equal(records, 0, 'a hundred seconds of it');
  assert.equal(told(100.5).length, 1, 'how far its end inside came, when that is quiet');
  outward(RED, 3_000);
  assert.equal(told(3_000).length, 1, 'that it lives on');
});

test('what was never answered is told to nobody', () => {
  const { outward, told } = host();
  for (let port = 1; port < 4_000; port++) {
    outward(RED, 0, { port, what: said(SYN) });
    outward(BLUE, 0, { port, protocol: udp });
  }
  assert.deepEqual(told(1), []);
});

test('what has ended is told, and ends with others', () => {
  const [one, other] = [host(), host()];
  const port = one.begin(RED, 0);
  other.hear(one.told(0), 0);
  one.outward(RED, 1, { what: said(FIN | ACK) });
  one.inward(port, 1, { flags: FIN | ACK });
  one.sessions.sweep(300);
  other.hear(one.told(300), 300);
  assert.equal(other.sessions.size, 0);
});

test('a host that a gateway has left ends nothing that goes on elsewhere, and lives as long with it', () => {
  const [one, other] = [host(), host()];
  const port = one.begin(RED, 0);
  other.hear(one.told(0), 0);
  other.outward(RED, 7_000);
  one.sessions.sweep(8_000);
  other.hear(one.told(8_000), 8_000);
  assert.equal(other.inward(port, 8_001), RED);
});

test('of two hosts that contradict each other the one that saw packets last is right', () => {
  const [one, other] = [host(), host()];
  one.begin(RED, 0);
  other.begin(BLUE, 5); // by the same port
  other.hear(one.told(10), 10);
  assert.equal(other.inward(5_000, 11), BLUE, 'RED was there before');
  const newer = host();
  newer.begin(RED, 30);
  other.hear(newer.told(30), 30);
  assert.equal(other.inward(5_000, 31), RED);
});

test('what is heard of takes no more room than what is begun here', () => {
  const [one, other] = [host(), host({ total: 100, each: 10 })];
  for (let port = 1; port <= 1_000; port++) one.begin(RED, 0, port);
  other.hear(one.told(0), 0);
  assert.ok(other.sessions.size <= 10);
});

test('octets that are no session are none, and lifetimes are no longer than any', () => {
  const { sessions, hear, begin, told } = host();
  for (let octet = 0; octet < 256; octet++)
    for (const record of decodeRecords(Buffer.alloc(3 * RECORD_OCTETS + 7, octet)))
      sessions.learn(record, [PREFIX], 0);
  assert.equal(sessions.size, 0);
  begin(RED, 0);
  const [record] = told(0);
  const far = host();
  far.hear([{ ...record!, leftMs: 0xffff_ffff }], 0);
  far.sessions.sweep(7_440 * 1.25 + 1);
  assert.equal(far.sessions.size, 0);
  hear([{ ...record!, outsidePort: 0 }], 1);
  assert.equal(sessions.size, 1);
});

test('who only listens is reminded of with what it has said last, and nobody else', () => {
  const [one, other] = [host(), host()];
  const port = one.begin(RED, 0);
  one.outward(RED, 0.1, { what: said(ACK, 1_000, 50) });
  one.begin(BLUE, 0, 6_000);
  const over = one.begin(BLUE, 0, 7_000);
  one.inward(over, 0, { flags: FIN | ACK });
  other.hear(one.told(0), 0);
  other.hear(one.told(1), 1);
  other.outward(BLUE, 3, { port: 6_000 });
  const quiet = [...other.sessions.quietSince(2)];
  assert.deepEqual(
    quiet.map(({ ends }) => ends.inside),
    [RED],
  );
  const packet = reminderOf(quiet[0]!);
  assert.equal(packet.readUInt16BE(20), port);
  assert.equal(packet.readUInt32BE(24), 1_050);
  assert.equal(packet.readUInt32BE(28), 5_000);
  const pseudoHeader = sumOf(packet, 12, 20) + tcp + 20;
  assert.equal(checksumOf(pseudoHeader + sumOf(packet, 20)), 0);
  assert.equal(checksumOf(sumOf(packet, 0, 20)), 0);
});
