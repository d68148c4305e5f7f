/** The rules of the guard that all ports share: what no instance may say, and how others go through the tables. Pure. */

import { Address, LINK_LOCAL, Mac, Prefix } from '../../addressing/index.ts';
import { SERVICE_MAC_BEGIN } from '../../host-contract/index.ts';
import {
  CONTROLLER_METER,
  type Flow,
  type Match,
  type Meter,
  NO_ETHER_TYPE,
  type Rules,
} from '../../openflow/index.ts';
import {
  DHCPV4_PORT,
  DHCPV6_PORT,
  ETHER_TYPE,
  ICMPV4_TYPE,
  ICMPV6_TYPE,
  IP_PROTOCOL,
} from '../../packets/index.ts';
import { dropFor } from './drop-reasons.ts';
import { egressOnlySharedRules } from './egress-only-rules.ts';
import {
  advertisement,
  arp,
  flow,
  GuardTable,
  icmpv6Match,
  ipv4Match,
  ipv6Match,
  rarp,
  solicitation,
} from './pipeline.ts';

const UNSPECIFIED = Address.parse('::');
export const FROM_NOBODY = Prefix.parse('::/128');
export const FROM_NOBODY_V4 = Prefix.parse('0.0.0.0/32');
const NO_MAC = Mac.of(0n);
/** What is never the source of a packet on a link (RFC 4291 sections 2.5.3 and 2.7, RFC 1122 section 3.2.1.3). */
const NEVER_SOURCES = ['::1/128', 'ff00::/8', '127.0.0.0/8', '224.0.0.0/4'].map((text) => Prefix.parse(text));

/** What agents look at: all ports of a host together. Each port by itself is limited to a small part of it. */
const REPORTS: Meter = { rate: 2_000, burst: 4_000 };

/** RFC 4861: what a host sends, and must not send in fragments (RFC 6980). */
const QUESTIONS = [ICMPV6_TYPE['router-solicitation'], ICMPV6_TYPE['neighbour-solicitation']];
const DISCOVERY_OF_HOSTS = [...QUESTIONS, ICMPV6_TYPE['neighbour-advertisement']];
const MEMBERSHIP = [
  ICMPV6_TYPE['listener-report'],
  ICMPV6_TYPE['listener-done'],
  ICMPV6_TYPE['listener-report-v2'],
];
/** By which somebody speaks for the address that it is from, to be believed by others. */
const SPEAKING_FOR_SOURCE = [
  ...DISCOVERY_OF_HOSTS,
  ICMPV6_TYPE['router-advertisement'],
  ICMPV6_TYPE.redirect,
  ICMPV6_TYPE['listener-query'],
];

/** As valid neighbour discovery is (RFC 4861 section 6.1, 7.1): with a hop limit that shows that no router passed it on. */
const discovery = (type: number): Match => ({ ...icmpv6Match(type), icmpv6Code: 0, hopLimit: 255 });
const icmpv4 = (icmpv4Type: number): Match => ({ ...ipv4Match, ipProtocol: IP_PROTOCOL.icmp, icmpv4Type });
const igmp: Match = { ...ipv4Match, ipProtocol: IP_PROTOCOL.igmp };
/**
 * Open vSwitch has no field for what an IGMP message is. Queries for all groups go to all systems, where nothing else
 * of it goes (RFC 3376 section 4.1.12); those for one group go where older reports go, too.
 */
const queriesOfAll: Match = { ...igmp, ipv4Destination: Prefix.parse('224.0.0.1/32') };
const igmpToGroups: Match = { ...igmp, ipv4Destination: Prefix.parse('224.0.0.0/4') };
const fragments: readonly Match[] = [ipv6Match, ipv4Match].map((match) => ({ ...match, fragment: 'any' }));
const udpv6 = (ports: Match): Match => ({ ...ipv6Match, ipProtocol: IP_PROTOCOL.udp, ...ports });
const udpv4 = (ports: Match): Match => ({ ...ipv4Match, ipProtocol: IP_PROTOCOL.udp, ...ports });
const toDhcpv6Server = udpv6({ udpDestination: DHCPV6_PORT.server });
const toDhcpv4Server = udpv4({ udpDestination: DHCPV4_PORT.server });

/** What a router or a server says, and an instance that is neither must not; and what does not show what it is. */
const FORBIDDEN = {
  frame: [
    // Frames whose contents the rules below would not see: behind a third tag the switch does not look.
    { etherType: ETHER_TYPE.vlan },
    { etherType: ETHER_TYPE.serviceVlan },
    { etherType: NO_ETHER_TYPE },
    // A chain of headers that ends before the protocol is known (RFC 7112).
    { ...ipv6Match, ipProtocol: IP_PROTOCOL.hopByHop },
    // The datapath in the kernel says of such a chain that there is no next header. Of what is whole that may be so; a first
    // fragment with nothing to come is none, and what follows would not be looked at.
    { ...ipv6Match, ipProtocol: IP_PROTOCOL.noNextHeader, fragment: 'any' },
  ],
  router: [
    icmpv6Match(ICMPV6_TYPE['router-advertisement']),
    icmpv6Match(ICMPV6_TYPE.redirect),
    icmpv6Match(ICMPV6_TYPE['listener-query']),
    icmpv6Match(ICMPV6_TYPE['router-renumbering']),
    icmpv6Match(ICMPV6_TYPE['inverse-neighbour-solicitation']),
    icmpv6Match(ICMPV6_TYPE['inverse-neighbour-advertisement']),
    icmpv6Match(ICMPV6_TYPE['multicast-router-advertisement']),
    icmpv6Match(ICMPV6_TYPE['multicast-router-solicitation']),
    icmpv6Match(ICMPV6_TYPE['multicast-router-termination']),
    icmpv4(ICMPV4_TYPE.redirect),
    icmpv4(ICMPV4_TYPE['router-advertisement']),
    queriesOfAll,
  ],
  fragment: [
    // Only the first fragment shows what a packet is, and without it the others are nothing. From a link-local source
    // there is no need of fragments: drop them all, for receivers that put overlapping ones together (RFC 5722).
    { ...ipv6Match, fragment: 'any', ipv6Source: LINK_LOCAL },
    // What is short, and looked at by OVN and by services, comes in one piece.
    ...[...DISCOVERY_OF_HOSTS, ...MEMBERSHIP].map(
      (type): Match => ({ ...icmpv6Match(type), fragment: 'any' }),
    ),
    { ...igmp, fragment: 'any' },
    { ...toDhcpv6Server, fragment: 'any' },
    { ...toDhcpv4Server, fragment: 'any' },
    // A first fragment that ends before its upper layer shows what it is (RFC 7112): the switch sees zeros there.
    // A truncated neighbour solicitation or advertisement looks the same.
    { ...icmpv6Match(0), fragment: 'not-later' },
    { ...udpv6({ udpSource: 0, udpDestination: 0 }), fragment: 'not-later' },
  ],
  'dhcp-server': [
    // A DHCP server's messages. Clients look at the destination port only, so the source port does not clear them.
    udpv6({ udpSource: DHCPV6_PORT.server }),
    udpv6({ udpDestination: DHCPV6_PORT.client }),
    udpv4({ udpSource: DHCPV4_PORT.server }),
    udpv4({ udpDestination: DHCPV4_PORT.client }),
  ],
} as const satisfies Readonly<Record<string, readonly Match[]>>;

/** What of that the instance of a port whose role is `router` may send; whole, and as the RFCs want it. */
export const ROUTER_MESSAGES: readonly { match: Match; continueIn: number }[] = [
  ...[ICMPV6_TYPE['router-advertisement'], ICMPV6_TYPE.redirect].map((type) => {
    return {
      match: { ...discovery(type), fragment: 'none' as const },
      continueIn: GuardTable.DISCOVERY_RATE,
    };
  }),
  {
    match: { ...icmpv6Match(ICMPV6_TYPE['listener-query']), fragment: 'none', hopLimit: 1 },
    continueIn: GuardTable.DISCOVERY_RATE,
  },
  { match: { ...queriesOfAll, fragment: 'none' }, continueIn: GuardTable.DISCOVERY_RATE },
  { match: icmpv4(ICMPV4_TYPE.redirect), continueIn: GuardTable.SERVICES },
  { match: icmpv4(ICMPV4_TYPE['router-advertisement']), continueIn: GuardTable.SERVICES },
];

/** Before what is forbidden. */
export const EXCEPTION = 110;
const FORBIDDEN_PRIORITY = 100;
/** Decide where no flow of a higher priority does, in this order. */
const [ANSWER, LOWER] = [95, 90];
const LOWEST = 80;
export const OTHERWISE = 0;

/** The flows and meters that every port shares. */
export function sharedRules(): Rules {
  return {
    flows: [...messages(), ...linkLayer(), ...sources(), ...claims(), ...egressOnlySharedRules()],
    meters: new Map([[CONTROLLER_METER, REPORTS]]),
  };
}

function messages(): Flow[] {
  const { TAGS, MESSAGES, DISCOVERY_RATE, DHCP_RATE, ANSWER_RATE, ASKED_RATE } = GuardTable;
  const { SERVICES, FRAGMENT_RATE, LIMITED, LINK_LAYER } = GuardTable;
  const limited = [...QUESTIONS.map(discovery), ...MEMBERSHIP.map(icmpv6Match), igmpToGroups, arp, rarp];
  const answer = discovery(ICMPV6_TYPE['neighbour-advertisement']);
  return [
    // OVN has no use for it either.
    flow(TAGS, FORBIDDEN_PRIORITY, { tagged: true }, dropFor('frame')),
    flow(TAGS, OTHERWISE, {}, { continueIn: MESSAGES }),
    ...(Object.keys(FORBIDDEN) as (keyof typeof FORBIDDEN)[]).flatMap((reason) =>
      FORBIDDEN[reason].map((match) => flow(MESSAGES, FORBIDDEN_PRIORITY, match, dropFor(reason))),
    ),
    ...limited.map((match) => flow(MESSAGES, LOWER, match, { continueIn: DISCOVERY_RATE })),
    // Who is asked by many answers many: what it asks itself, and what the host asks it, must not be lost with that.
    flow(MESSAGES, ANSWER, { ...answer, ethernetDestination: 'group' }, { continueIn: DISCOVERY_RATE }),
    flow(
      MESSAGES,
      ANSWER,
      { ...answer, ethernetDestinationBegin: SERVICE_MAC_BEGIN },
      { continueIn: ASKED_RATE },
    ),
    flow(MESSAGES, LOWER, answer, { continueIn: ANSWER_RATE }),
    ...[toDhcpv6Server, toDhcpv4Server].map((match) =>
      flow(MESSAGES, LOWER, match, { continueIn: DHCP_RATE }),
    ),
    ...fragments.map((match) => flow(MESSAGES, LOWEST, match, { continueIn: FRAGMENT_RATE })),
    // To one station: no host does so, and a querier need not.
    flow(MESSAGES, LOWEST, igmp, dropFor('router')),
    // In a table of its own: what has a limit already is not to be told apart, and cached, by where it goes.
    flow(SERVICES, OTHERWISE, {}, { continueIn: LINK_LAYER }),
    // Hosts ignore it, and so does OVN when it looks for spoofing.
    ...DISCOVERY_OF_HOSTS.map((type) => flow(MESSAGES, LOWEST, icmpv6Match(type), dropFor('discovery'))),
    flow(MESSAGES, OTHERWISE, {}, { continueIn: SERVICES }),
    ...[ipv6Match, ipv4Match].map((match) =>
      flow(LIMITED, FORBIDDEN_PRIORITY, match, { continueIn: LINK_LAYER, lookUpAnew: true }),
    ),
    flow(LIMITED, OTHERWISE, {}, { continueIn: LINK_LAYER }),
  ];
}

/** The switch cannot make sense of its options: one comes twice, or the message ends early. */
export const GARBLED: readonly Match[] = [solicitation, advertisement].map((match) => ({
  ...match,
  ndTarget: UNSPECIFIED,
}));

/** Options that name no MAC address are as good as those that name the right one, which are a port's own flows. */
function linkLayer(): Flow[] {
  const { LINK_LAYER, MAC } = GuardTable;
  const nameless = [
    { ...solicitation, ndSource: NO_MAC },
    { ...advertisement, ndTargetMac: NO_MAC },
  ];
  return [
    ...GARBLED.map((match) => flow(LINK_LAYER, LinkLayer.GARBLED, match, dropFor('discovery'))),
    ...nameless.map((match) => flow(LINK_LAYER, LinkLayer.OWN, match, { continueIn: MAC })),
    ...[solicitation, advertisement, arp, rarp].map((match) =>
      flow(LINK_LAYER, LinkLayer.FOREIGN, match, dropFor('link-layer')),
    ),
    flow(LINK_LAYER, OTHERWISE, {}, { continueIn: MAC }),
    flow(MAC, OTHERWISE, {}, dropFor('mac')),
  ];
}

/** Priorities in the table of link-layer addresses. */
export const LinkLayer = {
  GARBLED: 200,
  /** For ports whose sources are not looked at. */
  UNCHECKED: 150,
  UNCHECKED_FOREIGN: 140,
  UNCHECKED_OTHERWISE: 130,
  OWN: 100,
  FOREIGN: 90,
} as const;

/** Sources by which nobody is named, or that nobody has. */
function sources(): Flow[] {
  const { SOURCE, PERMITTED, OWNED_SOURCE, KIND, FORWARDING } = GuardTable;
  const [before, never] = [200, 190];
  const fromNobody = { ipv6Source: FROM_NOBODY };
  return [
    // RFC 4862 section 5.4.2, RFC 4861 section 4.1 and 7.1.1, RFC 3590.
    flow(SOURCE, before, { ...solicitation, ...fromNobody, ndSource: NO_MAC }, { continueIn: KIND }),
    ...[ICMPV6_TYPE['router-solicitation'], ...MEMBERSHIP].map((type) =>
      flow(SOURCE, before, { ...icmpv6Match(type), ...fromNobody }, { continueIn: FORWARDING }),
    ),
    // RFC 2131 section 4.1, RFC 5227 section 1.1.
    flow(SOURCE, before, { ...toDhcpv4Server, ipv4Source: FROM_NOBODY_V4 }, { continueIn: FORWARDING }),
    flow(SOURCE, before, { ...arp, arpOperation: 1, arpSource: FROM_NOBODY_V4 }, { continueIn: FORWARDING }),
    flow(SOURCE, never, { ...arp, arpSource: FROM_NOBODY_V4 }, dropFor('source')),
    ...[FROM_NOBODY, FROM_NOBODY_V4, ...NEVER_SOURCES].map((prefix) =>
      flow(SOURCE, never, fromPrefix(prefix), dropFor('source')),
    ),
    flow(SOURCE, OTHERWISE, {}, dropFor('source')),
    ...SPEAKING_FOR_SOURCE.map((type) =>
      flow(PERMITTED, FORBIDDEN_PRIORITY, icmpv6Match(type), { continueIn: OWNED_SOURCE }),
    ),
    flow(PERMITTED, OTHERWISE, {}, { continueIn: FORWARDING }),
    flow(OWNED_SOURCE, OTHERWISE, {}, { continueIn: KIND }),
  ];
}

export const fromPrefix = (prefix: Prefix): Match =>
  prefix.family === 6 ? { ...ipv6Match, ipv6Source: prefix } : { ...ipv4Match, ipv4Source: prefix };

/** To have an address is claimed by an advertisement, and by who looks whether anybody else has it. */
function claims(): Flow[] {
  const { KIND, TARGET, OWNED_TARGET, FORWARDING } = GuardTable;
  const claiming = [advertisement, { ...solicitation, ipv6Source: FROM_NOBODY }];
  return [
    ...claiming.map((match) =>
      flow(KIND, FORBIDDEN_PRIORITY, match, { continueIn: TARGET, keepTarget: true }),
    ),
    flow(KIND, OTHERWISE, {}, { continueIn: FORWARDING }),
    flow(TARGET, OTHERWISE, {}, dropFor('target')),
    flow(OWNED_TARGET, OTHERWISE, {}, { continueIn: FORWARDING }),
  ];
}
