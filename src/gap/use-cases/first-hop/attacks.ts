/** Attacks as evidence: crafted frames that must not arrive, and the same from where nothing stops them. */

import type { Capture, InstanceInterface } from '../../../lab/index.ts';
import type { Frame } from '../../../packets/index.ts';
import type { NamedShipment, Shipment } from '../../kit/index.ts';

/** One attack: frames that belong together. */
export interface Attack {
  readonly what: string;
  /** None of them must arrive. */
  readonly frames: readonly Frame[];
  /** Sent after them, and nothing without them: fragments of which the first one is missing. */
  readonly rest?: readonly Frame[];
}

/** Attacks by their kind. */
export type Attacks = Readonly<Record<string, readonly Attack[]>>;

/** Attacks of one kind on their way. */
export interface Wave {
  readonly kind: string;
  readonly shipments: readonly NamedShipment[];
  /** Frames to be sent with them. */
  readonly rest: readonly Shipment[];
}

/** What it takes to send attacks from a device, and to look for them at a capture. */
export function wavesOf(attacks: Attacks, from: InstanceInterface, to: Capture): Wave[] {
  return Object.entries(attacks).map(([kind, ofKind]) => ({
    kind,
    shipments: ofKind.flatMap(({ what, frames }) => frames.map((frame) => ({ what, from, frame, to }))),
    rest: ofKind.flatMap(({ rest = [] }) => rest.map((frame) => ({ from, frame, to }))),
  }));
}

/** All that the waves send. */
export const framesOf = (waves: readonly Wave[]): Shipment[] =>
  waves.flatMap(({ shipments, rest }) => [...shipments, ...rest]);

/** Milliseconds between two rounds of `whileSending`. */
const REPEAT_MS = 50;

/** Does something while a device sends frames again and again. */
export async function whileSending<T>(
  from: InstanceInterface,
  frames: readonly Frame[],
  act: () => Promise<T>,
): Promise<T> {
  from.send(...frames);
  const timer = setInterval(() => from.send(...frames), REPEAT_MS);
  try {
    return await act();
  } finally {
    clearInterval(timer);
  }
}
