/** The routers that advertise themselves on external networks, as this host hears them. Pure. */
import type { Address } from '../../addressing/index.ts';
import type { Preference } from '../../packets/index.ts';

/** What a router may say of itself. */
export type RouterPreference = Exclude<Preference, 'reserved'>;

/** What an advertisement says of the router that sent it. */
export interface AdvertisedRouter {
  readonly source: Address;
  /** Seconds as a default router; 0 for one that is none any more (RFC 4861 section 6.3.4). */
  readonly lifetime: number;
  readonly preference: RouterPreference;
}

/** A router that is there. */
export interface KnownRouter {
  readonly address: Address;
  readonly preference: RouterPreference;
}

interface Entry extends KnownRouter {
  /** In milliseconds. */
  readonly until: number;
}

/** Routers that are kept of one network: whoever advertises more of them wants something else. */
const MOST = 16;

export class HeardTable {
  readonly #networks = new Map<string, Map<string, Entry>>();

  /**
   * @param now milliseconds, of any clock that goes on evenly
   * @returns whether that is news
   */
  hear(network: string, { source: address, lifetime, preference }: AdvertisedRouter, now: number): boolean {
    const routers = this.#networks.getOrInsertComputed(network, () => new Map());
    const before = routers.get(address.sortKey);
    if (lifetime === 0) return routers.delete(address.sortKey);
    if (before === undefined && routers.size >= MOST) return false;
    routers.set(address.sortKey, { address, preference, until: now + lifetime * 1_000 });
    return before?.preference !== preference;
  }

  /** The routers of a network that are there; those whose time is over are forgotten. */
  on(network: string, now: number): KnownRouter[] {
    const routers = this.#networks.get(network) ?? new Map<string, Entry>();
    for (const [key, { until }] of routers) if (until <= now) routers.delete(key);
    return [...routers.values()].map(({ address, preference }) => ({ address, preference }));
  }

  /** Forgets a network. */
  forget(network: string): void {
    this.#networks.delete(network);
  }

  /** When the next router's time is over, in milliseconds from now; undefined while there is none. */
  nextEnd(now: number): number | undefined {
    const ends = [...this.#networks.values()].flatMap((routers) =>
      Array.from(routers.values(), ({ until }) => until),
    );
    return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends) - now);
  }
}
