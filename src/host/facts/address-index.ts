/** Who has which addresses, where more than one may have the same: it matters by which right. */
import type { Address } from '../../addressing/index.ts';

interface Entry<Holder> {
  readonly id: string;
  readonly holder: Holder;
  readonly rank: number;
}

export class AddressIndex<Holder> {
  readonly #byAddress = new Map<string, Entry<Holder>[]>();
  /** The addresses of each holder, as keys. */
  readonly #byId = new Map<string, readonly string[]>();

  /**
   * Notes a holder, instead of what was noted of it before.
   * @param ranked its addresses by rank, the highest one first; an address counts by the highest that it has
   */
  put(id: string, holder: Holder, ranked: readonly (readonly Address[])[]): void {
    this.delete(id);
    const ranks = new Map<string, number>();
    for (const [rank, addresses] of ranked.entries()) {
      for (const { sortKey } of addresses) if (!ranks.has(sortKey)) ranks.set(sortKey, rank);
    }
    this.#byId.set(id, [...ranks.keys()]);
    for (const [key, rank] of ranks) {
      const there = this.#byAddress.getOrInsertComputed(key, () => []);
      const behind = there.findIndex((entry) => entry.rank > rank);
      there.splice(behind === -1 ? there.length : behind, 0, { id, holder, rank });
    }
  }

  delete(id: string): void {
    for (const key of this.#byId.get(id) ?? []) {
      const left = this.#byAddress.get(key)!.filter((entry) => entry.id !== id);
      if (left.length > 0) this.#byAddress.set(key, left);
      else this.#byAddress.delete(key);
    }
    this.#byId.delete(id);
  }

  /** Who has an address: those of higher rank first, then those who were noted first. */
  holdersOf(address: Address): Holder[] {
    return (this.#byAddress.get(address.sortKey) ?? []).map(({ holder }) => holder);
  }
}
