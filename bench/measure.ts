/** Timed runs of asynchronous work. */
import { type Summary, summarise } from './statistics.ts';

/** Work that is done `count` times by `clients` at a time, each beginning anew when it is done. */
export interface Load {
  readonly count: number;
  readonly clients: number;
  /** Stops between two pieces of work. */
  readonly signal: AbortSignal;
}

/** Runs `work` with the numbers from 0, and sums up how long each took. */
export async function measure(load: Load, work: (index: number) => Promise<unknown>): Promise<Summary> {
  const samples: number[] = [];
  const started = performance.now();
  await forEach(load, async (index) => {
    const begun = performance.now();
    await work(index);
    samples.push(performance.now() - begun);
  });
  return summarise(samples, performance.now() - started);
}

/** Runs `work` with the numbers from 0; the first error ends all. */
export async function forEach(load: Load, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  let failed = false;
  const client = async (): Promise<void> => {
    while (next < load.count && !failed) {
      load.signal.throwIfAborted();
      try {
        await work(next++);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(load.clients, load.count) }, client));
}
