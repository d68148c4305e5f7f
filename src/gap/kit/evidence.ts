/** What a use case saw. */
import type { KeptFrames } from './kept-frames.ts';

/** A file's name, without its ending, for the frames of evidence. */
export const fileOf = ({ what }: Pick<Evidence, 'what'>): string => what.replaceAll(/\W+/g, '-');

/** One thing that was tried. */
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
  /** The frames that show it. */
  readonly capture?: KeptFrames;
}
