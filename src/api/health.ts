/** Whether the service can do its work, part by part. The API knows no part: whoever starts it brings the checks. */
import { setTimeout as delay } from 'node:timers/promises';

/** How one part is. */
export type PartHealth =
  | {
      readonly ok: true;
      /** What there is to know all the same. */
      readonly note?: string;
    }
  | {
      readonly ok: false;
      /** Why the part cannot do its work. */
      readonly reason: string;
    };

/** A part of the service that may be well or not. */
export interface ReadinessCheck {
  /** As the answer to `GET /readyz` calls the part. */
  readonly name: string;
  /** @throws Error whose message says why the part cannot do its work, just as well */
  check(): Promise<PartHealth>;
}

/** What takes longer is not well: whoever asks must have an answer. */
const PATIENCE_MS = 2_000;

/**
 * What comes of some work, or `otherwise` when that takes too long.
 * @throws what the work throws in time
 */
export async function patiently<T>(
  work: Promise<T>,
  otherwise: T,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const end = new AbortController();
  const late = delay(patienceMs, otherwise, { signal: end.signal });
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}

async function healthOf({ check }: ReadinessCheck, patienceMs: number): Promise<PartHealth> {
  try {
    const late: PartHealth = { ok: false, reason: `no answer within ${patienceMs} ms` };
    return await patiently(check(), late, patienceMs);
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Asks all parts at once. */
export async function readiness(
  checks: readonly ReadinessCheck[],
  patienceMs = PATIENCE_MS,
): Promise<{ ready: boolean; parts: Record<string, PartHealth> }> {
  const healths = await Promise.all(checks.map((check) => healthOf(check, patienceMs)));
  return {
    ready: healths.every(({ ok }) => ok),
    parts: Object.fromEntries(checks.map(({ name }, index) => [name, healths[index]!])),
  };
}
