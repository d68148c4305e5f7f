/** Waiting for a state of affairs that nothing announces: never for a fixed time. */
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two looks. */
const INTERVAL_MS = 20;

/**
 * Waits until a condition holds. One that throws does not hold yet: a file or socket that is looked at may not be there.
 * @param what completes the sentence of the error: it is still not so that ...
 * @throws when it does not hold within `seconds`, with what the condition threw last as the cause
 */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 60,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  let cause: unknown;
  for (;;) {
    try {
      cause = undefined;
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`after ${seconds} s still not: ${what}`, { cause });
    await pause(INTERVAL_MS);
  }
}
