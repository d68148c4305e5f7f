import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac } from '../addressing/index.ts';
import { addresses, macs, ndOptions, octets, recordOf, uint } from './arbitraries.ts';
import type { ArpMessage } from './arp.ts';
import { internetChecksum, transportChecksum } from './checksum.ts';
import { ETHER_TYPE } from './ethernet.ts';
import {
  decodeFrame,
  decodeIpv6Packet,
  encodeFrame,
  encodeIpv6Packet,
  type Frame,
  frame,
  icmpv6,
  ipv4,
  ipv6,
  type NetworkLayer,
  tcpSyn,
  udp,
} from './frame.ts';
import { ICMPV6_TYPE, type Icmpv6Message } from './icmpv6.ts';
import type { ExtensionHeader } from './ipv6-extensions.ts';
import type { TcpFlag } from './tcp.ts';
import type { UpperLayer } from './upper-layer.ts';

const ALL_PROTOCOLS = [0, 1, 6, 17, 43, 44, 51, 58, 60];
const ndOptionLists = fc.array(ndOptions, { maxLength: 3 });

const echoes = recordOf({
  kind: fc.constantFrom('echo-request' as const, 'echo-reply' as const),
  identifier: uint(16),
  sequence: uint(16),
  data: octets(),
});

const icmpv6Messages: fc.Arbitrary<Icmpv6Message> = fc.oneof(
  echoes,
  recordOf({
    kind: fc.constantFrom(
      'destination-unreachable' as const,
      'packet-too-big' as const,
      'time-exceeded' as const,
      'parameter-problem' as const,
    ),
    code: uint(8),
    parameter: uint(32),
    invoking: octets(),
  }),
  recordOf({ kind: fc.constant('router-solicitation' as const), options: ndOptionLists }),
  recordOf({
    kind: fc.constant('router-advertisement' as const),
    hopLimit: uint(8),
    managed: fc.boolean(),
    otherConfig: fc.boolean(),
    preference: fc.constantFrom('high' as const, 'medium' as const, 'low' as const),
    routerLifetime: uint(16),
    reachableTime: uint(32),
    retransTimer: uint(32),
    options: ndOptionLists,
  }),
  recordOf({
    kind: fc.constant('neighbour-solicitation' as const),
    target: addresses(6),
    options: ndOptionLists,
  }),
  recordOf({
    kind: fc.constant('neighbour-advertisement' as const),
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    target: addresses(6),
    options: ndOptionLists,
  }),
  recordOf({
    kind: fc.constant('redirect' as const),
    target: addresses(6),
    destination: addresses(6),
    options: ndOptionLists,
  }),
  recordOf({
    kind: fc.constant('other' as const),
    type: uint(8).filter((type) => !(Object.values(ICMPV6_TYPE) as number[]).includes(type)),
    code: uint(8),
    body: octets(),
  }),
);

const udpOrTcp: fc.Arbitrary<UpperLayer> = fc.oneof(
  recordOf({
    kind: fc.constant('udp' as const),
    datagram: recordOf({ sourcePort: uint(16), destinationPort: uint(16), data: octets() }),
  }),
  recordOf({
    kind: fc.constant('tcp' as const),
    segment: recordOf({
      sourcePort: uint(16),
      destinationPort: uint(16),
      sequence: uint(32),
      acknowledgment: uint(32),
      flags: fc.subarray<TcpFlag>(['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr']),
      window: uint(16),
      urgentPointer: uint(16),
      options: fc.nat(10).chain((words) => octets(0, 1).map((some) => fit(some, words * 4))),
      data: octets(),
    }),
  }),
  recordOf({
    kind: fc.constant('octets' as const),
    protocol: uint(8).filter((protocol) => !ALL_PROTOCOLS.includes(protocol)),
    octets: octets(),
  }),
);

const optionLists = fc.array(recordOf({ type: fc.integer({ min: 2, max: 255 }), data: octets() }), {
  maxLength: 3,
});

const extensions: fc.Arbitrary<ExtensionHeader> = fc.oneof(
  recordOf({
    kind: fc.constantFrom('hop-by-hop' as const, 'destination-options' as const),
    options: optionLists,
  }),
  recordOf({
    kind: fc.constant('routing' as const),
    routingType: uint(8),
    segmentsLeft: uint(8),
    data: octets(4, 8),
  }),
  recordOf({
    kind: fc.constant('fragment' as const),
    offset: fc.constant(0),
    more: fc.constant(false),
    identification: uint(32),
  }),
  recordOf({
    kind: fc.constant('authentication' as const),
    securityParameters: uint(32),
    sequence: uint(32),
    integrity: octets(4, 8),
  }),
);

const networks: fc.Arbitrary<NetworkLayer> = fc.oneof(
  recordOf({
    kind: fc.constant('ipv6' as const),
    source: addresses(6),
    destination: addresses(6),
    hopLimit: uint(8),
    trafficClass: uint(8),
    flowLabel: uint(20),
    extensions: fc.array(extensions, { maxLength: 3 }),
    upper: fc.oneof(
      udpOrTcp,
      icmpv6Messages.map((message): UpperLayer => ({ kind: 'icmpv6', message })),
    ),
  }),
  recordOf({
    kind: fc.constant('ipv4' as const),
    source: addresses(4),
    destination: addresses(4),
    timeToLive: uint(8),
    typeOfService: uint(8),
    identification: uint(16),
    dontFragment: fc.boolean(),
    moreFragments: fc.constant(false),
    fragmentOffset: fc.constant(0),
    options: fc.nat(10).chain((words) => octets().map((some) => fit(some, words * 4))),
    upper: fc.oneof(
      udpOrTcp,
      echoes.map((message): UpperLayer => ({ kind: 'icmpv4', message })),
    ),
  }),
  recordOf({
    kind: fc.constant('arp' as const),
    message: recordOf({
      operation: fc.constantFrom('request' as const, 'reply' as const),
      senderMac: macs,
      sender: addresses(4),
      targetMac: macs,
      target: addresses(4),
    }),
  }),
  recordOf({
    kind: fc.constant('octets' as const),
    etherType: uint(16).filter((type) => !(Object.values(ETHER_TYPE) as number[]).includes(type)),
    octets: octets(),
  }),
);

const frames: fc.Arbitrary<Frame> = recordOf({
  source: macs,
  destination: macs,
  vlans: fc.array(
    recordOf({
      protocol: fc.constantFrom(ETHER_TYPE.vlan, ETHER_TYPE.serviceVlan),
      priority: uint(3),
      dropEligible: fc.boolean(),
      id: uint(12),
    }),
    { maxLength: 2 },
  ),
  network: networks,
});

/** Exactly `length` octets, repeating those given. */
function fit(octets: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => octets[index % Math.max(1, octets.length)] ?? 0);
}

test('frames are read as they were written', () => {
  fc.assert(
    fc.property(frames, (written) => {
      assert.deepEqual(decodeFrame(encodeFrame(written)), written);
    }),
    { numRuns: 300 },
  );
});

test('a frame cut short anywhere past its Ethernet header is still read', () => {
  fc.assert(
    fc.property(frames, fc.nat(), (written, cut) => {
      const whole = encodeFrame(written);
      const header = 14 + 4 * written.vlans.length;
      const length = header + (cut % (whole.length - header + 1));
      assert(decodeFrame(whole.subarray(0, length)).source.equals(written.source));
    }),
    { numRuns: 300 },
  );
});

test('any octets after the Ethernet header can be read', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(ETHER_TYPE)),
      fc.uint8Array({ maxLength: 90 }),
      (type, rest) => {
        const header = [...new Array<number>(12).fill(1), type >> 8, type & 0xff, 0, 0, 0, 0, 0x86, 0xdd];
        decodeFrame(Uint8Array.from([...header, ...rest]));
      },
    ),
  );
});

const here = Mac.parse('fa:16:3e:00:00:01');
const there = Mac.parse('fa:16:3e:00:00:02');
const a = Address.parse('fd00::1');
const b = Address.parse('fd00::2');

test('an ICMPv6 message carries a checksum that its receiver accepts', () => {
  const octets = encodeFrame(
    frame(
      here,
      there,
      ipv6(
        a,
        b,
        icmpv6({ kind: 'echo-request', identifier: 1, sequence: 2, data: fit(Uint8Array.of(7), 3) }),
      ),
    ),
  );
  assert.equal(transportChecksum(a, b, 58, octets.subarray(14 + 40)), 0);
});

test('an IPv4 header carries a checksum that its receiver accepts', () => {
  const octets = encodeFrame(
    frame(here, there, ipv4(Address.parse('10.0.0.1'), Address.parse('10.0.0.2'), tcpSyn(1025, 80))),
  );
  assert.equal(internetChecksum(octets.subarray(14, 34)), 0);
});

test('a UDP checksum that comes out as 0 is sent as all ones', () => {
  const unchecked = udp(0, 0, Uint8Array.of(0, 0));
  const datagram = encodeIpv6Packet(ipv6(a, b, unchecked)).subarray(40);
  const sum = (datagram[6]! << 8) | datagram[7]!;
  const zero = udp(0, 0, Uint8Array.of(sum >> 8, sum & 0xff));
  assert.deepEqual(encodeIpv6Packet(ipv6(a, b, zero)).subarray(46, 48), Uint8Array.of(0xff, 0xff));
});

test('padding after the IP packet is no part of it', () => {
  const small = encodeFrame(frame(here, there, ipv6(a, b, udp(1, 2, new Uint8Array()))));
  const padded = Uint8Array.from([...small, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(decodeFrame(padded), decodeFrame(small));
});

test('an ARP message for other hardware than Ethernet is kept as octets, with the reason', () => {
  const message: ArpMessage = {
    operation: 'request',
    senderMac: here,
    sender: Address.parse('10.0.0.1'),
    targetMac: there,
    target: Address.parse('10.0.0.2'),
  };
  const octets = encodeFrame(frame(here, there, { kind: 'arp', message }));
  octets[15] = 6;
  const { network } = decodeFrame(octets);
  assert.equal(
    network.kind === 'octets' && network.malformed,
    'an ARP message is not for IPv4 over Ethernet',
  );
});

test('a first fragment is not taken for the whole message', () => {
  const message: Icmpv6Message = { kind: 'neighbour-solicitation', target: b, options: [] };
  const first: ExtensionHeader = { kind: 'fragment', offset: 0, more: true, identification: 7 };
  const read = decodeIpv6Packet(encodeIpv6Packet(ipv6(a, b, icmpv6(message), { extensions: [first] })));
  assert.equal(read.upper.kind, 'octets');
});
