/** Units that failed, and when they are tried again. */
import type { UnitName } from './plan.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 300_000;

/** A unit that could not be applied. */
export interface Failure {
  readonly unit: UnitName;
  readonly reason: string;
  readonly attempts: number;
}

/** Units that failed, and when each is tried again: after a second, then twice as long each time. */
export class Retries {
  readonly #failures = new Map<UnitName, Failure & { readonly dueAt: number }>();

  /** @param now milliseconds of any clock that the other methods are given too */
  failed(unit: UnitName, reason: string, now: number): Failure {
    const attempts = (this.#failures.get(unit)?.attempts ?? 0) + 1;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
    const failure = { unit, reason, attempts, dueAt: now + delay };
    this.#failures.set(unit, failure);
    return failure;
  }

  succeeded(unit: UnitName): void {
    this.#failures.delete(unit);
  }

  due(now: number): UnitName[] {
    return [...this.#failures.values()].filter(({ dueAt }) => dueAt <= now).map(({ unit }) => unit);
  }

  /** Milliseconds until the next unit is due; Infinity when there is none. */
  untilDue(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#failures.values()) next = Math.min(next, dueAt);
    return Math.max(0, next - now);
  }

  /** The units that are not as the store wants them. */
  get failures(): Failure[] {
    return Array.from(this.#failures.values(), ({ unit, reason, attempts }) => ({ unit, reason, attempts }));
  }
}
