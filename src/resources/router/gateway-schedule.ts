/** Which hosts a router's gateway is on: the first has it, the others take over in their order. Pure. */

/** Hosts of one gateway. Each watches each by BFD, so their number is kept small; Neutron has as many. */
const MOST_HOSTS = 5;

/** How many hosts a gateway is on at most: without others that stand by, on one. */
export const mostHosts = (isHighlyAvailable: boolean): number => (isHighlyAvailable ? MOST_HOSTS : 1);

/** A host that reaches the external network, or had the gateway while it did. */
export interface GatewayCandidate {
  /** Its name in OVN. */
  readonly chassis: string;
  /** Its name in the API. */
  readonly host: string;
  /** Whether it may be given something new. */
  readonly isEnabled: boolean;
  /** Whether it was heard of lately. */
  readonly isAlive: boolean;
  /** Whether its link to the external network is down, or gone. */
  readonly isOutOfReach: boolean;
  /** Whether there are other hosts, and no tunnel leads to it from them. */
  readonly isApart: boolean;
}

const isFit = ({ isEnabled, isOutOfReach }: GatewayCandidate): boolean => isEnabled && !isOutOfReach;

/** A host that a gateway is on, and why. */
export interface GatewayPlace {
  readonly chassis: string;
  readonly host: string;
  readonly reason: string;
}

/** Whether these are the same hosts in the same order, for whatever reason. */
export const areSameHosts = (before: readonly GatewayPlace[], after: readonly GatewayPlace[]): boolean =>
  before.length === after.length &&
  after.every(
    ({ chassis, host }, index) => before[index]?.chassis === chassis && before[index].host === host,
  );

/** How many gateways have each host at each place: first, second, ... */
export class GatewayLoad {
  readonly #counts = new Map<string, number>();

  add(place: number, chassis: string, count = 1): void {
    const key = `${place} ${chassis}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
  }

  of(place: number, chassis: string): number {
    return this.#counts.get(`${place} ${chassis}`) ?? 0;
  }

  /** Counts a gateway's hosts, or counts them no more. */
  count(places: readonly GatewayPlace[], by: 1 | -1): void {
    for (const [place, { chassis }] of places.entries()) this.add(place, chassis, by);
  }
}

/**
 * Those that can stand by: for a host apart none, as nobody hears of it by BFD, nor it of others. What it had before there
 * were others it keeps, alone.
 * @param held where the gateway is, in order
 */
function standbysFor(
  held: readonly GatewayPlace[],
  candidates: readonly GatewayCandidate[],
): readonly GatewayCandidate[] {
  const [first] = held;
  const holder = candidates.find(({ chassis }) => chassis === first?.chassis);
  return holder?.isApart && isFit(holder) && first?.reason !== APART ? [holder] : candidates;
}

/**
 * Whoever has the gateway keeps it, and who stands by keeps its turn, unless an administrator disabled it or it is out of
 * reach: then it comes behind all others. It is not left out, for of two hosts one that comes anew takes the gateway, too,
 * until it hears the other by BFD. Places that are open go to the hosts that have the fewest gateways there, of those
 * as many the first by name.
 * @param held where the gateway is, in order
 * @param load without this gateway
 * @param most how many hosts it may have
 */
export function placeGateway(
  held: readonly GatewayPlace[],
  candidates: readonly GatewayCandidate[],
  load: GatewayLoad,
  most = MOST_HOSTS,
): GatewayPlace[] {
  const open = new Map(standbysFor(held, candidates).map((candidate) => [candidate.chassis, candidate]));
  const places = held.flatMap((place): GatewayPlace[] => {
    const candidate = open.get(place.chassis);
    // Who was last for such a reason, and has it no more, finds a place as if it were new.
    if (candidate === undefined || !isFit(candidate) || BEHIND.includes(place.reason)) return [];
    open.delete(place.chassis);
    return [{ ...place, host: candidate.host }];
  });
  while (places.length < most && open.size > 0) {
    const at = places.length;
    const better = (one: GatewayCandidate, other: GatewayCandidate): number =>
      rank(one) - rank(other) ||
      load.of(at, one.chassis) - load.of(at, other.chassis) ||
      (one.host < other.host ? -1 : 1);
    const [best] = [...open.values()].sort(better) as [GatewayCandidate];
    open.delete(best.chassis);
    const { chassis, host } = best;
    places.push({ chassis, host, reason: reasonFor(best, load.of(at, chassis)) });
  }
  return places.slice(0, most);
}

const DISABLED = 'disabled: after all others';
const OUT_OF_REACH = 'out of reach of the external network: after all others';
const APART = 'no tunnel leads to it: after all others';
const BEHIND = [DISABLED, OUT_OF_REACH, APART];

const rank = ({ isEnabled, isAlive, isOutOfReach, isApart }: GatewayCandidate): number => {
  if (isApart) return 4;
  if (isOutOfReach) return 3;
  if (!isEnabled) return 2;
  return isAlive ? 0 : 1;
};

function reasonFor({ isEnabled, isAlive, isOutOfReach, isApart }: GatewayCandidate, others: number): string {
  if (isApart) return APART;
  if (isOutOfReach) return OUT_OF_REACH;
  if (!isEnabled) return DISABLED;
  if (!isAlive) return 'not heard of: after those that are';
  return `fewest other gateways in this place: ${others}`;
}

/**
 * A gateway that one of its hosts took over, in the order from then on: whoever has it keeps it, and who had it stands by.
 * One that an administrator disabled, or that is out of reach, keeps nothing.
 * @param held in the order until then
 */
export function takenOver(
  held: readonly GatewayPlace[],
  chassis: string,
  candidates: readonly GatewayCandidate[],
): readonly GatewayPlace[] {
  const [first] = held;
  const place = held.find((one) => one.chassis === chassis);
  const mayKeep = candidates.some((one) => one.chassis === chassis && isFit(one));
  if (first === undefined || place === undefined || place === first || !mayKeep) return held;
  const reason = `took over from ${first.host}`;
  return [{ ...place, reason }, ...held.filter((one) => one !== place)];
}
