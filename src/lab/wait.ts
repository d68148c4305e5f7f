/** Waiting for a state of affairs that nothing announces. */
import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL = 25;

/**
 * Looks again and again until `look` gives something other than undefined or false, and gives that; undefined when
 * `milliseconds` pass first. It looks at least once, and a last time at the end.
 */
export async function waitUntil<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds: number,
): Promise<T | undefined> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const last = performance.now() >= deadline;
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (last) return undefined;
    await pause(Math.max(0, Math.min(INTERVAL, deadline - performance.now())));
  }
}
