import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, embedIpv4, Mac, Prefix } from '../../addressing/index.ts';
import { routedAddress } from '../../host-contract/index.ts';
import {
  decodeFrame,
  encodeFrame,
  encodeIpv6Packet,
  fragmentIpv6,
  frame,
  icmpv6,
  ipv4,
  ipv6,
  tcpSyn,
  type UpperLayer,
  udp,
} from '../../packets/index.ts';
import { checksumOf, sumOf } from './octets.ts';
import { mappingsOf, type TranslatedRouter, translatedRouter } from './translated-router.ts';
import { Nat64Translator } from './translator.ts';

const MAC = Mac.parse('fa:16:3e:00:00:01');
const PREFIX = Prefix.parse('64:ff9b:1::/96');
const [OWN, CLIENTS] = ['192.0.0.2', '192.0.0.3'].map((text) => Address.parse(text)) as [Address, Address];
const MTU = 1500;

/** Floating IPs, each with the address that it stands for. */
const FOUR = { floating: Address.parse('198.51.100.9'), fixed: Address.parse('fd00:1::9') };
const SIX = { floating: Address.parse('2001:db8:f::9'), fixed: Address.parse('10.0.0.9') };
const CLIENT4 = Address.parse('203.0.113.5');
const CLIENT6 = Address.parse('2001:db8:c::5');
const routed = ({ floating, fixed }: typeof FOUR): Address => routedAddress(floating, fixed);

const told = (four: readonly (typeof FOUR)[] = [FOUR], six: readonly (typeof SIX)[] = [SIX]) =>
  translatedRouter('edge', {
    mac: MAC,
    nat64Prefixes: [PREFIX],
    translatedFloatingIps: [
      ...four.map((one) => ({ ...one, routed: routed(one), prefix: PREFIX })),
      ...six.map((one) => ({ ...one, routed: routed(one), prefix: null })),
    ],
  });

const follow = (through: Nat64Translator, router: TranslatedRouter): Nat64Translator => {
  const { mappings, bindings } = mappingsOf(router);
  through.follow(mappings, bindings);
  return through;
};
const translator = (limits?: { total: number; each: number }): Nat64Translator =>
  follow(
    new Nat64Translator({ address: OWN, clients: CLIENTS, mtu: MTU, ...(limits && { limits }) }),
    told(),
  );

const ETHERNET = 14;
const packet4 = (
  source: Address,
  destination: Address,
  upper: UpperLayer,
  more: Partial<ReturnType<typeof ipv4>> = {},
): Buffer =>
  Buffer.from(encodeFrame(frame(MAC, MAC, { ...ipv4(source, destination, upper), ...more }))).subarray(
    ETHERNET,
  );
const packet6 = (
  source: Address,
  destination: Address,
  upper: UpperLayer,
  options: Parameters<typeof ipv6>[3] = {},
): Buffer => Buffer.from(encodeIpv6Packet(ipv6(source, destination, upper, options)));

/** A packet, read; that it comes out the same when it is written again shows that lengths and checksums are right. */
function read(packet: Buffer | undefined) {
  assert.ok(packet);
  const header = Buffer.alloc(ETHERNET);
  header.writeUInt16BE(packet[0]! >> 4 === 6 ? 0x86dd : 0x0800, 12);
  const octets = Buffer.concat([header, packet]);
  const { network, ...rest } = decodeFrame(octets);
  assert.ok(network.kind === 'ipv6' || network.kind === 'ipv4', JSON.stringify(network));
  assert.equal(Buffer.from(encodeFrame({ ...rest, network })).toString('hex'), octets.toString('hex'));
  return network;
}

/** Who sends what to whom, by UDP. */
function datagramOf(packet: Buffer | undefined): string {
  const { source, destination, upper } = read(packet);
  assert.ok(upper.kind === 'udp');
  const { sourcePort, destinationPort, data } = upper.datagram;
  return `${source} ${sourcePort} ${destination} ${destinationPort} ${Buffer.from(data)}`;
}

const question = Buffer.from('question');
const answer = Buffer.from('answer');

test('between router and translator floating IPs have other addresses, each its own', () => {
  assert.equal(`${routed(FOUR)}`, '246.51.100.9');
  assert.equal(`${routed(SIX)}`, 'fd00:a9fe:a9fe:46::a00:9');
});

test('IPv4 for IPv6: whoever begins, ports stay, and nothing is remembered', () => {
  const from = embedIpv4(PREFIX, CLIENT4);
  const out = translator().translate(packet6(FOUR.fixed, from, udp(53, 4000, answer)), 0);
  assert.deepEqual(out.map(datagramOf), [`${routed(FOUR)} 53 ${CLIENT4} 4000 answer`]);
  const through = translator();
  const into = through.translate(packet4(CLIENT4, routed(FOUR), udp(4000, 53, question)), 0);
  assert.deepEqual(into.map(datagramOf), [`${from} 4000 ${FOUR.fixed} 53 question`]);
  assert.equal(through.flows.size, 0);
});

test('IPv4 for IPv6: one without a checksum gets one, and what is too large is told', () => {
  const bare = packet4(CLIENT4, routed(FOUR), udp(4000, 53, question));
  bare.writeUInt16BE(0, 26);
  const [into] = translator().translate(bare, 0);
  assert.match(datagramOf(into), /question$/);
  const large = packet4(CLIENT4, routed(FOUR), udp(4000, 53, new Uint8Array(1460)), { dontFragment: true });
  const [error] = translator().translate(large, 0);
  assert.deepEqual([error![20], error![21], error!.readUInt32BE(24)], [3, 4, MTU - 20]);
  assert.equal(read(error).source.toString(), `${routed(FOUR)}`);
});

test('IPv4 for IPv6: fragments come in whole or as fragments that every link carries', () => {
  const data = new Uint8Array(2000).fill(7);
  const whole = packet4(CLIENT4, routed(FOUR), udp(4000, 53, data), { identification: 9 });
  const part = (from: number, to: number, more: boolean): Buffer => {
    const octets = Buffer.concat([whole.subarray(0, 20), whole.subarray(20 + from, 20 + to)]);
    octets.writeUInt16BE(octets.length, 2);
    octets.writeUInt16BE((more ? 0x2000 : 0) | (from >> 3), 6);
    return octets;
  };
  const through = translator();
  const came = [part(1480, 2008, false), part(0, 1480, true)].flatMap((one) => through.translate(one, 0));
  assert.deepEqual(
    came.map((one) => [one[6], one.length]),
    [
      [44, 1280],
      [44, 40 + 8 + 776],
    ],
  );
});

test('IPv4 for IPv6: an address of which the prefix says nothing is refused', () => {
  const known = Prefix.parse('64:ff9b::/96');
  const through = new Nat64Translator({ address: OWN, clients: CLIENTS, mtu: MTU });
  const { mappings, bindings } = mappingsOf(
    translatedRouter('edge', {
      mac: MAC,
      nat64Prefixes: [known],
      translatedFloatingIps: [{ ...FOUR, routed: routed(FOUR), prefix: known }],
    }),
  );
  through.follow(mappings, bindings);
  const into = (from: string) =>
    through.translate(packet4(Address.parse(from), routed(FOUR), udp(4000, 53, question)), 0);
  assert.match(datagramOf(into('203.0.113.5')[0]), /^64:ff9b::cb00:7105/);
  const [error] = into('10.0.0.5');
  assert.deepEqual([error![9], error![20], error![21]], [1, 3, 13]);
});

test('IPv4 for IPv6: errors of either side are about what their receiver sent', () => {
  const through = translator();
  const from = embedIpv4(PREFIX, CLIENT4);
  const sent = packet6(FOUR.fixed, from, udp(53, 4000, answer));
  const [out] = through.translate(sent, 0);
  // What a router outside quotes, OVN has led back to what it was here.
  const message = Buffer.concat([Buffer.from([3, 1, 0, 0, 0, 0, 0, 0]), out!]);
  message.writeUInt16BE(checksumOf(sumOf(message)), 2);
  const router4 = Address.parse('203.0.113.1');
  const octets = { kind: 'octets', protocol: 1, octets: message } as const;
  const [in6] = through.translate(packet4(router4, routed(FOUR), octets), 0);
  const heard = read(in6);
  assert.equal(`${heard.source} ${heard.destination}`, `${embedIpv4(PREFIX, router4)} ${FOUR.fixed}`);
  assert.equal(in6!.subarray(48 + 8, 48 + 40).toString('hex'), sent.subarray(8, 40).toString('hex'));

  const [into] = through.translate(packet4(CLIENT4, routed(FOUR), udp(4000, 53, question)), 0);
  const about = { kind: 'packet-too-big', code: 0, parameter: 1300, invoking: into! } as const;
  const [out4] = through.translate(packet6(Address.parse('fd00:1::1'), from, icmpv6(about)), 0);
  assert.equal(`${read(out4).source} ${read(out4).destination}`, `${routed(FOUR)} ${CLIENT4}`);
  assert.deepEqual([out4![20], out4![21], out4!.readUInt32BE(24)], [3, 4, 1280]);
  assert.deepEqual(
    [out4!.readUInt32BE(28 + 12), out4!.readUInt32BE(28 + 16)],
    [Number(CLIENT4.value), Number(routed(FOUR).value)],
  );
});

test('IPv4 for IPv6: others behind the router leave as before, and a floating IP that is moved leads elsewhere', () => {
  const through = translator();
  const to = embedIpv4(PREFIX, CLIENT4);
  const other = Address.parse('fd00:1::a');
  const from = (address: Address) =>
    datagramOf(through.translate(packet6(address, to, udp(5, 6, answer)), 0)[0]);
  assert.equal(from(other), `${OWN} 5 ${CLIENT4} 6 answer`);
  follow(through, told([{ ...FOUR, fixed: other }]));
  assert.equal(from(other), `${routed(FOUR)} 5 ${CLIENT4} 6 answer`);
  assert.match(from(FOUR.fixed), new RegExp(`^${OWN} `));
  const [into] = through.translate(packet4(CLIENT4, routed(FOUR), udp(6, 5, question)), 0);
  assert.equal(read(into).destination.toString(), `${other}`);
  follow(through, told([]));
  assert.deepEqual(through.translate(packet4(CLIENT4, routed(FOUR), udp(6, 5, question)), 0), []);
});

test('IPv6 for IPv4: clients are one address inside, and answers come from the floating IP', () => {
  const through = translator();
  const ask = packet6(CLIENT6, routed(SIX), udp(4000, 53, question));
  assert.deepEqual(through.translate(ask, 0).map(datagramOf), [`${CLIENTS} 4000 ${SIX.fixed} 53 question`]);
  const other = packet6(Address.parse('2001:db8:c::6'), routed(SIX), udp(4000, 53, question));
  const second = read(through.translate(other, 0)[0]);
  assert.ok(second.upper.kind === 'udp' && second.upper.datagram.sourcePort !== 4000);
  const back = through.translate(packet4(SIX.fixed, CLIENTS, udp(53, 4000, answer)), 0);
  assert.deepEqual(back.map(datagramOf), [`${routed(SIX)} 53 ${CLIENT6} 4000 answer`]);
  // Nobody asked for it.
  assert.deepEqual(through.translate(packet4(SIX.fixed, CLIENTS, udp(53, 9, answer)), 0), []);
  const stranger = packet4(Address.parse('10.0.0.8'), CLIENTS, udp(53, 4000, answer));
  assert.deepEqual(through.translate(stranger, 0), []);
});

test('IPv6 for IPv4: errors of either side are about what their receiver sent', () => {
  const through = translator();
  const ask = packet6(CLIENT6, routed(SIX), udp(4000, 53, question));
  const [into] = through.translate(ask, 0);
  const message = Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), into!]);
  message.writeUInt16BE(checksumOf(sumOf(message)), 2);
  const octets = { kind: 'octets', protocol: 1, octets: message } as const;
  const [unreachable] = through.translate(packet4(SIX.fixed, CLIENTS, octets), 0);
  const heard = read(unreachable);
  assert.equal(`${heard.source} ${heard.destination}`, `${routed(SIX)} ${CLIENT6}`);
  assert.ok(heard.upper.kind === 'icmpv6' && heard.upper.message.kind === 'destination-unreachable');
  const quoted = Buffer.from(heard.upper.message.invoking);
  assert.equal(`${addressAt(quoted, 8)} ${addressAt(quoted, 24)}`, `${CLIENT6} ${SIX.floating}`);

  const [back] = through.translate(packet4(SIX.fixed, CLIENTS, udp(53, 4000, answer)), 0);
  const seen = packet6(SIX.floating, CLIENT6, udp(53, 4000, answer));
  assert.equal(back!.subarray(24).toString('hex', 0, 16), seen.subarray(24).toString('hex', 0, 16));
  const about = { kind: 'packet-too-big', code: 0, parameter: 1300, invoking: seen } as const;
  const [in4] = through.translate(packet6(Address.parse('2001:db8:c::1'), routed(SIX), icmpv6(about)), 0);
  assert.equal(`${read(in4).source} ${read(in4).destination}`, `${CLIENTS} ${SIX.fixed}`);
  assert.deepEqual([in4![20], in4![21], in4!.readUInt32BE(24)], [3, 4, 1280]);
  // The router itself quotes it as it was when it came to the router.
  const own = { ...about, parameter: 1422, invoking: back! } as const;
  const [of4] = through.translate(packet6(Address.parse('2001:db8::1'), routed(SIX), icmpv6(own)), 0);
  assert.deepEqual([of4![20], of4![21], of4!.readUInt32BE(24)], [3, 4, 1402]);
  const inner = of4!.subarray(28);
  assert.equal(`${inner.readUInt32BE(12)} ${inner.readUInt32BE(16)}`, `${SIX.fixed.value} ${CLIENTS.value}`);

  const [dead] = translator().translate(
    packet6(CLIENT6, routed(SIX), udp(4000, 53, question), { hopLimit: 1 }),
    0,
  );
  assert.equal(`${addressAt(dead!, 8)} ${addressAt(dead!, 48 + 24)}`, `${routed(SIX)} ${SIX.floating}`);
  read(dead);
});

const addressAt = (octets: Buffer, at: number): Address =>
  Address.of(6, BigInt(`0x${octets.toString('hex', at, at + 16)}`));

test('IPv6 for IPv4: sessions end with the floating IP, others’ do not', () => {
  const through = translator();
  const later = { floating: Address.parse('2001:db8:f::a'), fixed: Address.parse('10.0.0.10') };
  follow(through, told([FOUR], [SIX, later]));
  for (const one of [SIX, later])
    assert.equal(through.translate(packet6(CLIENT6, routed(one), udp(4000, 53, question)), 0).length, 1);
  assert.equal(through.flows.size, 2);
  follow(through, told([FOUR], [later]));
  assert.equal(through.flows.size, 1);
  assert.deepEqual(through.translate(packet4(SIX.fixed, CLIENTS, udp(53, 4000, answer)), 0), []);
  assert.equal(through.translate(packet4(later.fixed, CLIENTS, udp(53, 4000, answer)), 0).length, 1);
});

test('IPv6 for IPv4: whoever has many addresses on a link has one share, and takes none of what instances begin', () => {
  const through = translator({ total: 64, each: 8 });
  const from = (text: string, port: number) =>
    through.translate(packet6(Address.parse(text), routed(SIX), udp(port, 53, question)), 0);
  for (let index = 0; index < 40; index++) from(`2001:db8:c::${index.toString(16)}`, 4000 + index);
  assert.equal(through.flows.size, 8);
  const instance = Address.parse('fd00:1::a');
  through.translate(packet6(instance, embedIpv4(PREFIX, CLIENT4), udp(1, 2, question)), 0);
  for (let index = 0; index < 200; index++) from(`2001:db8:${index.toString(16)}::1`, 4000);
  assert.equal(through.translate(packet4(CLIENT4, OWN, udp(2, 1, answer)), 0).length, 1);
});

test('IPv6 for IPv4: a flood from forged addresses does not end a connection that is there', () => {
  const through = translator({ total: 64, each: 8 });
  const syn = packet6(CLIENT6, routed(SIX), tcpSyn(4000, 80));
  through.translate(syn, 0);
  // Checksums are wrong from here on: the translator does not look.
  const accepted = packet4(SIX.fixed, CLIENTS, tcpSyn(80, 4000));
  accepted[20 + 13] = 0x12;
  assert.equal(through.translate(accepted, 0).length, 1);
  const acknowledged = Buffer.from(syn);
  acknowledged[40 + 13] = 0x10;
  assert.equal(through.translate(acknowledged, 0).length, 1);
  for (let index = 0; index < 500; index++) {
    const forged = Address.parse(`2001:db8:${index.toString(16)}::1`);
    through.translate(packet6(forged, routed(SIX), tcpSyn(4000, 80)), 0);
  }
  assert.ok(through.flows.size <= 64);
  assert.equal(through.translate(accepted, 0).length, 1);
});

test('IPv6 for IPv4: fragments go in as fragments that every link carries', () => {
  const data = Uint8Array.from({ length: 2800 }, (_, index) => index & 0xff);
  const asked = ipv6(CLIENT6, routed(SIX), udp(4000, 53, data));
  const through = translator();
  const came = fragmentIpv6(asked, [1448], { identification: 7 }).flatMap((part) =>
    through.translate(Buffer.from(encodeIpv6Packet(part)), 0),
  );
  assert.deepEqual(
    came.map((part) => [part.length, (part.readUInt16BE(6) & 0x1fff) << 3, (part[6]! & 0x20) !== 0]),
    [
      [1276, 0, true],
      [1276, 1256, true],
      [316, 2512, false],
    ],
  );
  const packet = Buffer.concat([came[0]!.subarray(0, 20), ...came.map((part) => part.subarray(20))]);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(0, 6);
  packet.writeUInt16BE(0, 10);
  packet.writeUInt16BE(checksumOf(sumOf(packet, 0, 20)), 10);
  const heard = read(packet);
  assert.ok(heard.upper.kind === 'udp');
  assert.deepEqual(Buffer.from(heard.upper.datagram.data), Buffer.from(data));
});
