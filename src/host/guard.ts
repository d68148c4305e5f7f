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
import { Address, Mac, Prefix } from '../addressing/index.ts';
import type { Flow } from './openflow/flow.ts';
import { EtherType, IpProtocol, type Match } from './openflow/match.ts';

/** What the rules need to know of an instance's port. */
export interface GuardedPort {
  /** OpenFlow number of the instance's port. */
  instance: number;
  /** OpenFlow number of the patch port that leads to OVN. */
  patch: number;
  /** The port's MAC address. */
  mac: Mac;
}

const Table = {
  /** Tells who sent: OVN, whose packets go straight to the instance, or a known instance. */
  ADMISSION: 0,
  /** Drops what no instance may send. */
  MESSAGES: 1,
  /** Drops neighbour discovery that names a MAC address other than that of its frame. */
  LINK_LAYER_OPTIONS: 2,
  /** Hands on to OVN. */
  FORWARDING: 3,
} as const;

const PRIORITY = 100;
/** Decide where no flow of a higher priority does, in this order. */
const LOWER = 90;
const LOWEST = 80;
const OTHERWISE = 0;

const LINK_LOCAL = Prefix.parse('fe80::/10');
/** RFC 4861: what a host sends, and must not send in fragments (RFC 6980). */
const ROUTER_SOLICITATION = 133;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const NEIGHBOUR_DISCOVERY = [ROUTER_SOLICITATION, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT];
const UNSPECIFIED = Address.of(6, 0n);
const NO_MAC = Mac.of(0n);

const icmpv6 = (icmpv6Type: number): Match => ({
  etherType: EtherType.IPV6,
  ipProtocol: IpProtocol.ICMPV6,
  icmpv6Type,
});
/** As valid neighbour discovery is (RFC 4861 section 6.1, 7.1): with a hop limit that shows that no router passed it on. */
const discovery = (icmpv6Type: number): Match => ({ ...icmpv6(icmpv6Type), icmpv6Code: 0, hopLimit: 255 });
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

  // Options that the switch cannot make sense of: a link-layer address twice, or a message that ends early.
  { ...discovery(NEIGHBOUR_SOLICITATION), ndTarget: UNSPECIFIED },
  { ...discovery(NEIGHBOUR_ADVERTISEMENT), ndTarget: UNSPECIFIED },

  // A DHCP server's messages. Clients look at the destination port only, so the source port does not clear them.
  udpv6({ udpSource: 547 }),
  udpv6({ udpDestination: 546 }),
  udpv4({ udpSource: 67 }),
  udpv4({ udpDestination: 68 }),
];

const flow = (table: number, priority: number, match: Match, verdict: Flow['verdict']): Flow => {
  return { table, priority, match, verdict };
};

/** The flows that every port shares. */
export function sharedFlows(): Flow[] {
  const { MESSAGES, LINK_LAYER_OPTIONS, FORWARDING } = Table;
  return [
    ...FORBIDDEN.map((match) => flow(MESSAGES, PRIORITY, match, { drop: true })),
    ...NEIGHBOUR_DISCOVERY.flatMap((type) => [
      flow(MESSAGES, LOWER, discovery(type), { continueIn: LINK_LAYER_OPTIONS }),
      // Hosts ignore it, and so does OVN when it looks for spoofing.
      flow(MESSAGES, LOWEST, icmpv6(type), { drop: true }),
    ]),
    flow(MESSAGES, OTHERWISE, {}, { continueIn: FORWARDING }),
    flow(LINK_LAYER_OPTIONS, OTHERWISE, {}, { continueIn: FORWARDING }),
  ];
}

/** The flows of one port, on top of the shared ones. */
export function portFlows({ instance, patch, mac }: GuardedPort): Flow[] {
  // OVN tells which source MAC addresses a port may use, and looks at no option of a solicitation. Where the frame
  // is from the port's own address, the option must not name another. Of frames from others, which a port without
  // port security or with an allowed address pair may send, no flow could say that the two are the same.
  const solicitation = { inPort: instance, ethernetSource: mac, ...discovery(NEIGHBOUR_SOLICITATION) };
  const { ADMISSION, LINK_LAYER_OPTIONS, FORWARDING } = Table;
  return [
    flow(ADMISSION, PRIORITY, { inPort: patch }, { output: instance }),
    flow(ADMISSION, PRIORITY, { inPort: instance }, { continueIn: Table.MESSAGES }),
    ...[mac, NO_MAC].map((ndSource) =>
      flow(LINK_LAYER_OPTIONS, PRIORITY, { ...solicitation, ndSource }, { continueIn: FORWARDING }),
    ),
    flow(LINK_LAYER_OPTIONS, LOWER, solicitation, { drop: true }),
    flow(FORWARDING, PRIORITY, { inPort: instance }, { output: patch }),
  ];
}

/** All flows of the bridge. */
export function guardFlows(ports: readonly GuardedPort[]): Flow[] {
  return [...sharedFlows(), ...ports.flatMap(portFlows)];
}
