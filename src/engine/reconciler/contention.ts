/** Who keeps changing what the engine puts right: such units are left alone for a while. */
import type { UnitName } from './plan.ts';

/** A unit that is repaired more often than this in this time is a bone of contention: its repair is put off. */
const LIMIT = { repairs: 20, withinMs: 10_000 };

/** Counts how often each unit is repaired: somebody else may change its rows back again and again. */
export class Contention {
  readonly #repairs = new Map<UnitName, number>();
  #windowEndsAt = 0;

  /**
   * A unit is about to be repaired.
   * @param now milliseconds
   * @returns how often it has been lately, and whether that is too often
   */
  repair(unit: UnitName, now: number): { repairs: number; isTooOften: boolean } {
    if (now >= this.#windowEndsAt) {
      this.#repairs.clear();
      this.#windowEndsAt = now + LIMIT.withinMs;
    }
    const repairs = (this.#repairs.get(unit) ?? 0) + 1;
    this.#repairs.set(unit, repairs);
    return { repairs, isTooOften: repairs > LIMIT.repairs };
  }
}
