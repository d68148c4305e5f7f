import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, embedIpv4, Mac, Prefix } from '../../addressing/index.ts';
import {
  concat,
  decodeFrame,
  encodeFrame,
  encodeIcmpv6,
  encodeIpv6Packet,
  fragmentIpv6,
  frame,
  icmpv6,
  ipv4,
  ipv6,
  type UpperLayer,
  u8,
  u16,
  u32,
  udp,
} from '../../packets/index.ts';
import { Embedding } from './embedding.ts';
import { checksumOf, sumOf } from './octets.ts';
import { Nat64Translator } from './translator.ts';

const MAC = Mac.parse('fa:16:3e:00:00:01');
const PREFIX = Prefix.parse('64:ff9b::/96');
const OWN = Address.parse('192.0.0.2');
const CLIENTS = Address.parse('192.0.0.3');
const CLIENT = Address.parse('2001:db8::c');
const SERVER = Address.parse('203.0.113.5');
const SERVER6 = embedIpv4(PREFIX, SERVER);
const MTU = 1500;

const translator = (limits?: { total: number; each: number }, prefixes = [PREFIX]) =>
  started(
    new Nat64Translator({ address: OWN, clients: CLIENTS, mtu: MTU, ...(limits && { limits }) }),
    prefixes,
  );
const started = (made: Nat64Translator, prefixes: readonly Prefix[]): Nat64Translator => {
  made.follow(prefixes.map((prefix) => new Embedding(prefix)));
  return made;
};

const ETHERNET = 14;
const packet4 = (upper: UpperLayer, more: Partial<ReturnType<typeof ipv4>> = {}, from = SERVER): Buffer =>
  Buffer.from(encodeFrame(frame(MAC, MAC, { ...ipv4(from, OWN, upper), ...more }))).subarray(ETHERNET);
const packet6 = (upper: UpperLayer, options: Parameters<typeof ipv6>[3] = {}, from = CLIENT): Buffer =>
  Buffer.from(encodeIpv6Packet(ipv6(from, SERVER6, upper, options)));

/** A packet, read; that it comes out the same when it is written again shows that lengths and checksums are right. */
function read(packet: Buffer) {
  const header = Buffer.alloc(ETHERNET);
  header.writeUInt16BE(packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, 12);
  const octets = Buffer.concat([header, packet]);
  const { network, ...rest } = decodeFrame(octets);
  assert.ok(network.kind === 'ipv6' || network.kind === 'ipv4', JSON.stringify(network));
  assert.equal(Buffer.from(encodeFrame({ ...rest, network })).toString('hex'), octets.toString('hex'));
  return network;
}

/** A reply, to the port that the translator chose. */
function answered(through: Nat64Translator, data: Uint8Array, more: Partial<ReturnType<typeof ipv4>> = {}) {
  const [out] = through.translate(packet6(udp(4000, 53, Uint8Array.of(1))), 0);
  const sent = read(out!);
  assert.ok(sent.upper.kind === 'udp');
  return through.translate(packet4(udp(53, sent.upper.datagram.sourcePort, data), more), 1);
}

test('UDP there and back: addresses, ports, hop limit, class, checksums', () => {
  const through = translator();
  const data = Buffer.from('question');
  const sent = read(
    through.translate(packet6(udp(4000, 53, data), { hopLimit: 9, trafficClass: 0xb8 }), 0)[0]!,
  );
  assert.ok(sent.kind === 'ipv4' && sent.upper.kind === 'udp');
  assert.deepEqual(
    [`${sent.source}`, `${sent.destination}`, sent.timeToLive, sent.typeOfService, sent.dontFragment],
    ['192.0.0.2', '203.0.113.5', 8, 0xb8, false],
  );
  const { datagram } = sent.upper;
  assert.deepEqual([datagram.sourcePort, datagram.destinationPort], [4000, 53]);
  assert.deepEqual(Buffer.from(datagram.data), data);
  const back = packet4(udp(53, datagram.sourcePort, Buffer.from('answer')), { timeToLive: 7 });
  const [reply, ...rest] = through.translate(back, 1);
  assert.deepEqual(rest, []);
  const heard = read(reply!);
  assert.ok(heard.kind === 'ipv6' && heard.upper.kind === 'udp');
  assert.deepEqual(
    [`${heard.source}`, `${heard.destination}`, heard.hopLimit, heard.upper.datagram.destinationPort],
    [`${SERVER6}`, `${CLIENT}`, 6, 4000],
  );
});

test('whatever the prefix, ports and data, checksums are right', () => {
  const lengths = [
    '2001:db8::/32',
    '2001:db8:100::/40',
    '2001:db8:122::/48',
    '2001:db8:122:300::/56',
    '64:ff9b:1::/64',
  ];
  const property = fc.property(
    fc.constantFrom(...lengths),
    fc.integer({ min: 1, max: 0xffff }),
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(0xffff),
    (text, port, data, low) => {
      const prefix = Prefix.parse(text);
      const remote = Address.of(4, 0xcb007100n + BigInt(low & 0xff));
      const from = Prefix.parse('fd00::/64').at(BigInt(low) + 1n);
      const through = translator(undefined, [prefix]);
      const there = encodeIpv6Packet(ipv6(from, embedIpv4(prefix, remote), udp(port, 53, data)));
      const sent = read(through.translate(Buffer.from(there), 0)[0]!);
      assert.ok(sent.upper.kind === 'udp' && sent.destination.equals(remote));
      const back = packet4(udp(53, sent.upper.datagram.sourcePort, data), {}, remote);
      const heard = read(through.translate(back, 0)[0]!);
      assert.ok(heard.upper.kind === 'udp' && heard.destination.equals(from));
      assert.equal(heard.upper.datagram.destinationPort, port);
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test('a large packet must not be fragmented on its way out, a small one may (RFC 7915 section 5.1)', () => {
  const flags = (octets: number) => {
    const sent = read(translator().translate(packet6(udp(1, 2, new Uint8Array(octets))), 0)[0]!);
    assert.ok(sent.kind === 'ipv4');
    return [sent.dontFragment, sent.identification !== 0];
  };
  assert.deepEqual(flags(1260 - 28), [false, true]);
  assert.deepEqual(flags(1260 - 27), [true, false]);
});

test('echo there and back', () => {
  const through = translator();
  const echo = { identifier: 77, sequence: 3, data: Buffer.from('x') };
  const sent = read(through.translate(packet6(icmpv6({ kind: 'echo-request', ...echo })), 0)[0]!);
  assert.ok(sent.kind === 'ipv4' && sent.upper.kind === 'icmpv4');
  const message = Buffer.concat([u8(0), u8(0), u16(0), u16(77), u16(3), Buffer.from('x')]);
  message.writeUInt16BE(checksumOf(sumOf(message)), 2);
  const heard = read(through.translate(packet4({ kind: 'octets', protocol: 1, octets: message }), 0)[0]!);
  assert.ok(heard.upper.kind === 'icmpv6' && heard.upper.message.kind === 'echo-reply');
  assert.deepEqual(
    { ...heard.upper.message, data: Buffer.from(heard.upper.message.data) },
    { kind: 'echo-reply', ...echo },
  );
});

test('nobody begins from outside, and an answer of somebody else is none', () => {
  const through = translator();
  assert.deepEqual(through.translate(packet4(udp(53, 4000, new Uint8Array(4))), 0), []);
  through.translate(packet6(udp(4000, 53, new Uint8Array(4))), 0);
  assert.deepEqual(
    through.translate(packet4(udp(53, 4000, new Uint8Array(4)), {}, Address.parse('203.0.113.6')), 0),
    [],
  );
  assert.deepEqual(through.translate(packet4(udp(54, 4000, new Uint8Array(4))), 0), []);
  assert.equal(through.translate(packet4(udp(53, 4000, new Uint8Array(4))), 0).length, 1);
});

test('UDP without a checksum gets one; over IPv6 there is none', () => {
  const bare = (packet: Buffer, upper: number): Buffer => {
    packet.writeUInt16BE(0, upper + 6);
    return packet;
  };
  const through = translator();
  assert.deepEqual(through.translate(bare(packet6(udp(4000, 53, new Uint8Array(9))), 40), 0), []);
  through.translate(packet6(udp(4000, 53, new Uint8Array(9))), 0);
  const reply = () => packet4(udp(53, 4000, Buffer.from('odd')));
  assert.equal(read(through.translate(bare(reply(), 20), 0)[0]!).kind, 'ipv6');
});

test('fragments of IPv6 go out as fragments, in whatever order they come', () => {
  const data = Uint8Array.from({ length: 3000 }, (_, index) => index & 0xff);
  const whole = ipv6(CLIENT, SERVER6, udp(4000, 53, data));
  const parts = fragmentIpv6(whole, [1232, 2464], { identification: 0x12345678 }).map((part) =>
    Buffer.from(encodeIpv6Packet(part)),
  );
  assert.ok(parts.length >= 3);
  for (const order of [parts, parts.toReversed()]) {
    const through = translator();
    const out = order.flatMap((part) => through.translate(part, 0)).sort((a, b) => offsetOf(a) - offsetOf(b));
    assert.equal(out.length, parts.length);
    assert.ok(out.every((part) => part.readUInt16BE(4) === 0x5678 && (part[6]! & 0x40) === 0));
    assert.deepEqual(
      out.map((part) => (part.readUInt16BE(6) & 0x2000) !== 0),
      [...parts.slice(1).map(() => true), false],
    );
    const joined = Buffer.concat(out.map((part) => part.subarray(20)));
    const packet = Buffer.concat([out[0]!.subarray(0, 20), joined]);
    packet.writeUInt16BE(packet.length, 2);
    packet.writeUInt16BE(0, 6);
    packet.writeUInt16BE(0, 10);
    packet.writeUInt16BE(checksumOf(sumOf(packet, 0, 20)), 10);
    const sent = read(packet);
    assert.ok(sent.upper.kind === 'udp');
    assert.deepEqual(Buffer.from(sent.upper.datagram.data), Buffer.from(data));
  }
});

const offsetOf = (packet: Buffer): number => packet.readUInt16BE(6) & 0x1fff;

test('fragments of IPv4 come in as fragments that every link carries', () => {
  const through = translator();
  through.translate(packet6(udp(4000, 53, Uint8Array.of(1))), 0);
  const data = Uint8Array.from({ length: 2480 }, (_, index) => index & 0xff);
  const whole = packet4(udp(53, 4000, data), { identification: 0x77 });
  const cut = 1480;
  const part = (from: number, to: number, more: boolean): Buffer => {
    const octets = Buffer.concat([whole.subarray(0, 20), whole.subarray(20 + from, 20 + to)]);
    octets.writeUInt16BE(octets.length, 2);
    octets.writeUInt16BE((more ? 0x2000 : 0) | (from >> 3), 6);
    return octets;
  };
  const parts = [part(0, cut, true), part(cut, whole.length - 20, false)];
  for (const order of [parts, parts.toReversed()]) {
    const came = order.flatMap((one) => through.translate(one, 0));
    assert.deepEqual(
      came.map((one) => one.length),
      [1280, 1280, 72],
    );
    assert.ok(came.every((one) => one[6] === 44 && one.readUInt32BE(44) === 0x77));
    came.sort((a, b) => a.readUInt16BE(42) - b.readUInt16BE(42));
    assert.deepEqual(
      came.map((one) => one[43]! & 1),
      [...came.slice(1).map(() => 1), 0],
    );
    const joined = Buffer.concat(came.map((one) => one.subarray(48)));
    const packet = Buffer.concat([came[0]!.subarray(0, 40), joined]);
    packet.writeUInt16BE(joined.length, 4);
    packet[6] = 17;
    const heard = read(packet);
    assert.ok(heard.upper.kind === 'udp');
    assert.deepEqual(Buffer.from(heard.upper.datagram.data), Buffer.from(data));
  }
});

test('what must not be fragmented and does not fit is told back; what may is', () => {
  const through = translator();
  const large = new Uint8Array(1460);
  const [error] = answered(through, large, { dontFragment: true });
  assert.deepEqual([error![0]! >> 4, error![20], error![21], error!.readUInt32BE(24)], [4, 3, 4, MTU - 20]);
  assert.ok(read(error!).kind === 'ipv4');
  assert.equal(answered(through, large, { dontFragment: false }).length, 2);
  assert.equal(answered(through, new Uint8Array(1440), { dontFragment: true }).length, 1);
});

/** An ICMPv4 error of a router on the way about a packet that the translator sent. */
function errorAbout(sent: Buffer, type: number, code: number, parameter: number): Buffer {
  const message = Buffer.concat([u8(type), u8(code), u16(0), u32(parameter), sent.subarray(0, 548)]);
  message.writeUInt16BE(checksumOf(sumOf(message)), 2);
  return packet4({ kind: 'octets', protocol: 1, octets: message }, {}, Address.parse('198.51.100.1'));
}

test('errors from outside reach who sent, about what it sent (RFC 7915 section 4.2)', () => {
  const cases: [
    type: number,
    code: number,
    parameter: number,
    kind: string,
    code6: number,
    parameter6: number,
  ][] = [
    [3, 0, 0, 'destination-unreachable', 0, 0],
    [3, 1, 0, 'destination-unreachable', 0, 0],
    [3, 2, 0, 'parameter-problem', 1, 6],
    [3, 3, 0, 'destination-unreachable', 4, 0],
    [3, 4, 1400, 'packet-too-big', 0, 1420],
    [3, 4, 0, 'packet-too-big', 0, 1280],
    [3, 4, 576, 'packet-too-big', 0, 1280],
    [3, 13, 0, 'destination-unreachable', 1, 0],
    [11, 0, 0, 'time-exceeded', 0, 0],
    [12, 0, 8 << 24, 'parameter-problem', 0, 7],
  ];
  for (const [type, code, parameter, kind, code6, parameter6] of cases) {
    const through = translator();
    const question = packet6(udp(4000, 53, Buffer.from('question')));
    const [sent] = through.translate(question, 0);
    const [told] = through.translate(errorAbout(sent!, type, code, parameter), 0);
    const heard = read(told!);
    assert.ok(heard.upper.kind === 'icmpv6');
    const { message } = heard.upper;
    assert.equal(message.kind, kind, `${type} ${code}`);
    assert.ok('invoking' in message);
    assert.deepEqual([message.code, message.parameter], [code6, parameter6], `${type} ${code}`);
    assert.equal(`${heard.source} ${heard.destination}`, `64:ff9b::c633:6401 ${CLIENT}`);
    const about = Buffer.from(message.invoking);
    about[7] = question[7]!; // it is one hop further
    assert.equal(about.toString('hex'), question.toString('hex'));
  }
  assert.deepEqual(translator().translate(errorAbout(packet4(udp(1, 2, new Uint8Array(8))), 3, 3, 0), 0), []);
});

test('errors from inside reach the server, about what it sent (RFC 7915 section 5.2)', () => {
  const cases: [
    type: number,
    code: number,
    parameter: number,
    type4: number,
    code4: number,
    parameter4: number,
  ][] = [
    [1, 0, 0, 3, 1, 0],
    [1, 1, 0, 3, 10, 0],
    [1, 4, 0, 3, 3, 0],
    [2, 0, 1300, 3, 4, 1280],
    [3, 0, 0, 11, 0, 0],
    [4, 0, 7, 12, 0, 8 << 24],
    [4, 1, 6, 3, 2, 0],
  ];
  for (const [type, code, parameter, type4, code4, parameter4] of cases) {
    const through = translator();
    const [reply] = answered(through, Buffer.from('answer'));
    // A router on the way inside tells it, from an address of its own.
    const router = Address.parse('2001:db8::1');
    const kinds = [
      'destination-unreachable',
      'packet-too-big',
      'time-exceeded',
      'parameter-problem',
    ] as const;
    const message = { kind: kinds[type - 1]!, code, parameter, invoking: reply! };
    const error = packet6({ kind: 'icmpv6', message }, {}, router);
    assert.ok(encodeIcmpv6(message, router, SERVER6).length > 0);
    const [told] = through.translate(error, 0);
    assert.deepEqual(
      [told![20], told![21], told!.readUInt32BE(24)],
      [type4, code4, parameter4],
      `${type} ${code}`,
    );
    const heard = read(told!);
    assert.equal(`${heard.source} ${heard.destination}`, `${OWN} ${SERVER}`);
    const inner = told!.subarray(28);
    assert.deepEqual(
      [inner.readUInt32BE(12), inner.readUInt32BE(16), inner.readUInt16BE(20), inner.readUInt16BE(22)],
      [Number(SERVER.value), Number(OWN.value), 53, 4000],
    );
  }
});

test('a packet at its last hop is told so, on either side', () => {
  const through = translator();
  const [error6] = through.translate(packet6(udp(4000, 53, Uint8Array.of(1)), { hopLimit: 1 }), 0);
  const told6 = read(error6!);
  assert.ok(told6.upper.kind === 'icmpv6' && told6.upper.message.kind === 'time-exceeded');
  assert.equal(`${told6.destination}`, `${CLIENT}`);
  const [error4] = answered(through, Uint8Array.of(1), { timeToLive: 1 });
  assert.deepEqual([read(error4!).kind, error4![20]], ['ipv4', 11]);
});

test('what may not be reached is refused: private addresses by the well-known prefix, nobody by any', () => {
  for (const [prefix, text, isReached] of [
    [PREFIX, '10.0.0.1', false],
    [PREFIX, '127.0.0.1', false],
    [Prefix.parse('64:ff9b:1::/96'), '10.0.0.1', true],
    [Prefix.parse('64:ff9b:1::/96'), '169.254.169.254', false],
    [Prefix.parse('64:ff9b:1::/96'), '192.0.0.2', false],
  ] as const) {
    const to = embedIpv4(prefix, Address.parse(text));
    const [made] = translator(undefined, [prefix]).translate(
      Buffer.from(encodeIpv6Packet(ipv6(CLIENT, to, udp(1, 2, Uint8Array.of(1))))),
      0,
    );
    assert.equal(read(made!).kind, isReached ? 'ipv4' : 'ipv6', text);
  }
});

test('what comes from the prefix, from nobody, or of another protocol is dropped', () => {
  const through = translator();
  const data = Uint8Array.of(1);
  for (const from of ['64:ff9b::1.2.3.4', '::', '::1', 'fe80::1', 'ff02::1'])
    assert.deepEqual(through.translate(packet6(udp(1, 2, data), {}, Address.parse(from)), 0), [], from);
  assert.deepEqual(
    through.translate(packet6({ kind: 'octets', protocol: 50, octets: new Uint8Array(30) }), 0),
    [],
  );
});

test('a source has its share, and a table that is full costs whoever has most', () => {
  const through = translator({ total: 100, each: 60 });
  const open = (from: string, port: number) =>
    through.translate(packet6(udp(port, 53, Uint8Array.of(1)), {}, Address.parse(from)), 0);
  open('2001:db8::1', 1000);
  for (let port = 2000; port < 3000; port++) assert.equal(open('2001:db8::2', port).length, 1);
  assert.equal(through.flows.size, 61);
  for (let port = 2000; port < 3000; port++) assert.equal(open('2001:db8::3', port).length, 1);
  assert.ok(through.flows.size <= 100);
  assert.equal(
    through.translate(packet4(udp(53, 1000, Uint8Array.of(1))), 1).length,
    1,
    'the quiet one goes on',
  );
});

test('sessions end when nobody speaks, and TCP later than UDP', () => {
  const through = translator();
  const tcp = (flags: number) => {
    const octets = Buffer.alloc(20);
    octets.writeUInt16BE(5000, 0);
    octets.writeUInt16BE(80, 2);
    octets.writeUInt8(0x50, 12);
    octets.writeUInt8(flags, 13);
    return octets;
  };
  through.translate(packet6(udp(4000, 53, Uint8Array.of(1))), 0);
  through.translate(packet6({ kind: 'octets', protocol: 6, octets: tcp(0x02) }), 0);
  const back = tcp(0x12);
  back.writeUInt16BE(80, 0);
  back.writeUInt16BE(5000, 2);
  assert.equal(through.translate(packet4({ kind: 'octets', protocol: 6, octets: back }), 0).length, 1);
  through.sweep(301);
  assert.equal(through.flows.size, 1);
  through.sweep(7_441);
  assert.equal(through.flows.size, 0);
});

test('whatever octets come, nothing is thrown', () => {
  const through = translator();
  const good = [
    packet6(udp(4000, 53, new Uint8Array(30))),
    packet4(udp(53, 4000, new Uint8Array(30))),
    errorAbout(packet4(udp(4000, 53, new Uint8Array(8))), 3, 3, 0),
    packet6({
      kind: 'icmpv6',
      message: {
        kind: 'packet-too-big',
        code: 0,
        parameter: 0,
        invoking: packet6(udp(1, 2, concat(u32(1)))),
      },
    }),
  ];
  const property = fc.property(
    fc.constantFrom(...good),
    fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 4 }),
    fc.nat(120),
    (packet, changes, keep) => {
      const octets = Buffer.from(packet);
      for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
      through.translate(octets, 0);
      through.translate(octets.subarray(0, keep), 0);
    },
  );
  fc.assert(property, { numRuns: 3000 });
});

test('what is not cut yet, and carries more than a packet of IPv4 can, is lost', () => {
  const through = translator();
  const sized = (octets: number) =>
    through.translate(packet6(udp(4000, 53, new Uint8Array(octets))), 0, true);
  assert.equal(sized(65_535 - 20 - 8).length, 1);
  assert.deepEqual(sized(65_535 - 20 - 7), []);
});
