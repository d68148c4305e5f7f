/** What a flow matches: the fields that Sextant uses, and their encoding as OXM (ONF TS-012, section 7.2.3). Pure. */
import { ADDRESS_BITS, type Address, type Mac, type Prefix } from '../../addressing/index.ts';
import { padded } from './message.ts';

/** Fields of a packet; those left out match anything. A field needs the fields that it is meaningful under. */
export interface Match {
  inPort?: number;
  /** The number, of 64 bits, of the sender's network that an earlier table put down. */
  network?: bigint;
  /** The target of Neighbor Discovery that an earlier table put down. */
  keptTarget?: Prefix;
  /** `group` is any multicast address, broadcast too. */
  ethernetDestination?: Mac | 'group';
  ethernetSource?: Mac;
  /** Carries an 802.1Q tag, whichever. */
  tagged?: true;
  etherType?: number;
  /** `any` is a fragment, the first one included; `not-later` is a first fragment or a whole packet. */
  fragment?: 'any' | 'none' | 'not-later';
  ipv4Source?: Prefix;
  ipv6Source?: Prefix;
  ipv6Destination?: Address;
  ipProtocol?: number;
  hopLimit?: number;
  udpSource?: number;
  udpDestination?: number;
  arpOperation?: number;
  arpSource?: Prefix;
  /** The MAC address that an ARP packet names as its sender's. */
  arpSourceMac?: Mac;
  icmpv4Type?: number;
  icmpv6Type?: number;
  icmpv6Code?: number;
  /** Of a neighbour solicitation or advertisement; unspecified when the switch cannot make sense of its options. */
  ndTarget?: Address;
  /** The source link-layer address that a neighbour solicitation names; zeros when it names none. */
  ndSource?: Mac;
  /** The target link-layer address that a neighbour advertisement names; zeros when it names none. */
  ndTargetMac?: Mac;
}

export const EtherType = {
  IPV4: 0x0800,
  ARP: 0x0806,
  IPV6: 0x86dd,
  /** 802.3 with LLC: OVS's own number. */ LLC: 0x05ff,
} as const;
export const IpProtocol = { HOP_BY_HOP: 0, ICMPV4: 1, IGMP: 2, UDP: 17, ICMPV6: 58 } as const;

const OPENFLOW_BASIC = 0x8000;
const NICIRA = 0x0001;
/**
 * Registers (ovs-fields(7)) have 32 bits: four are one of 128 bits, two are one of 64 bits. These two do not
 * overlap.
 */
const XXREG0 = 0;
const XREG2 = 2;
const XREGS = 0x8001;
const XXREGS_BEGIN = 111;
const MATCH_TYPE_OXM = 1;
const MATCH_HEADER_LENGTH = 4;
const FIELD_HEADER_LENGTH = 4;

/** Of a MAC address: set in multicast addresses. */
const GROUP_BIT = Buffer.from('010000000000', 'hex');

/** Encodes a match, padded. Fields come after those that they presuppose, as section 7.2.3.6 demands. */
export function encodeMatch(match: Match): Buffer {
  const fields = Buffer.concat(encodeFields(match));
  const header = Buffer.alloc(MATCH_HEADER_LENGTH);
  header.writeUInt16BE(MATCH_TYPE_OXM, 0);
  header.writeUInt16BE(MATCH_HEADER_LENGTH + fields.length, 2);
  return padded(Buffer.concat([header, fields]));
}

/** The length of the encoded match at the beginning of `data`, with padding. */
export function matchLength(data: Buffer): number {
  return (data.readUInt16BE(2) + 7) & ~7;
}

/** The same text for encodings of the same match, in whatever order the switch lists the fields. */
export function canonicalMatch(encoded: Buffer): string {
  const fields: string[] = [];
  const end = encoded.readUInt16BE(2);
  for (let at = MATCH_HEADER_LENGTH; at < end; ) {
    const next = at + FIELD_HEADER_LENGTH + encoded.readUInt8(at + 3);
    fields.push(encoded.toString('hex', at, next));
    at = next;
  }
  return fields.sort().join(' ');
}

function encodeFields(match: Match): Buffer[] {
  const fields: Buffer[] = [];
  const add = (id: number, value: number | undefined, bytes: 1 | 2 | 4) => {
    if (value !== undefined) fields.push(field(OPENFLOW_BASIC, id, number(value, bytes)));
  };
  const addMac = (id: number, mac: Mac | undefined) => {
    if (mac) fields.push(field(OPENFLOW_BASIC, id, macOctets(mac)));
  };
  const addPrefix = (id: number, prefix: Prefix | undefined) => {
    if (prefix && prefix.length > 0) fields.push(field(OPENFLOW_BASIC, id, ...octetsAndMask(prefix)));
  };
  add(0, match.inPort, 4);
  if (match.ethernetDestination === 'group') fields.push(field(OPENFLOW_BASIC, 3, GROUP_BIT, GROUP_BIT));
  else addMac(3, match.ethernetDestination);
  addMac(4, match.ethernetSource);
  add(5, match.etherType, 2);
  if (match.tagged) fields.push(field(OPENFLOW_BASIC, 6, number(0x1000, 2), number(0x1000, 2)));
  // NXM_NX_IP_FRAG (ovs-fields(7)): bit 0 is set on all fragments, bit 1 on all but the first.
  if (match.fragment === 'any') fields.push(field(NICIRA, 26, number(1, 1), number(1, 1)));
  if (match.fragment === 'none') fields.push(field(NICIRA, 26, number(0, 1), number(1, 1)));
  if (match.fragment === 'not-later') fields.push(field(NICIRA, 26, number(0, 1), number(2, 1)));
  addPrefix(11, match.ipv4Source);
  addPrefix(26, match.ipv6Source);
  if (match.ipv6Destination) fields.push(field(OPENFLOW_BASIC, 27, octets(match.ipv6Destination.value, 16)));
  // NXM_NX_IP_TTL: IPv6's hop limit as well.
  if (match.hopLimit !== undefined) fields.push(field(NICIRA, 29, number(match.hopLimit, 1)));
  add(10, match.ipProtocol, 1);
  add(15, match.udpSource, 2);
  add(16, match.udpDestination, 2);
  add(21, match.arpOperation, 2);
  addPrefix(22, match.arpSource);
  addMac(24, match.arpSourceMac);
  add(19, match.icmpv4Type, 1);
  add(29, match.icmpv6Type, 1);
  add(30, match.icmpv6Code, 1);
  if (match.ndTarget) fields.push(field(OPENFLOW_BASIC, 31, octets(match.ndTarget.value, 16)));
  addMac(32, match.ndSource);
  addMac(33, match.ndTargetMac);
  if (match.network !== undefined) fields.push(...registers(2 * XREG2, octets(match.network, 8)));
  if (match.keptTarget) fields.push(...registers(4 * XXREG0, ...octetsAndMask(match.keptTarget)));
  return fields;
}

/** A value in registers, the highest bits first, as the switch lists it before OpenFlow 1.5: those that matter. */
function registers(first: number, value: Buffer, mask: Buffer = Buffer.alloc(value.length, 0xff)): Buffer[] {
  return Array.from({ length: value.length / 4 }, (_, index) => {
    const [begin, end] = [4 * index, 4 * index + 4];
    const bits = mask.readUInt32BE(begin);
    if (bits === 0) return [];
    const part = bits === 0xffffffff ? undefined : mask.subarray(begin, end);
    return [field(NICIRA, first + index, value.subarray(begin, end), part)];
  }).flat();
}

/** The field that has the number of a network, with its header. */
export const networkField = (network: bigint): Buffer => field(XREGS, XREG2, octets(network, 8));

function field(oxmClass: number, id: number, value: Buffer, mask?: Buffer): Buffer {
  const payload = mask ? Buffer.concat([value, mask]) : value;
  const header = Buffer.alloc(FIELD_HEADER_LENGTH);
  header.writeUInt16BE(oxmClass, 0);
  header.writeUInt8((id << 1) | (mask ? 1 : 0), 2);
  header.writeUInt8(payload.length, 3);
  return Buffer.concat([header, payload]);
}

function number(value: number, bytes: 1 | 2 | 4): Buffer {
  const encoded = Buffer.alloc(bytes);
  encoded.writeUIntBE(value, 0, bytes);
  return encoded;
}

function macOctets({ value }: Mac): Buffer {
  return octets(value, 6);
}

/** A prefix as OXM has it: its network, and a mask unless that is all ones. */
function octetsAndMask({ network, length, family }: Prefix): [value: Buffer, mask?: Buffer] {
  const bits = ADDRESS_BITS[family];
  const value = octets(network.value, bits / 8);
  if (length === bits) return [value];
  return [value, octets(((1n << BigInt(length)) - 1n) << BigInt(bits - length), bits / 8)];
}

function octets(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
}

/** The headers of the field of a target, as the switch lists it in actions, and of where it is kept. */
export const TARGET_HEADER = (NICIRA << 16) | (23 << 9) | 16;
export const KEPT_TARGET_HEADER = (NICIRA << 16) | ((XXREGS_BEGIN + XXREG0) << 9) | 16;
