/** The second door of the part: how much is measured, for the command, which loads what measures when it is called. */
export interface Sizes {
  /** Ports that each create, show and delete benchmark handles. */
  readonly ports: number;
  /** Ports in a bulk request. */
  readonly bulk: number;
  /** Ports in the lists. */
  readonly lists: readonly number[];
  /** Instances that are pinged. */
  readonly pings: number;
  /** Seconds that load goes on for. */
  readonly seconds: number;
}

export const USUAL_SIZES: Sizes = { ports: 200, bulk: 500, lists: [1000, 10_000], pings: 20, seconds: 5 };
