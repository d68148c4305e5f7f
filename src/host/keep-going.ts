/** The last resort of a process that instances send to: what nobody foresaw must not end it for all of them. */
import type { Logger } from 'pino';
import { TokenBucket } from '../base/index.ts';
import type { Registry } from '../metrics/index.ts';

/** Lines of log at once, and milliseconds until one more. */
const LINES = { burst: 10, everyMs: 1_000 } as const;

/**
 * Has errors that nothing caught logged and counted, and everything else go on.
 * @returns how to end it
 */
export function keepGoing(metrics: Registry, log: Logger): () => void {
  const lines = new TokenBucket(LINES.burst, LINES.everyMs);
  const count = metrics.counter({
    name: 'sextant_uncaught_errors_total',
    help: 'Errors that nothing in the host process caught: each is a fault in it.',
  });
  const note = (error: unknown): void => {
    count.increment();
    if (lines.take()) log.error({ err: error }, 'an error that nothing caught: the host goes on');
  };
  process.on('uncaughtException', note).on('unhandledRejection', note);
  return () => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  };
}
