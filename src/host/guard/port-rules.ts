/** The rules of the guard for one port: which MAC and IP addresses its instance may use, and how much it may ask. Pure. */
import {
  ADDRESS_BITS,
  type Address,
  LINK_LOCAL,
  linkLocalAddress,
  Mac,
  Prefix,
} from '../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../host-contract/index.ts';
import type { Flow, Match, Meter, OnTheWay, Rules } from '../../openflow/index.ts';
import type { Wiring } from '../../switch/index.ts';
import { delivery, type Tags } from './delivery-rules.ts';
import { dropFor } from './drop-reasons.ts';
import {
  EXCEPTION,
  FROM_NOBODY_V4,
  fromPrefix,
  LinkLayer,
  OTHERWISE,
  ROUTER_MESSAGES,
} from './message-rules.ts';
import {
  advertisement,
  arp,
  flow,
  GuardTable,
  ipv4Match,
  ipv6Match,
  meterOf,
  networkNumber,
  rarp,
  solicitation,
  zoneOf,
} from './pipeline.ts';

/**
 * Limits of a port, in packets. A host looks for each of its neighbours, and answers each; a router does that for
 * many. DHCP is a few messages for an address, and its clients wait longer after each (RFC 8415 section 15).
 */
const RATES: Readonly<Record<PortFacts['role'], { discovery: Meter; answers: Meter; dhcp: Meter }>> = {
  host: {
    discovery: { rate: 100, burst: 200 },
    answers: { rate: 500, burst: 1_000 },
    dhcp: { rate: 10, burst: 20 },
  },
  router: {
    discovery: { rate: 1_000, burst: 2_000 },
    answers: { rate: 1_000, burst: 2_000 },
    dhcp: { rate: 10, burst: 20 },
  },
};

/** Answers to the host, who asks for up to 64 addresses, of each twice. */
const ASKED: Meter = { rate: 100, burst: 200 };

/**
 * What a port may send to the host's services beside that, in packets: its neighbours wait in the same queue. The
 * longest document of metadata, 100 KB or so, takes some seventy acknowledgements at most, and an instance that starts
 * asks for a few dozen short ones.
 */
const SERVICES: Meter = { rate: 1_000, burst: 500 };

/**
 * Fragments, of whatever: one whose packet does not become whole is kept by the switch for 15 s, and the userspace
 * datapath has room for 5,000 in all (`DatapathLimits`). A datagram of 60,000 octets is some fifty of them.
 */
const FRAGMENTS: Meter = { rate: 200, burst: 400 };

/**
 * What the agent looks at of a port, in packets. An instance claims a few addresses at once when it starts; what is
 * held back beyond that is dropped, and comes again: claims are repeated, and so is what has had no answer.
 */
const REPORTED: Meter = { rate: 50, burst: 100 };

const [EVERYTHING, EVERYTHING_V4] = [Prefix.parse('::/0'), Prefix.parse('0.0.0.0/0')];

const NO_MAC = Mac.of(0n);
/** RFC 903. */
const REVERSE_REQUEST = 3;
const PRIORITY = 100;
/** Before what a trunk's port sends for itself. */
const LEG = 110;
/** Before what is said of addresses that are bound. */
const IN_TAGS = 200;
/** Of sources and claims, in this order. Nobody forwards what is from a link-local address (RFC 4291 section 2.5.6). */
const [OWN, PERMITTED, OPEN, LINK_LOCAL_OTHERWISE, ANYTHING] = [100, 90, 80, 75, 70];

/** What an instance may use with one of its MAC addresses. */
interface Identity {
  readonly mac: Mac;
  /** Nobody else's business. */
  readonly own: readonly Address[];
  /** May be in the source of what it sends; it speaks for those of them that nobody has. */
  readonly permitted: readonly Prefix[];
  /** May be used unless somebody has it. */
  readonly open: readonly Prefix[];
  /** A router: whatever it forwards is permitted. */
  readonly forwards: boolean;
}

/** The tables that limit, and by which meter. */
const LIMITS = [
  [GuardTable.DISCOVERY_RATE, 'discovery'],
  [GuardTable.ANSWER_RATE, 'answers'],
  [GuardTable.ASKED_RATE, 'asked'],
  [GuardTable.DHCP_RATE, 'dhcp'],
  [GuardTable.SERVICE_RATE, 'services'],
  [GuardTable.FRAGMENT_RATE, 'fragments'],
] as const;

/**
 * The flows and meters of a plugged-in port.
 * @param network its network
 */
export function portRules(
  facts: PortFacts,
  wiring: Wiring,
  network: Pick<NetworkFacts, 'id' | 'isPhysical' | 'vlanTransparent'>,
): Rules {
  const { ADMISSION, TAGS, MESSAGES, FRAGMENT_RATE, LIMITED, LINK_LAYER, SENDING } = GuardTable;
  const { instance, patch } = wiring;
  const from: Match = { inPort: instance };
  const known = { network: networkNumber(network.id), zone: zoneOf(instance) };
  const { egress: sends, ingress: gets } = facts.packetLimits;
  const tags = tagsOf(facts, network);
  const flows = [
    ...delivery(facts, wiring, {
      macs: identities(facts).map(({ mac }) => mac),
      ...{ network, tags },
    }),
    flow(ADMISSION, PRIORITY, from, { continueIn: tags === 'own' ? MESSAGES : TAGS, ...known }),
    ...(wiring.isLeg ? readAgain(from, known) : []),
    ...(facts.role === 'router' ? ROUTER_MESSAGES : []).map(({ match, continueIn }) =>
      flow(MESSAGES, EXCEPTION, { ...from, ...match }, { continueIn }),
    ),
    ...LIMITS.map(([table, meter]) =>
      flow(table, PRIORITY, from, {
        // Not by way of LIMITED, where the switch would put fragments together, and drop short ones.
        continueIn: table === FRAGMENT_RATE ? LINK_LAYER : LIMITED,
        meter: meterOf[meter](instance),
      }),
    ),
    ...(facts.portSecurity
      ? [
          ...identities(facts).flatMap((one) => identityFlows(from, one)),
          movedHere(from, facts),
          ...holdBack(instance),
          ...(tags === 'own' ? inTags(from) : []),
        ]
      : unchecked(from, facts)),
    flow(SENDING, PRIORITY, from, { output: patch, ...(sends && { meter: meterOf.sent(instance) }) }),
    ...legs(facts, wiring),
  ];
  const rates = RATES[facts.role];
  return {
    flows,
    meters: new Map([
      [meterOf.discovery(instance), rates.discovery],
      [meterOf.answers(instance), rates.answers],
      [meterOf.asked(instance), ASKED],
      [meterOf.dhcp(instance), rates.dhcp],
      [meterOf.claims(instance), REPORTED],
      [meterOf.heard(instance), REPORTED],
      [meterOf.services(instance), SERVICES],
      [meterOf.fragments(instance), FRAGMENTS],
      ...(sends ? [[meterOf.sent(instance), sends] as const] : []),
      ...(gets ? [[meterOf.received(instance), gets] as const] : []),
    ]),
  };
}

/**
 * What comes out of a leg has lost a tag, and may have another within. Of a flow that is known the switch would not look
 * whether it has: it keeps what it decided about frames with one tag, and does not heed that these had no second. So
 * packets are read again. Fragments are not, as the switch would put them together for that.
 */
const readAgain = (from: Match, known: OnTheWay): Flow[] =>
  [ipv6Match, ipv4Match].map((match) =>
    flow(
      GuardTable.ADMISSION,
      LEG,
      { ...from, ...match, fragment: 'none' },
      { continueIn: GuardTable.TAGS, ...known, lookUpAnew: true },
    ),
  );

/**
 * Frames with the VLAN of a subport go into its leg, and come out of it as those of a port of its own; and back. With
 * any other tag they are forbidden, as for every port.
 */
function legs({ subports }: PortFacts, wiring: Wiring): Flow[] {
  return subports.flatMap(({ portId, vlan }) => {
    const leg = wiring.legs?.get(portId);
    if (leg === undefined) return [];
    const { ADMISSION } = GuardTable;
    return [
      flow(ADMISSION, LEG, { inPort: wiring.instance, vlan }, { output: leg, tag: 'off' }),
      flow(ADMISSION, PRIORITY, { inPort: leg }, { output: wiring.instance, tag: vlan }),
    ];
  });
}

/** The addresses that are a port's own: those by which it is told from others, its allowed address pairs' too. */
export function ownAddresses(facts: PortFacts): Address[] {
  return identities(facts).flatMap(({ own }) => own);
}

/**
 * Who a port may be. The MAC address of an allowed address pair goes with the pair's addresses, and with link-local
 * ones: a virtual router advertises itself with its virtual MAC address from the link-local address of the interface
 * (RFC 9568 sections 5.1.2.2 and 7.2).
 */
function identities(facts: PortFacts): Identity[] {
  const { mac, fixedIps, openPrefixes, delegatedPrefixes, allowedAddressPairs } = facts;
  const own = { mac, own: [linkLocalAddress(mac), ...fixedIps.map(({ address }) => address)] };
  const byMac = new Map([
    [mac.toString(), { ...own, permitted: [...delegatedPrefixes], open: openPrefixes }],
  ]);
  for (const { mac: other = mac, prefix } of allowedAddressPairs) {
    const identity = byMac.get(other.toString()) ?? {
      mac: other,
      own: [linkLocalAddress(other), linkLocalAddress(mac)],
      permitted: [],
      open: openPrefixes.filter((open) => LINK_LOCAL.covers(open)),
    };
    byMac.set(other.toString(), identity);
    // A virtual router answers from its address by whichever of its interfaces leads back.
    if (other.isVirtualRouter) byMac.get(mac.toString())?.permitted.push(prefix);
    if (prefix.length === ADDRESS_BITS[prefix.family]) identity.own.push(prefix.network);
    else identity.permitted.push(prefix);
  }
  return Array.from(byMac.values(), (identity) => ({
    ...identity,
    own: unique(identity.own),
    permitted: unique(identity.permitted),
    forwards: facts.role === 'router',
  }));
}

const unique = <T extends Address | Prefix>(list: readonly T[]): T[] => [
  ...new Map(list.map((item) => [item.toString(), item])).values(),
];

/** Where an instance has moved to its hypervisor asks by RARP for its address: it names its MAC address, and nothing else. */
function movedHere(from: Match, { mac }: PortFacts): Flow {
  const named = { ethernetSource: mac, arpSourceMac: mac, arpSource: FROM_NOBODY_V4 };
  return flow(
    GuardTable.LINK_LAYER,
    LinkLayer.OWN,
    { ...from, ...rarp, arpOperation: REVERSE_REQUEST, ...named },
    { continueIn: GuardTable.FORWARDING },
  );
}

/**
 * What tags are on the frames of a port: none; on a network that is transparent, the instance's own. There those of a
 * trunk's port are its subports' alone, and nobody else may send what looks like theirs.
 */
const tagsOf = ({ subports }: PortFacts, { vlanTransparent }: Pick<NetworkFacts, 'vlanTransparent'>): Tags =>
  vlanTransparent ? (subports.length === 0 ? 'own' : 'of subports') : 'none';

/** Addresses are bound without a tag: within one an instance has its own, and those that it was allowed. */
const inTags = (from: Match): Flow[] => {
  const { BOUND_SOURCE, BOUND_TARGET } = GuardTable;
  return [
    flow(BOUND_SOURCE, IN_TAGS, { ...from, tagged: true }, dropFor('source')),
    flow(BOUND_TARGET, IN_TAGS, { ...from, tagged: true }, dropFor('target')),
  ];
};

/** What is in open prefixes and not bound waits for the agent. */
function holdBack(instance: number): Flow[] {
  const held: Flow['verdict'] = { drop: true, report: true, meter: meterOf.claims(instance) };
  return [GuardTable.BOUND_SOURCE, GuardTable.BOUND_TARGET].map((table) =>
    flow(table, OTHERWISE, { inPort: instance }, held),
  );
}

function identityFlows(from: Match, { mac, own, permitted, open, forwards }: Identity): Flow[] {
  const { LINK_LAYER, MAC, SOURCE, OWNED_SOURCE, KIND, FORWARDING } = GuardTable;
  const { TARGET, BOUND_SOURCE, BOUND_TARGET, OWNED_TARGET } = GuardTable;
  const as: Match = { ...from, ethernetSource: mac };
  const source = (priority: number, prefix: Prefix, continueIn: number) =>
    flow(SOURCE, priority, { ...as, ...fromPrefix(prefix) }, { continueIn });
  const sender = (priority: number, arpSource: Prefix, continueIn: number) =>
    flow(SOURCE, priority, { ...as, ...arp, arpSource }, { continueIn });
  const target = (priority: number, keptTarget: Prefix, continueIn: number) =>
    flow(TARGET, priority, { ...as, keptTarget }, { continueIn });
  const only = own.map((address) => Prefix.of(address, ADDRESS_BITS[address.family]));
  const ofFamily = (prefixes: readonly Prefix[], family: 4 | 6) =>
    prefixes.filter((prefix) => prefix.family === family);
  return [
    flow(LINK_LAYER, LinkLayer.OWN, { ...as, ...solicitation, ndSource: mac }, { continueIn: SOURCE }),
    flow(LINK_LAYER, LinkLayer.OWN, { ...as, ...advertisement, ndTargetMac: mac }, { continueIn: SOURCE }),
    flow(LINK_LAYER, LinkLayer.OWN, { ...as, ...arp, arpSourceMac: mac }, { continueIn: SOURCE }),
    flow(MAC, PRIORITY, as, { continueIn: SOURCE }),
    ...ofFamily(only, 6).map((address) => source(OWN, address, KIND)),
    ...ofFamily(permitted, 6).map((prefix) => source(PERMITTED, prefix, GuardTable.PERMITTED)),
    ...ofFamily(open, 6).map((prefix) => source(OPEN, prefix, BOUND_SOURCE)),
    ...ofFamily([...only, ...permitted], 4).map((prefix) => source(OWN, prefix, FORWARDING)),
    ...ofFamily(only, 4).map((address) => sender(OWN, address, FORWARDING)),
    ...ofFamily(permitted, 4).map((prefix) => sender(PERMITTED, prefix, OWNED_SOURCE)),
    ...ofFamily(only, 6).map((address) => target(OWN, address, FORWARDING)),
    ...ofFamily(permitted, 6).map((prefix) => target(PERMITTED, prefix, OWNED_TARGET)),
    ...ofFamily(open, 6).map((prefix) => target(OPEN, prefix, BOUND_TARGET)),
    ...(forwards
      ? [
          flow(SOURCE, LINK_LOCAL_OTHERWISE, { ...as, ...fromPrefix(LINK_LOCAL) }, dropFor('source')),
          flow(TARGET, LINK_LOCAL_OTHERWISE, { ...as, keptTarget: LINK_LOCAL }, dropFor('target')),
          source(ANYTHING, EVERYTHING, GuardTable.PERMITTED),
          target(ANYTHING, EVERYTHING, OWNED_TARGET),
          source(ANYTHING, EVERYTHING_V4, FORWARDING),
          sender(ANYTHING, EVERYTHING_V4, OWNED_SOURCE),
        ]
      : []),
  ];
}

/**
 * A port without port security may be whoever it likes. But a solicitation from its own MAC address must not name
 * another: of frames from others, no flow could say that the two are the same.
 */
function unchecked(from: Match, { mac }: PortFacts): Flow[] {
  const { LINK_LAYER, FORWARDING } = GuardTable;
  const asking = { ...from, ethernetSource: mac, ...solicitation };
  const { UNCHECKED, UNCHECKED_FOREIGN, UNCHECKED_OTHERWISE } = LinkLayer;
  return [
    ...[mac, NO_MAC].map((ndSource) =>
      flow(LINK_LAYER, UNCHECKED, { ...asking, ndSource }, { continueIn: FORWARDING }),
    ),
    flow(LINK_LAYER, UNCHECKED_FOREIGN, asking, dropFor('link-layer')),
    flow(LINK_LAYER, UNCHECKED_OTHERWISE, from, { continueIn: FORWARDING }),
  ];
}
