/** Programs that run until a signal ends them, also while they are still starting. */
import type { Logger } from 'pino';

/** Something that runs. */
interface Running {
  stop(): Promise<void>;
}

/** What a start may take to end in order once it is to end. */
const GRACE_MS = 5_000;

/**
 * A promise of the first SIGINT or SIGTERM. A second one ends the process at once: whatever was acknowledged is on
 * disk, and its children end with it, or are adopted by the next one.
 */
export function stopRequested(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

/**
 * Starts something, and stops it when a signal comes. A start that hangs then is left as it is: the process ends, and
 * its children with it, or they are adopted by the next one.
 * @param start gives up when its signal is aborted, if it can
 * @param started is told when it runs
 */
export async function untilStopped<T extends Running>(
  log: Logger,
  start: (signal: AbortSignal) => Promise<T>,
  started: (running: T) => void = () => {},
): Promise<void> {
  const stop = stopRequested();
  const giveUp = new AbortController();
  const starting = start(giveUp.signal);
  const first = await Promise.race([starting, stop]);
  if (typeof first !== 'string') {
    started(first);
    log.info({ signal: await stop }, 'stopping');
    await first.stop();
    return;
  }
  log.info({ signal: first }, 'stopping before all has started');
  setTimeout(() => {
    log.warn('what was starting does not end in order: it is left as it is');
    process.exit(1);
  }, GRACE_MS).unref();
  giveUp.abort();
  await starting.then(
    (running) => running.stop(),
    (error) => log.debug({ err: error }, 'the start was given up'),
  );
}
