/** What a use case saw. */
export interface Evidence {
  /** What was tried: `red's instance pings blue's`. */
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
  /** The use case is about just this: it does not work when this fails. */
  readonly core?: boolean;
  /** File with the captured frames, relative to the run's output directory. */
  readonly pcap?: string;
}
