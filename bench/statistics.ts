/** What a benchmark's samples say. */
export interface Summary {
  readonly samples: number;
  /** Milliseconds. */
  readonly median: number;
  /** Milliseconds that 95 of 100 samples do not exceed. */
  readonly p95: number;
  readonly p99: number;
  /** Finished in a second, over all clients; undefined where samples did not follow each other. */
  readonly perSecond?: number;
  /** Milliseconds of CPU that each took of processes on this machine, by their names. */
  readonly cpu?: Readonly<Record<string, number>>;
  /** Resident memory (MiB) of processes of a host that joined, by their names, when it was done. */
  readonly hostMemory?: Readonly<Record<string, number>>;
  /** What a server that does nothing else has made of the same load, in turns with this. */
  readonly floor?: Summary;
}

/**
 * @param samples milliseconds, at least one
 * @param elapsed milliseconds from the first's start to the last's end, for a rate
 */
export function summarise(samples: readonly number[], elapsed?: number): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    samples: sorted.length,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    ...(elapsed !== undefined && { perSecond: (sorted.length * 1000) / elapsed }),
  };
}

/** The quantile with linear interpolation between neighbours (type 7 of Hyndman and Fan 1996). */
export function quantile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) throw new RangeError('There are no samples.');
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
