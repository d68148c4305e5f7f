/** What the binder of addresses does to others, and the time that it goes by. */

/** What claims of addresses lead to. */
export interface BinderEffects {
  /**
   * Sends an Ethernet frame to the instance of a port, or into its network as if the instance had sent it.
   * @returns whether the instance is here
   */
  readonly send: (portId: string, to: 'instance' | 'network', frame: Uint8Array) => boolean;
  /** Has the guard follow what is bound to a port; resolves when it does. */
  readonly apply: (portId: string) => Promise<void>;
}

/** Milliseconds on a clock that never goes back, and how to let some pass. */
export interface Time {
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}
