/** Which hosts a router's gateway is on: the first has it, the others take over in their order. Pure. */

/** Hosts of one gateway. Each watches each by BFD, so their number is kept small; Neutron has as many. */
const MOST_HOSTS = 5;

/** A host that reaches the external network. */
export interface GatewayCandidate {
  /** Its name in OVN. */
  readonly chassis: string;
  /** Its name in the API. */
  readonly host: string;
  /** Whether it may be given something new. */
  readonly isEnabled: boolean;
  /** Whether it was heard of lately. */
  readonly isAlive: boolean;
}

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
 * Whoever has the gateway keeps it, and who stands by keeps its turn, unless it cannot, or an administrator disabled it:
 * then it comes behind all others. Places that are open go to the hosts that have the fewest gateways there, of those
 * as many the first by name.
 * @param held where the gateway is, in order
 * @param load without this gateway
 */
export function placeGateway(
  held: readonly GatewayPlace[],
  candidates: readonly GatewayCandidate[],
  load: GatewayLoad,
): GatewayPlace[] {
  const open = new Map(candidates.map((candidate) => [candidate.chassis, candidate]));
  const places = held.flatMap((place): GatewayPlace[] => {
    const candidate = open.get(place.chassis);
    if (!candidate?.isEnabled) return [];
    open.delete(place.chassis);
    return [{ ...place, host: candidate.host }];
  });
  while (places.length < MOST_HOSTS && open.size > 0) {
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
  return places;
}

const rank = ({ isEnabled, isAlive }: GatewayCandidate): number => (isEnabled ? (isAlive ? 0 : 1) : 2);

function reasonFor({ isEnabled, isAlive }: GatewayCandidate, others: number): string {
  if (!isEnabled) return 'disabled: after all others';
  if (!isAlive) return 'not heard of: after those that are';
  return `fewest other gateways in this place: ${others}`;
}

/**
 * A gateway that one of its hosts took over, in the order from then on: whoever has it keeps it, and who had it stands by.
 * One that an administrator disabled keeps nothing.
 * @param held in the order until then
 */
export function takenOver(
  held: readonly GatewayPlace[],
  chassis: string,
  candidates: readonly GatewayCandidate[],
): readonly GatewayPlace[] {
  const [first] = held;
  const place = held.find((one) => one.chassis === chassis);
  const isEnabled = candidates.some((one) => one.chassis === chassis && one.isEnabled);
  if (first === undefined || place === undefined || place === first || !isEnabled) return held;
  const reason = `took over from ${first.host}`;
  return [{ ...place, reason }, ...held.filter((one) => one !== place)];
}
