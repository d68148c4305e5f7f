/** Units that failed, and when they are tried again. */
import { type Failure, type FailureLog, publicReason } from './failure.ts';
import type { UnitName } from './plan.ts';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 300_000;

interface Retry {
  readonly failure: Failure;
  readonly dueAt: number;
}

/** Units that failed, and when each is tried again: after a second, then twice as long each time. */
export class Retries {
  readonly #retries = new Map<UnitName, Retry>();
  readonly #log: FailureLog | undefined;

  /** @param log is told of failures, changed reasons and recoveries, not of each attempt */
  constructor(log?: FailureLog) {
    this.#log = log;
  }

  /** @param now milliseconds of any clock that the other methods are given too */
  failed(unit: UnitName, error: Error, now: number): Failure {
    const known = this.#retries.get(unit)?.failure;
    const failure: Failure = {
      unit,
      reason: error.message,
      publicReason: publicReason(error),
      since: known?.since ?? Date.now(),
      attempts: (known?.attempts ?? 0) + 1,
    };
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failure.attempts - 1));
    this.#retries.set(unit, { failure, dueAt: now + delay });
    if (failure.publicReason !== known?.publicReason) this.#log?.failed(failure);
    return failure;
  }

  succeeded(unit: UnitName): void {
    if (this.#retries.delete(unit)) this.#log?.recovered(unit);
  }

  /** Takes over failures of others. Those that are new here are due at once: they may have healed meanwhile. */
  takeOver(failures: readonly Failure[], now: number): void {
    for (const failure of failures) {
      if (!this.#retries.has(failure.unit)) this.#retries.set(failure.unit, { failure, dueAt: now });
    }
  }

  has(unit: UnitName): boolean {
    return this.#retries.has(unit);
  }

  due(now: number): UnitName[] {
    return [...this.#retries].filter(([, { dueAt }]) => dueAt <= now).map(([unit]) => unit);
  }

  /** Milliseconds until the next unit is due; Infinity when there is none. */
  untilDue(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#retries.values()) next = Math.min(next, dueAt);
    return Math.max(0, next - now);
  }

  /** The units that are not as the store wants them. */
  get failures(): Failure[] {
    return Array.from(this.#retries.values(), ({ failure }) => failure);
  }
}
