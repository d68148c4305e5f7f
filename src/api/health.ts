/** Whether the service can do its work, part by part. The API knows no part: whoever starts it brings the checks. */
import { setTimeout as delay } from 'node:timers/promises';

/** A part of the service that may be well or not. */
export interface HealthCheck {
  /** As the answer to `GET /readyz` calls the part. */
  readonly name: string;
  /**
   * @returns why the part cannot do its work; undefined when it can
   * @throws Error whose message says why, just as well
   */
  check(): Promise<string | undefined>;
}

/** How one part is. */
export interface Health {
  readonly ok: boolean;
  readonly reason?: string;
}

/** What takes longer is not well: whoever asks must have an answer. */
const PATIENCE_MS = 2_000;

async function healthOf({ check }: HealthCheck, patienceMs: number): Promise<Health> {
  const end = new AbortController();
  const late = delay(patienceMs, `no answer within ${patienceMs} ms`, { signal: end.signal });
  late.catch(() => {});
  try {
    const reason = await Promise.race([check(), late]);
    return reason === undefined ? { ok: true } : { ok: false, reason };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    end.abort();
  }
}

/** Asks all parts at once. */
export async function readiness(
  checks: readonly HealthCheck[],
  patienceMs = PATIENCE_MS,
): Promise<{ ready: boolean; parts: Record<string, Health> }> {
  const healths = await Promise.all(checks.map((check) => healthOf(check, patienceMs)));
  return {
    ready: healths.every(({ ok }) => ok),
    parts: Object.fromEntries(checks.map(({ name }, index) => [name, healths[index]!])),
  };
}
