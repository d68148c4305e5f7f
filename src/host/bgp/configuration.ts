/**
 * What bgpd is told, line by line: what a speaker's configuration adds to, and takes from, the one before. Sessions and
 * routes that stay are not touched. Pure.
 *
 * Routes are told as the router's that they lead to: with its own addresses as next hop, the link-local one beside the
 * other, since FRR would add its own, and what comes in would go to the speaker.
 */
import type { BgpOrderPeer } from '../../host-contract/index.ts';

/** A route with its next hops. */
export interface BgpRoute {
  readonly destination: string;
  readonly nextHop: string;
  readonly linkLocal: string;
}

/** All that a speaker has on one network. */
export interface SpeakerConfiguration {
  readonly localAs: number;
  readonly family: 4 | 6;
  /** As an IPv4 address is written (RFC 4271 section 4.2). */
  readonly routerId: string;
  readonly peers: readonly BgpOrderPeer[];
  readonly routes: readonly BgpRoute[];
}

/** What bgpd has been told: the configuration, with the places of next hops in its route map. */
export interface ToldConfiguration extends SpeakerConfiguration {
  readonly places: Readonly<Record<string, number>>;
}

const NOTHING = 'NOTHING';
const TOLD = 'TOLD';
/** Seconds: between attempts, between two signs of life, and without one. */
const CONNECT = 5;
const KEEPALIVE = 10;
const HOLD = 30;
/** Seconds in which a peer keeps the routes of one that begins anew. */
const RESTART = 120;

const hopOf = ({ nextHop, linkLocal }: BgpRoute): string => `${nextHop} ${linkLocal}`;
const listName = (place: number): string => `HOP-${place}`;

/**
 * Lines that make what bgpd has been told into what it is to have.
 * @param before undefined for one that was told nothing yet
 */
export function linesFor(
  before: ToldConfiguration | undefined,
  wanted: SpeakerConfiguration,
): { readonly lines: string[]; readonly told: ToldConfiguration } {
  if (before !== undefined && (before.localAs !== wanted.localAs || before.family !== wanted.family))
    throw new Error('a speaker does not change its number');
  const told = { ...wanted, places: placesFor(before, wanted) };
  const ip = wanted.family === 6 ? 'ipv6' : 'ip';
  const lines = [
    'enable',
    'configure terminal',
    ...(before === undefined ? beginning(wanted) : []),
    ...inSpeaker(wanted, withdrawn(before, wanted)),
    ...hopLines(ip, before, told),
    ...inSpeaker(wanted, announced(before, wanted)),
    ...peerLines(before, wanted),
    'end',
  ];
  return { lines, told };
}

/** Each next hop keeps its place; new ones get those that are free. */
function placesFor(
  before: ToldConfiguration | undefined,
  wanted: SpeakerConfiguration,
): Record<string, number> {
  const hops = new Set(wanted.routes.map(hopOf));
  const kept = Object.entries(before?.places ?? {}).filter(([hop]) => hops.has(hop));
  const taken = new Set(Object.values(before?.places ?? {}));
  const places = Object.fromEntries(kept);
  let next = 1;
  for (const hop of hops) {
    if (places[hop] !== undefined) continue;
    while (taken.has(next)) next++;
    taken.add(next);
    places[hop] = next;
  }
  return places;
}

const beginning = ({ localAs, routerId }: SpeakerConfiguration): string[] => [
  `route-map ${NOTHING} deny 10`,
  'exit',
  // What is told is to follow the route map soon.
  'bgp route-map delay-timer 1',
  `router bgp ${localAs}`,
  `bgp router-id ${routerId}`,
  'no bgp default ipv4-unicast',
  'no bgp ebgp-requires-policy',
  'no bgp network import-check',
  'bgp graceful-restart',
  'bgp graceful-restart preserve-fw-state',
  `bgp graceful-restart restart-time ${RESTART}`,
  'exit',
];

function inSpeaker({ localAs, family }: SpeakerConfiguration, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [
    ...[`router bgp ${localAs}`, `address-family ipv${family} unicast`],
    ...lines,
    ...['exit-address-family', 'exit'],
  ];
}

const destinationsOf = (configuration: SpeakerConfiguration | undefined): Set<string> =>
  new Set((configuration?.routes ?? []).map(({ destination }) => destination));

const withdrawn = (before: SpeakerConfiguration | undefined, wanted: SpeakerConfiguration): string[] =>
  Array.from(destinationsOf(before).difference(destinationsOf(wanted)), (one) => `no network ${one}`);

const announced = (before: SpeakerConfiguration | undefined, wanted: SpeakerConfiguration): string[] =>
  Array.from(destinationsOf(wanted).difference(destinationsOf(before)), (one) => `network ${one}`);

/** Which destinations have which next hop: a list of prefixes for each, and its place in the route map. */
function hopLines(ip: string, before: ToldConfiguration | undefined, told: ToldConfiguration): string[] {
  const entries = (configuration: ToldConfiguration | undefined) =>
    new Set(
      (configuration?.routes ?? []).map(
        (route) =>
          `${ip} prefix-list ${listName(configuration?.places[hopOf(route)] ?? 0)} permit ${route.destination}`,
      ),
    );
  const [had, has] = [entries(before), entries(told)];
  const gone = Object.entries(before?.places ?? {}).filter(([hop]) => told.places[hop] === undefined);
  const come = Object.entries(told.places).filter(([hop]) => before?.places[hop] === undefined);
  return [
    ...Array.from(has.difference(had)),
    ...come.flatMap(([hop, place]) => mapEntry(ip, hop, place)),
    ...Array.from(had.difference(has), (line) => `no ${line}`),
    ...gone.map(([, place]) => `no route-map ${TOLD} permit ${place}`),
  ];
}

function mapEntry(ip: string, hop: string, place: number): string[] {
  const [nextHop = '', linkLocal = ''] = hop.split(' ');
  return [
    `route-map ${TOLD} permit ${place}`,
    `match ${ip} address prefix-list ${listName(place)}`,
    ...(ip === 'ipv6'
      ? [`set ipv6 next-hop global ${nextHop}`, `set ipv6 next-hop local ${linkLocal}`]
      : [`set ip next-hop ${nextHop}`]),
    'exit',
  ];
}

function peerLines(before: SpeakerConfiguration | undefined, wanted: SpeakerConfiguration): string[] {
  const had = new Map((before?.peers ?? []).map((peer) => [peer.address, peer]));
  const has = new Map(wanted.peers.map((peer) => [peer.address, peer]));
  const lines = [
    ...[...had].flatMap(([address]) => (has.has(address) ? [] : `no neighbor ${address}`)),
    ...[...has.values()].flatMap((peer) => {
      const known = had.get(peer.address);
      if (known === undefined) return newPeer(wanted, peer);
      if (known.remote_as !== peer.remote_as)
        return [`no neighbor ${peer.address}`, ...newPeer(wanted, peer)];
      return changedPeer(known, peer);
    }),
  ];
  return lines.length === 0 ? [] : [`router bgp ${wanted.localAs}`, ...lines, 'exit'];
}

function newPeer({ family }: SpeakerConfiguration, peer: BgpOrderPeer): string[] {
  const { address, remote_as } = peer;
  const unlike = { ...peer, password: null, bfd: false };
  return [
    `neighbor ${address} remote-as ${remote_as}`,
    `neighbor ${address} timers ${KEEPALIVE} ${HOLD}`,
    `neighbor ${address} timers connect ${CONNECT}`,
    ...changedPeer(unlike, peer),
    ...['ipv4', 'ipv6'].flatMap((one) =>
      one === `ipv${family}`
        ? [
            `address-family ${one} unicast`,
            `neighbor ${address} activate`,
            // Nothing that a peer says is believed, or kept, however much it is.
            `neighbor ${address} route-map ${NOTHING} in`,
            `neighbor ${address} route-map ${TOLD} out`,
            'exit-address-family',
          ]
        : [],
    ),
  ];
}

function changedPeer(before: BgpOrderPeer, { address, password, bfd }: BgpOrderPeer): string[] {
  const lines: string[] = [];
  if (password !== before.password)
    lines.push(
      password === null ? `no neighbor ${address} password` : `neighbor ${address} password ${password}`,
    );
  if (bfd !== before.bfd) lines.push(bfd ? `neighbor ${address} bfd` : `no neighbor ${address} bfd`);
  return lines;
}
