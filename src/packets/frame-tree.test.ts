import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac, Prefix } from '../addressing/index.ts';
import { encodeDhcpv6 } from './dhcpv6.ts';
import {
  decodeFrame,
  encodeIpv6Packet,
  type Frame,
  frame,
  icmpv6,
  ipv4,
  ipv6,
  tcpSyn,
  udp,
} from './frame.ts';
import { type FrameNode, frameTree } from './frame-tree.ts';

const mac = Mac.parse('fa:16:3e:00:00:01');
const one = Address.parse('2001:db8::1');
const two = Address.parse('2001:db8::2');
const treeOf = (network: Frame['network']): FrameNode[] => frameTree(frame(mac, mac, network));

/** A tree as indented lines. */
const lines = (nodes: readonly FrameNode[], indent = ''): string[] =>
  nodes.flatMap(({ name, value, children }) => [
    `${indent}${name}${value === undefined ? '' : `: ${value}`}`,
    ...lines(children, `${indent}  `),
  ]);

test('a router advertisement, field by field', () => {
  const advertisement = icmpv6({
    kind: 'router-advertisement',
    hopLimit: 64,
    managed: false,
    otherConfig: true,
    preference: 'high',
    routerLifetime: 1800,
    reachableTime: 0,
    retransTimer: 0,
    options: [
      { kind: 'source-link-layer-address', mac },
      {
        kind: 'prefix-information',
        prefix: Prefix.parse('2001:db8::/64'),
        onLink: true,
        autonomous: true,
        prefersDelegation: false,
        validLifetime: 120,
        preferredLifetime: 60,
      },
      { kind: 'rdnss', lifetime: 60, servers: [one, two] },
    ],
  });
  assert.deepEqual(lines(treeOf(ipv6(one, two, advertisement, { hopLimit: 255 }))), [
    'Ethernet',
    '  source: fa:16:3e:00:00:01',
    '  destination: fa:16:3e:00:00:01',
    'IPv6',
    '  source: 2001:db8::1',
    '  destination: 2001:db8::2',
    '  hop limit: 255',
    '  traffic class: 0',
    '  flow label: 0',
    'ICMPv6 router-advertisement',
    '  hop limit: 64',
    '  managed: false',
    '  other config: true',
    '  preference: high',
    '  router lifetime: 1800',
    '  reachable time: 0',
    '  retrans timer: 0',
    '  options',
    '    source-link-layer-address',
    '      mac: fa:16:3e:00:00:01',
    '    prefix-information',
    '      prefix: 2001:db8::/64',
    '      on link: true',
    '      autonomous: true',
    '      prefers delegation: false',
    '      valid lifetime: 120',
    '      preferred lifetime: 60',
    '    rdnss',
    '      lifetime: 60',
    '      servers: 2001:db8::1, 2001:db8::2',
  ]);
});

test('DHCPv6 in UDP is read, and what is none stands as octets', () => {
  const message = encodeDhcpv6({
    type: 'solicit',
    transaction: 7,
    options: [{ kind: 'option-request', codes: [23, 24] }, { kind: 'rapid-commit' }],
  });
  const read = lines(treeOf(ipv6(one, two, udp(546, 547, message)))).slice(9);
  assert.deepEqual(read, [
    'UDP',
    '  source port: 546',
    '  destination port: 547',
    'DHCPv6',
    '  type: solicit',
    '  transaction: 7',
    '  options',
    '    option-request',
    '      codes: 23, 24',
    '    rapid-commit',
  ]);
  const broken = lines(treeOf(ipv6(one, two, udp(546, 547, Uint8Array.of(1)))));
  assert.match(broken.at(-2) ?? '', /^ {2}malformed: /);
  assert.equal(broken.at(-1), '  data: 01');
});

test('an error shows the packet that it quotes, as far as that can be read', () => {
  const invoking = encodeIpv6Packet(ipv6(two, one, tcpSyn(1024, 80)));
  const error = { kind: 'packet-too-big', code: 0, parameter: 1300 } as const;
  const names = (octets: Uint8Array): string[] =>
    treeOf(ipv6(one, two, icmpv6({ ...error, invoking: octets }))).map(({ name }) => name);
  assert.deepEqual(names(invoking), ['Ethernet', 'IPv6', 'ICMPv6 packet-too-big', 'quoted packet']);
  assert.deepEqual(names(invoking.subarray(0, 20)), ['Ethernet', 'IPv6', 'ICMPv6 packet-too-big']);
});

test('extension headers have their place, long octets are cut', () => {
  const extensions = [
    { kind: 'hop-by-hop', options: [{ type: 5, data: Uint8Array.of(0, 0) }] },
    { kind: 'fragment', offset: 0, more: false, identification: 9 },
  ] as const;
  const packet = ipv6(one, two, udp(1, 2, new Uint8Array(100)), { extensions });
  const read = lines(treeOf(packet));
  const hopByHop = read.indexOf('hop-by-hop');
  assert.deepEqual(read.slice(hopByHop + 1, hopByHop + 6), [
    '  options',
    '    option',
    '      type: 5',
    '      data: 0000',
    'fragment',
  ]);
  assert.ok(read.includes('  identification: 9'));
  assert.equal(read.at(-1), `  data: ${'00'.repeat(64)}... (100 octets)`);
});

test('IPv4 and other payloads', () => {
  const ends = [Address.parse('10.0.0.1'), Address.parse('10.0.0.2')] as const;
  const names = treeOf(ipv4(...ends, tcpSyn(1, 2))).map(({ name }) => name);
  assert.deepEqual(names, ['Ethernet', 'IPv4', 'TCP']);
  const other = lines(treeOf({ kind: 'octets', etherType: 0x88cc, octets: Uint8Array.of(1, 2) }));
  assert.deepEqual(other.slice(3), ['payload', '  ether type: 35020', '  octets: 0102']);
});

test('whatever arrives has a tree', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 14, maxLength: 200 }), (octets) => {
      assert.equal(frameTree(decodeFrame(octets))[0]?.name, 'Ethernet');
    }),
  );
});
