/** Which of the captured frames a report keeps in itself: few enough to be read and sent, without repetitions. */
import { encodePcap, type Observation } from '../../lab/index.ts';

/** A frame in a report. */
export interface KeptFrame {
  /** Seconds since 1970, with nine decimals. */
  readonly time: string;
  /** Whether the device captured on sent or received it. */
  readonly way: 'sent' | 'received';
  /** From the destination MAC on, in base64. */
  readonly octets: string;
}

/** What a report keeps of a capture. */
export interface KeptFrames {
  readonly frames: readonly KeptFrame[];
  /** How many more were captured: repetitions, and what came when there was no room any more. */
  readonly more: number;
}

const MOST_FRAMES = 60;
const MOST_OCTETS = 24_576;
const SECOND_NS = 1_000_000_000n;

/** The first frames that differ from each other and have room. */
export function keepFrames(observations: readonly Observation[]): KeptFrames {
  const frames = new Map<string, KeptFrame>();
  let room = MOST_OCTETS;
  for (const { time, outgoing, octets } of observations) {
    const text = octets.toBase64();
    if (frames.has(text) || frames.size === MOST_FRAMES || octets.length > room) continue;
    room -= octets.length;
    frames.set(text, { time: secondsText(time), way: outgoing ? 'sent' : 'received', octets: text });
  }
  return { frames: [...frames.values()], more: observations.length - frames.size };
}

/** Kept frames as a pcap file. */
export const pcapOfKept = (frames: readonly KeptFrame[]): Buffer =>
  encodePcap(
    frames.map(({ time, octets }) => {
      return { time: BigInt(time.replace('.', '')), octets: Uint8Array.fromBase64(octets) };
    }),
  );

const secondsText = (time: bigint): string =>
  `${time / SECOND_NS}.${String(time % SECOND_NS).padStart(9, '0')}`;
