/** Crafted frames as evidence: who sends them, and where they arrive. */

import { type Capture, type InstanceInterface, type Observation, waitUntil } from '../../lab/index.ts';
import { encodeFrame, type Frame } from '../../packets/index.ts';
import type { Evidence } from './evidence.ts';

/** A frame that one device sends, to be looked for at another. */
export interface Shipment {
  readonly from: Pick<InstanceInterface, 'send'>;
  readonly frame: Frame;
  readonly to: Capture;
}

/** A shipment that evidence can name. */
export interface NamedShipment extends Shipment {
  readonly what: string;
}

const ROUNDS = 2;
/** What was sent before a change of rules took effect is lost: it is sent anew. */
const ATTEMPTS = 12;
const ATTEMPT_MS = 250;

/**
 * Sends frames and gives those that arrive, to the last octet as they were sent.
 *
 * Silence means something only while other frames get through. So all are sent, those in doubt first, and when those
 * that are to arrive have arrived, all are sent once more. When these have arrived for the second time, what else is
 * on its way has had a whole round to arrive as well.
 */
export async function arrivals<S extends Shipment>(
  toArrive: readonly S[],
  inDoubt: readonly S[],
): Promise<ReadonlySet<S>> {
  const all = [...inDoubt, ...toArrive];
  const octets = new Map(all.map((shipment) => [shipment, encodeFrame(shipment.frame)]));
  const seenBefore = new Map(all.map(({ to }) => [to, to.observations.length]));
  const timesArrived = (shipment: S): number => {
    const sent = octets.get(shipment)!;
    return shipment.to.observations
      .slice(seenBefore.get(shipment.to))
      .filter((seen) => !seen.outgoing && Buffer.compare(seen.octets, sent) === 0).length;
  };
  for (let round = 1; round <= ROUNDS; round++) {
    let awaited = all;
    for (let attempt = 0; attempt < ATTEMPTS && awaited.length > 0; attempt++) {
      for (const { from, frame } of awaited) from.send(frame);
      const missing = () => toArrive.filter((shipment) => timesArrived(shipment) < round);
      await waitUntil(() => missing().length === 0, ATTEMPT_MS);
      awaited = missing();
    }
  }
  await Promise.all([...seenBefore.keys()].map((capture) => capture.settle()));
  return new Set(all.filter((shipment) => timesArrived(shipment) > 0));
}

/** Picks the frames of shipments out of a capture. */
export function framesOfShipments(shipments: readonly Shipment[]): (observation: Observation) => boolean {
  const sent = new Set(shipments.map(({ frame }) => encodeFrame(frame).toBase64()));
  return ({ octets }) => sent.has(octets.toBase64());
}

/** Which of the frames arrived, as evidence: all should, or none. */
export function arrivalEvidence(
  what: string,
  shipments: readonly NamedShipment[],
  arrived: ReadonlySet<Shipment>,
  wanted: 'all' | 'none',
): Evidence {
  const surprises = shipments.filter((shipment) => arrived.has(shipment) !== (wanted === 'all'));
  const names = [...new Set(surprises.map(({ what }) => what))].join(', ');
  const count = shipments.filter((shipment) => arrived.has(shipment)).length;
  return {
    what,
    expected: `${wanted} of ${shipments.length} frames arrive`,
    seen: `${count} arrive${names && `: ${wanted === 'all' ? 'not ' : ''}${names}`}`,
    ok: surprises.length === 0,
    core: true,
  };
}
