/** Commands that Ctrl-C ends in order. */
import { InterruptedError } from './errors.ts';

/**
 * Runs something that cleans up after itself when SIGINT or SIGTERM ends it early.
 * @param run gets the signal that is aborted then, with an `InterruptedError` as reason
 */
export async function interruptible<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = () =>
    controller.abort(
      new InterruptedError('Interrupted. What was made has been removed, but for what is named above.'),
    );
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
