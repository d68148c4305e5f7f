/** Flows that Open vSwitch makes by itself, as others tell it: who is heard from where. Pure. */
import type { Family } from '../addressing/index.ts';
import { vendorAction } from './actions.ts';
import {
  ETHERNET_DESTINATION_FIELD,
  ETHERNET_SOURCE_FIELD,
  type FieldHeader,
  IN_PORT_FIELD,
  TUNNEL_KEY_FIELD,
  tunnelEndHeader,
} from './match.ts';
import { padded } from './message.ts';

const LEARN = 45;
/** The bit of the cookies of flows that the switch has learned; the key is above the lower 32 bits. */
const LEARNED = 0x400;
const EVERY_BIT = 0xffff_ffff_ffff_ffffn;

/**
 * Open vSwitch makes flows by itself (`learn` in ovs-actions(7)): whatever goes to the Ethernet address that this packet
 * is from, in the tunnel with this key, is sent to where it came from.
 */
export interface Learning {
  /** Where the flows are made; of what was learned there for one key there is a limited number. */
  table: number;
  priority: number;
  /** Of the addresses of tunnels' ends. */
  family: Family;
  key: number;
  /** Seconds after which what was not seen again is forgotten. */
  seconds: number;
  most: number;
}

/** Which learned flows: all, or those that were learned for a key in a table. */
export type Learned = 'all' | Pick<Learning, 'table' | 'key'>;

/** Whether a flow is one that the switch has learned. */
export const isLearned = (cookie: number): boolean => (cookie & LEARNED) !== 0;

const learnedCookie = (key: number): bigint => (BigInt(key) << 32n) | BigInt(LEARNED);

/** How learned flows are known: by their table, all tables when left out, and those bits of their cookies. */
export function learnedCookies(learned: Learned): { table?: number; cookie: bigint; mask: bigint } {
  return learned === 'all'
    ? { cookie: BigInt(LEARNED), mask: BigInt(LEARNED) }
    : { table: learned.table, cookie: learnedCookie(learned.key), mask: EVERY_BIT };
}

/** What of a learned flow a specification is about (nicira-ext.h, NXAST_LEARN), in bits 11 and 12 of its header. */
const Specification = { MATCH: 0, LOAD: 1, OUTPUT: 2 } as const;

/** Open vSwitch's `learn`, with a limit. */
export function encodeLearning({ table, priority, family, key, seconds, most }: Learning): Buffer {
  const fixed = vendorAction(LEARN, 40);
  fixed.writeUInt16BE(seconds, 12); // hard_timeout, from when it was last learned
  fixed.writeUInt16BE(priority, 14);
  fixed.writeBigUInt64BE(learnedCookie(key), 16);
  fixed.writeUInt8(table, 26);
  fixed.writeUInt32BE(most, 32);
  const action = padded(
    Buffer.concat([
      fixed,
      specification(Specification.MATCH, TUNNEL_KEY_FIELD, TUNNEL_KEY_FIELD),
      specification(Specification.MATCH, ETHERNET_SOURCE_FIELD, ETHERNET_DESTINATION_FIELD),
      specification(
        Specification.LOAD,
        tunnelEndHeader('source', family),
        tunnelEndHeader('destination', family),
      ),
      specification(Specification.OUTPUT, IN_PORT_FIELD),
    ]),
  );
  action.writeUInt16BE(action.length, 2);
  return action;
}

/** All bits of a field of the packet, matched with, or put into, a field of those that the learned flow is about. */
function specification(kind: number, from: FieldHeader, to?: FieldHeader): Buffer {
  const fields = to === undefined ? [from] : [from, to];
  const encoded = Buffer.alloc(2 + 6 * fields.length);
  encoded.writeUInt16BE((kind << 11) | from.bits, 0);
  for (const [index, { header }] of fields.entries()) encoded.writeUInt32BE(header, 2 + 6 * index);
  return encoded;
}
