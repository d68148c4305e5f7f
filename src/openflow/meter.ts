/** Meters of a switch: they drop what comes faster than their rate (ONF TS-012, sections 6.6, 7.3.4.4 and 7.3.5.13). Pure. */

import { encodeOpenFlowMessage, MessageType } from './message.ts';

/** What a meter lets through. */
export interface Meter {
  /** Packets in a second. */
  readonly rate: number;
  /** Packets at once, when it was idle before. */
  readonly burst: number;
}

/** ofp_meter_mod_command. */
const MeterCommand = { ADD: 0, MODIFY: 1, DELETE: 2 } as const;

/** OFPM_CONTROLLER: the meter that all packets on their way to controllers pass, when there is one (section 7.3.4.5). */
export const CONTROLLER_METER = 0xfffffffe;

/** Rates are packets in a second, bands have bursts. */
const PACKETS_WITH_BURST = 0x2 | 0x4;
const ALL_METERS = 0xffffffff;
const DROP_BAND = 1;
const BAND_LENGTH = 16;
const CONFIGURATION_LENGTH = 8;
/** Of a meter's statistics without those of its bands. */
const STATISTICS_LENGTH = 40;

/** What to change so that a switch has the wanted meters, by number. */
export interface MeterDifference {
  readonly add: ReadonlyMap<number, Meter>;
  readonly modify: ReadonlyMap<number, Meter>;
  readonly remove: ReadonlySet<number>;
}

/** Compares the meters that a switch has with those that it should have. */
export function compareMeters(
  present: ReadonlyMap<number, Meter>,
  wanted: ReadonlyMap<number, Meter>,
): MeterDifference {
  const differs = (number: number, { rate, burst }: Meter) => {
    const there = present.get(number);
    return there !== undefined && (there.rate !== rate || there.burst !== burst);
  };
  return {
    add: new Map([...wanted].filter(([number]) => !present.has(number))),
    modify: new Map([...wanted].filter(([number, meter]) => differs(number, meter))),
    remove: new Set([...present.keys()].filter((number) => !wanted.has(number))),
  };
}

/**
 * The messages that carry out a difference: what flows need, and what no flow needs any more. A switch removes the
 * flows of a meter with it, so flows are to be changed between the two.
 * @param transaction gives each message its number
 */
export function encodeMeterMods(
  { add, modify, remove }: MeterDifference,
  transaction: () => number,
): { before: Buffer[]; after: Buffer[] } {
  const message = (body: Buffer) => encodeOpenFlowMessage(MessageType.METER_MOD, transaction(), body);
  return {
    before: [
      ...Array.from(add, ([number, meter]) => message(encodeMeterMod(MeterCommand.ADD, number, meter))),
      ...Array.from(modify, ([number, meter]) => message(encodeMeterMod(MeterCommand.MODIFY, number, meter))),
    ],
    after: Array.from(remove, (number) => message(encodeMeterMod(MeterCommand.DELETE, number))),
  };
}

/** The body of a modification; DELETE needs no meter. */
function encodeMeterMod(command: number, number: number, meter?: Meter): Buffer {
  const body = Buffer.alloc(8 + (meter ? BAND_LENGTH : 0));
  body.writeUInt16BE(command, 0);
  body.writeUInt16BE(PACKETS_WITH_BURST, 2);
  body.writeUInt32BE(number, 4);
  if (meter !== undefined) {
    body.writeUInt16BE(DROP_BAND, 8);
    body.writeUInt16BE(BAND_LENGTH, 10);
    body.writeUInt32BE(meter.rate, 12);
    body.writeUInt32BE(meter.burst, 16);
  }
  return body;
}

/** The body of a request for the configuration, or the statistics, of all meters. */
export function encodeMetersRequest(): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(ALL_METERS, 0);
  return body;
}

/** What each of the meters in the body of an answer to a request for their statistics has dropped (ofp_meter_stats). */
export function decodeMeterDrops(body: Buffer): Map<number, number> {
  const drops = new Map<number, number>();
  for (let at = 0; at < body.length; at += body.readUInt16BE(at + 4)) {
    const hasBand = body.readUInt16BE(at + 4) > STATISTICS_LENGTH;
    drops.set(body.readUInt32BE(at), hasBand ? Number(body.readBigUInt64BE(at + STATISTICS_LENGTH)) : 0);
  }
  return drops;
}

/** The meters in the body of an answer to that, by number; of those of another kind than ours the rate is 0. */
export function decodeMeters(body: Buffer): Map<number, Meter> {
  const meters = new Map<number, Meter>();
  for (let at = 0; at < body.length; at += body.readUInt16BE(at)) {
    const ours = body.readUInt16BE(at) === CONFIGURATION_LENGTH + BAND_LENGTH;
    const band = at + CONFIGURATION_LENGTH;
    meters.set(body.readUInt32BE(at + 4), {
      rate: ours ? body.readUInt32BE(band + 4) : 0,
      burst: ours ? body.readUInt32BE(band + 8) : 0,
    });
  }
  return meters;
}
