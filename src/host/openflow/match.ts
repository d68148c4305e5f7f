/** What a flow matches: the fields that Sextant uses, and their encoding as OXM (ONF TS-012, section 7.2.3). Pure. */
import type { Address, Mac, Prefix } from '../../addressing/index.ts';
import { padded } from './message.ts';

/** Fields of a packet; those left out match anything. A field needs the fields that it is meaningful under. */
export interface Match {
  inPort?: number;
  ethernetSource?: Mac;
  /** Carries an 802.1Q tag, whichever. */
  tagged?: true;
  etherType?: number;
  /** `any` is a fragment, the first one included; `not-later` is a first fragment or a whole packet. */
  fragment?: 'any' | 'not-later';
  ipv6Source?: Prefix;
  ipProtocol?: number;
  hopLimit?: number;
  udpSource?: number;
  udpDestination?: number;
  icmpv4Type?: number;
  icmpv6Type?: number;
  icmpv6Code?: number;
  /** Of a neighbour solicitation or advertisement; unspecified when the switch cannot make sense of its options. */
  ndTarget?: Address;
  /** The source link-layer address that a neighbour solicitation names; zeros when it names none. */
  ndSource?: Mac;
}

export const EtherType = {
  IPV4: 0x0800,
  IPV6: 0x86dd,
  /** 802.3 with LLC: OVS's own number. */ LLC: 0x05ff,
} as const;
export const IpProtocol = { HOP_BY_HOP: 0, ICMPV4: 1, UDP: 17, ICMPV6: 58 } as const;

const OPENFLOW_BASIC = 0x8000;
const NICIRA = 0x0001;
const MATCH_TYPE_OXM = 1;
const MATCH_HEADER_LENGTH = 4;
const FIELD_HEADER_LENGTH = 4;

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
  const add = (value: number | undefined, id: number, bytes: 1 | 2 | 4) => {
    if (value !== undefined) fields.push(field(OPENFLOW_BASIC, id, number(value, bytes)));
  };
  add(match.inPort, 0, 4);
  if (match.ethernetSource) fields.push(field(OPENFLOW_BASIC, 4, macOctets(match.ethernetSource)));
  add(match.etherType, 5, 2);
  if (match.tagged) fields.push(field(OPENFLOW_BASIC, 6, number(0x1000, 2), number(0x1000, 2)));
  // NXM_NX_IP_FRAG (ovs-fields(7)): bit 0 is set on all fragments, bit 1 on all but the first.
  if (match.fragment === 'any') fields.push(field(NICIRA, 26, number(1, 1), number(1, 1)));
  if (match.fragment === 'not-later') fields.push(field(NICIRA, 26, number(0, 1), number(2, 1)));
  if (match.ipv6Source) {
    const { network, length } = match.ipv6Source;
    const mask = ((1n << BigInt(length)) - 1n) << BigInt(128 - length);
    fields.push(field(OPENFLOW_BASIC, 26, number128(network.value), number128(mask)));
  }
  // NXM_NX_IP_TTL: IPv6's hop limit as well.
  if (match.hopLimit !== undefined) fields.push(field(NICIRA, 29, number(match.hopLimit, 1)));
  add(match.ipProtocol, 10, 1);
  add(match.udpSource, 15, 2);
  add(match.udpDestination, 16, 2);
  add(match.icmpv4Type, 19, 1);
  add(match.icmpv6Type, 29, 1);
  add(match.icmpv6Code, 30, 1);
  if (match.ndTarget) fields.push(field(OPENFLOW_BASIC, 31, number128(match.ndTarget.value)));
  if (match.ndSource) fields.push(field(OPENFLOW_BASIC, 32, macOctets(match.ndSource)));
  return fields;
}

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
  return Buffer.from(value.toString(16).padStart(12, '0'), 'hex');
}

function number128(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}
