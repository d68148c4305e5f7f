/** What flows do with packets, on the wire: OpenFlow's own actions (ONF TS-012, 7.2.5) and Open vSwitch's. Pure. */
import { KEPT_TARGET_HEADER, TARGET_HEADER, ZONE_HEADER } from './match.ts';
import { padded } from './message.ts';

const OUTPUT = 0;
const [PUSH_VLAN, POP_VLAN, SET_FIELD] = [17, 18, 25];
/** Of an 802.1Q tag. */
const TAG_TYPE = 0x8100;
/** Actions of Open vSwitch's own (nicira-ext.h, ovs-actions(7)). */
const VENDOR_ACTION = 0xffff;
const NICIRA_VENDOR = 0x2320;
const MOVE = 6;
const CONNECTION_TRACKING = 35;
const COMMIT = 1;
/** Of the register that has it, the lowest. */
const ZONE_BITS = 16;
const LOAD = 33;
/** Of what actions of Open vSwitch's own begin with. */
const VENDOR_HEADER = 10;

/** The action that puts a value into a field, whose header the field brings along. */
export function setField(field: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(SET_FIELD, 0);
  const action = padded(Buffer.concat([header, field]));
  action.writeUInt16BE(action.length, 2);
  return action;
}

/** The same for some bits of a field, whose mask is behind its value: OpenFlow has that from 1.5 on. */
export function setSome(field: Buffer): Buffer {
  const action = vendorAction(LOAD, (VENDOR_HEADER + field.length + 7) & ~7);
  action.set(field, VENDOR_HEADER);
  return action;
}

/** The action that puts a tag on, whose VLAN is set then. */
export function pushVlan(): Buffer {
  const action = plainAction(PUSH_VLAN);
  action.writeUInt16BE(TAG_TYPE, 4);
  return action;
}

/** The action that takes the tag off. */
export const popVlan = (): Buffer => plainAction(POP_VLAN);

function plainAction(type: number): Buffer {
  const action = Buffer.alloc(8);
  action.writeUInt16BE(type, 0);
  action.writeUInt16BE(action.length, 2);
  return action;
}

/**
 * The action that sends a packet out of a port.
 * @param maximumLength how much of it, where the port is the controller
 */
export function encodeOutput(port: number, maximumLength = 0): Buffer {
  const action = Buffer.alloc(16);
  action.writeUInt16BE(OUTPUT, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(port, 4);
  action.writeUInt16BE(maximumLength, 8);
  return action;
}

/** Open vSwitch's `ct(table=N)`, without a commit: the packet goes on in the table, and no connection is kept. */
export function lookAgain(table: number): Buffer {
  const action = vendorAction(CONNECTION_TRACKING);
  action.writeUInt8(table, 18);
  return action;
}

/**
 * Open vSwitch's `ct(zone=...,table=N)`, in the zone that an earlier table put down; to remember is to commit.
 */
export function trackConnection(table: number, how: 'look' | 'remember'): Buffer {
  const action = lookAgain(table);
  if (how === 'remember') action.writeUInt16BE(COMMIT, 10);
  action.writeUInt32BE(ZONE_HEADER, 12);
  action.writeUInt16BE(ZONE_BITS - 1, 16);
  return action;
}

/** Open vSwitch's `move`, of all bits of a target. */
export function moveTarget(): Buffer {
  const action = vendorAction(MOVE);
  action.writeUInt16BE(128, 10);
  action.writeUInt32BE(TARGET_HEADER, 16);
  action.writeUInt32BE(KEPT_TARGET_HEADER, 20);
  return action;
}

/** An action of Open vSwitch's own, to be completed. */
export function vendorAction(subtype: number, length = 24): Buffer {
  const action = Buffer.alloc(length);
  action.writeUInt16BE(VENDOR_ACTION, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(NICIRA_VENDOR, 4);
  action.writeUInt16BE(subtype, 8);
  return action;
}
