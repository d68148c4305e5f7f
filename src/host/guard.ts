/**
 * The guard rules of the bridge that instances are plugged into: what an instance must not send is dropped there,
 * because OVN's pipeline lets neighbour discovery, router advertisements and MLD through ahead of every ACL.
 *
 * Open vSwitch looks behind extension headers (hop-by-hop, routing, destination options, AH, fragment) before it
 * matches the protocol, so the rules need not know of them. A packet goes through the tables in order; one that no
 * flow matches is dropped (the bridge's fail mode is `secure`).
 *
 * Pure: facts about ports in, flows out.
 */
import { Prefix } from '../addressing/index.ts';
import type { Flow } from './openflow/flow.ts';
import { EtherType, IpProtocol, type Match } from './openflow/match.ts';

/** What the rules need to know of an instance's port. */
export interface GuardedPort {
  /** OpenFlow number of the instance's port. */
  instance: number;
  /** OpenFlow number of the patch port that leads to OVN. */
  patch: number;
}

const Table = {
  /** Tells who sent: OVN, whose packets go straight to the instance, or a known instance. */
  ADMISSION: 0,
  /** Drops what no instance may send. */
  MESSAGES: 1,
  /** Hands on to OVN. */
  FORWARDING: 2,
} as const;

const PRIORITY = 100;
const OTHERWISE = 0;

const LINK_LOCAL = Prefix.parse('fe80::/10');
/** RFC 4861 section 4.3 to 4.4: what a host sends, and must not send in fragments (RFC 6980). */
const NEIGHBOUR_DISCOVERY = [133, 135, 136];

const icmpv6 = (icmpv6Type: number): Match => ({
  etherType: EtherType.IPV6,
  ipProtocol: IpProtocol.ICMPV6,
  icmpv6Type,
});
const icmpv4 = (icmpv4Type: number): Match => ({
  etherType: EtherType.IPV4,
  ipProtocol: IpProtocol.ICMPV4,
  icmpv4Type,
});
const udpv6 = (ports: Match): Match => ({ etherType: EtherType.IPV6, ipProtocol: IpProtocol.UDP, ...ports });
const udpv4 = (ports: Match): Match => ({ etherType: EtherType.IPV4, ipProtocol: IpProtocol.UDP, ...ports });

/** What a router or a server says, and an instance that is neither must not. */
const FORBIDDEN: readonly Match[] = [
  // Frames whose contents the rules below would not see. OVN has no use for them either.
  { tagged: true },
  { etherType: EtherType.LLC },
  // A chain of headers that ends before the protocol is known (RFC 7112).
  { etherType: EtherType.IPV6, ipProtocol: IpProtocol.HOP_BY_HOP },

  icmpv6(134), // router advertisement (RFC 4861)
  icmpv6(137), // redirect (RFC 4861)
  icmpv6(130), // multicast listener query (RFC 3810)
  icmpv6(138), // router renumbering (RFC 2894)
  icmpv6(141), // inverse neighbour discovery (RFC 3122)
  icmpv6(142),
  icmpv6(151), // multicast router discovery (RFC 4286)
  icmpv6(152),
  icmpv6(153),
  icmpv4(5), // redirect (RFC 792)
  icmpv4(9), // router advertisement (RFC 1256)

  // Only the first fragment shows what a packet is, and without it the others are nothing. From a link-local source
  // there is no need of fragments: drop them all, for receivers that put overlapping ones together (RFC 5722).
  { etherType: EtherType.IPV6, fragment: 'any', ipv6Source: LINK_LOCAL },
  ...NEIGHBOUR_DISCOVERY.map((type): Match => ({ ...icmpv6(type), fragment: 'any' })),
  // A first fragment that ends before its upper layer shows what it is (RFC 7112): the switch sees zeros there.
  // A truncated neighbour solicitation or advertisement looks the same.
  { ...icmpv6(0), fragment: 'not-later' },
  { ...udpv6({ udpSource: 0, udpDestination: 0 }), fragment: 'not-later' },

  // A DHCP server's messages. Clients look at the destination port only, so the source port does not clear them.
  udpv6({ udpSource: 547 }),
  udpv6({ udpDestination: 546 }),
  udpv4({ udpSource: 67 }),
  udpv4({ udpDestination: 68 }),
];

/** The flows that every port shares. */
export function sharedFlows(): Flow[] {
  return [
    ...FORBIDDEN.map((match): Flow => {
      return { table: Table.MESSAGES, priority: PRIORITY, match, verdict: { drop: true } };
    }),
    { table: Table.MESSAGES, priority: OTHERWISE, match: {}, verdict: { continueIn: Table.FORWARDING } },
  ];
}

/** The flows of one port, on top of the shared ones. */
export function portFlows({ instance, patch }: GuardedPort): Flow[] {
  const flow = (table: number, inPort: number, verdict: Flow['verdict']): Flow => {
    return { table, priority: PRIORITY, match: { inPort }, verdict };
  };
  return [
    flow(Table.ADMISSION, patch, { output: instance }),
    flow(Table.ADMISSION, instance, { continueIn: Table.MESSAGES }),
    flow(Table.FORWARDING, instance, { output: patch }),
  ];
}

/** All flows of the bridge. */
export function guardFlows(ports: readonly GuardedPort[]): Flow[] {
  return [...sharedFlows(), ...ports.flatMap(portFlows)];
}
