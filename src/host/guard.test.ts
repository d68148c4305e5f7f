import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac } from '../addressing/index.ts';
import { guardFlows } from './guard.ts';
import type { Flow } from './openflow/flow.ts';
import { EtherType, IpProtocol, type Match } from './openflow/match.ts';

const INSTANCE = 1;
const PATCH = 2;
const NEIGHBOUR = 3;
const OWN = Mac.parse('fa:16:3e:00:00:01');
const FOREIGN = Mac.parse('fa:16:3e:00:00:03');
const flows = guardFlows([
  { instance: INSTANCE, patch: PATCH, mac: OWN },
  { instance: NEIGHBOUR, patch: 4, mac: FOREIGN },
]);

/** The protocol of later fragments, whatever they belong to. */
const IP_FRAGMENT = 44;

/** A packet as the switch sees it. */
type Packet = Omit<Match, 'ipv6Source' | 'inPort' | 'fragment'> & {
  ipv6Source?: string;
  fragment?: 'first' | 'later';
};

/** Where the bridge sends a packet that comes in by a port; undefined when it drops it. */
function outputOf(inPort: number, packet: Packet): number | undefined {
  for (let table: number | undefined = 0; table !== undefined; ) {
    const [decisive]: Flow[] = flows
      .filter((flow) => flow.table === table && matches(flow.match, inPort, packet))
      .sort((a, b) => b.priority - a.priority);
    if (decisive === undefined || 'drop' in decisive.verdict) return undefined;
    if ('output' in decisive.verdict) return decisive.verdict.output;
    table = decisive.verdict.continueIn;
  }
  return undefined;
}

function matches({ ipv6Source, fragment, ...exact }: Match, inPort: number, packet: Packet): boolean {
  if (fragment === 'any' && packet.fragment === undefined) return false;
  if (fragment === 'not-later' && packet.fragment === 'later') return false;
  const source = packet.ipv6Source === undefined ? undefined : Address.parse(packet.ipv6Source);
  if (ipv6Source && !(source && ipv6Source.contains(source))) return false;
  const facts: Record<string, unknown> = { ...packet, inPort };
  return Object.entries(exact).every(([field, value]) => String(facts[field]) === String(value));
}

const v6 = (ipProtocol: number, rest: Packet = {}): Packet => ({
  etherType: EtherType.IPV6,
  ipProtocol,
  ipv6Source: 'fe80::1',
  ...rest,
});
const icmpv6 = (icmpv6Type: number, rest: Packet = {}) =>
  v6(IpProtocol.ICMPV6, { icmpv6Type, icmpv6Code: 0, hopLimit: 255, ...rest });
const TARGET = Address.parse('2001:db8::2');
const UNSPECIFIED = Address.parse('::');
const NONE = Mac.of(0n);
const solicitation = (rest: Packet = {}) =>
  icmpv6(135, { ethernetSource: OWN, ndTarget: TARGET, ndSource: OWN, ...rest });
const udp = (etherType: number, udpSource: number, udpDestination: number): Packet => {
  return { etherType, ipProtocol: IpProtocol.UDP, udpSource, udpDestination };
};

const SERVER_MESSAGES: Record<string, Packet> = {
  'router advertisement': icmpv6(134),
  redirect: icmpv6(137),
  'multicast listener query': icmpv6(130),
  'router renumbering': icmpv6(138),
  'inverse neighbour advertisement': icmpv6(142),
  'multicast router advertisement': icmpv6(151),
  'DHCPv6 server message': udp(EtherType.IPV6, 547, 546),
  'DHCPv6 server message from another source port': udp(EtherType.IPV6, 12345, 546),
  'DHCPv4 server message': udp(EtherType.IPV4, 67, 68),
  'DHCPv4 server message from another source port': udp(EtherType.IPV4, 12345, 68),
  'IPv4 redirect': { etherType: EtherType.IPV4, ipProtocol: IpProtocol.ICMPV4, icmpv4Type: 5 },
};

const EVASIONS: Record<string, Packet> = {
  'fragment from a link-local address': v6(IpProtocol.ICMPV6, { fragment: 'first' }),
  'fragmented neighbour advertisement': icmpv6(136, { fragment: 'first', ipv6Source: '2001:db8::1' }),
  'fragmented neighbour solicitation': icmpv6(135, { fragment: 'first', ipv6Source: '2001:db8::1' }),
  'neighbour advertisement that its first fragment cuts off': icmpv6(0, {
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  }),
  'neighbour solicitation with a hop limit of 64': solicitation({ hopLimit: 64 }),
  'neighbour advertisement with a hop limit of 64': icmpv6(136, { ndTarget: TARGET, hopLimit: 64 }),
  'neighbour advertisement with a hop limit of 0': icmpv6(136, { ndTarget: TARGET, hopLimit: 0 }),
  'router solicitation with a hop limit of 254': icmpv6(133, { hopLimit: 254 }),
  'neighbour advertisement with a code': icmpv6(136, { icmpv6Code: 1 }),
  'neighbour advertisement with options that make no sense': icmpv6(136, { ndTarget: UNSPECIFIED }),
  'neighbour solicitation with options that make no sense': solicitation({
    ndTarget: UNSPECIFIED,
    ndSource: NONE,
  }),
  'datagram without its UDP header in the first fragment': {
    ...udp(EtherType.IPV6, 0, 0),
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  },
  'header chain that does not end': v6(IpProtocol.HOP_BY_HOP),
  'tagged frame': { tagged: true, etherType: EtherType.IPV6 },
  'LLC frame': { etherType: EtherType.LLC },
};

const ORDINARY: Record<string, Packet> = {
  'echo request': icmpv6(128),
  'router solicitation': icmpv6(133),
  'neighbour solicitation without a link-layer address': solicitation({ ndSource: NONE }),
  'neighbour advertisement': icmpv6(136, { ndTarget: TARGET }),
  'multicast listener report': icmpv6(143),
  'first fragment from a global address': {
    ...udp(EtherType.IPV6, 5000, 5001),
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  },
  'later fragment from a global address': v6(IP_FRAGMENT, { fragment: 'later', ipv6Source: '2001:db8::1' }),
  TCP: v6(6),
  'DHCPv6 client message': udp(EtherType.IPV6, 546, 547),
  'DHCPv4 client message': udp(EtherType.IPV4, 68, 67),
  'IPv4 echo request': { etherType: EtherType.IPV4, ipProtocol: IpProtocol.ICMPV4, icmpv4Type: 8 },
  ARP: { etherType: 0x0806 },
};

for (const [what, packet] of Object.entries({ ...SERVER_MESSAGES, ...EVASIONS })) {
  test(`${what}: dropped when an instance sends it`, () => {
    assert.equal(outputOf(INSTANCE, packet), undefined);
  });
}

for (const [what, packet] of Object.entries(ORDINARY)) {
  test(`${what}: handed to OVN by the instance's own patch port`, () => {
    assert.equal(outputOf(INSTANCE, packet), PATCH);
    assert.equal(outputOf(NEIGHBOUR, packet), 4);
  });
}

test("a solicitation from the port's own MAC address names no other", () => {
  assert.equal(outputOf(INSTANCE, solicitation()), PATCH);
  assert.equal(outputOf(INSTANCE, solicitation({ ndSource: FOREIGN })), undefined);
});

test('a solicitation from another MAC address is left to OVN, which knows whether the port may use it', () => {
  assert.equal(outputOf(INSTANCE, solicitation({ ethernetSource: FOREIGN, ndSource: FOREIGN })), PATCH);
});

test('whatever OVN sends reaches the instance it is for', () => {
  for (const packet of Object.values({ ...SERVER_MESSAGES, ...EVASIONS, ...ORDINARY })) {
    assert.equal(outputOf(PATCH, packet), INSTANCE);
  }
});

test('a port that the agent does not know passes nothing, neither way', () => {
  for (const packet of Object.values(ORDINARY)) assert.equal(outputOf(99, packet), undefined);
});
