/** What a flow matches: the fields that Sextant uses, and their encoding as OXM (ONF TS-012, section 7.2.3). Pure. */
import { ADDRESS_BITS, type Address, type Family, type Mac, type Prefix } from '../addressing/index.ts';

/** Fields of a packet; those left out match anything. A field needs the fields that it is meaningful under. */
export interface Match {
  inPort?: number;
  /** The key that a packet came out of its tunnel with, or that an earlier table put down for the one that it is to take. */
  tunnelKey?: number;
  /** Who sent the tunnel's packet. */
  tunnelSource?: Address;
  /** The number, of 64 bits, of the sender's network that an earlier table put down. */
  network?: bigint;
  /** What an earlier table has put down of what it did; of 32 bits. */
  step?: number;
  /** What an earlier table has found out of the connection, when it looked for it. */
  connection?: ConnectionPart;
  /** The target of Neighbour Discovery that an earlier table put down. */
  keptTarget?: Prefix;
  /** `group` is any multicast address, broadcast too. */
  ethernetDestination?: Mac | 'group';
  /** The first octet of that: a decision about it is cached for all that share it. */
  ethernetDestinationBegin?: number;
  ethernetSource?: Mac;
  /** Carries an 802.1Q tag, whichever. */
  tagged?: true;
  /** Carries the tag of this VLAN. */
  vlan?: number;
  etherType?: number;
  /** `any` is a fragment, the first one included; `not-later` is a first fragment or a whole packet. */
  fragment?: 'any' | 'none' | 'not-later';
  ipv4Source?: Prefix;
  ipv4Destination?: Prefix;
  ipv6Source?: Prefix;
  ipv6Destination?: Prefix;
  /** Of one of the two, in place of its prefix. */
  ipv6Bits?: AddressBits;
  ipProtocol?: number;
  hopLimit?: number;
  udpSource?: number;
  udpDestination?: number;
  /** Of TCP or UDP, in place of one port. */
  destinationPorts?: PortBits;
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

/** What of a connection a packet is: an answer in it, or an ICMP error about it. */
export type ConnectionPart = 'answer' | 'error';

/** Ports of TCP or UDP: where the mask has ones, the bits of the value. */
export interface PortBits {
  readonly protocol: 'tcp' | 'udp';
  readonly value: number;
  readonly mask: number;
}

/** Some bits of an IPv6 address: where the mask has ones, those of the value. */
export interface AddressBits {
  readonly of: keyof typeof IPV6_FIELDS;
  readonly value: bigint;
  readonly mask: bigint;
}

/** The EtherType of frames that have none but a length (802.3 with LLC): OpenFlow's own number. */
export const NO_ETHER_TYPE = 0x05ff;

const OPENFLOW_BASIC = 0x8000;
const NICIRA = 0x0001;
/**
 * Registers (ovs-fields(7)) have 32 bits: four are one of 128 bits, two are one of 64 bits. None of
 * these overlap.
 */
const XXREG0 = 0;
const XREG2 = 2;
const REG6 = 6;
const REG7 = 7;
const XREGS = 0x8001;
const XXREGS_BEGIN = 111;
const ALL_BITS = 0xffffffff;
/** NXM_NX_CT_STATE (ovs-fields(7)): established, related, in the direction of answers, and looked for at all. */
const CONNECTION_STATE = 105;
const [ESTABLISHED, RELATED, REPLY, TRACKED] = [0x02, 0x04, 0x08, 0x20];
const STATES = { answer: TRACKED | REPLY | ESTABLISHED, error: TRACKED | RELATED } as const;
const DESTINATION_PORT = { tcp: 14, udp: 16 } as const;
const ALL_PORT_BITS = 0xffff;
const MATCH_TYPE_OXM = 1;
const MATCH_HEADER_LENGTH = 4;
const FIELD_HEADER_LENGTH = 4;

/** OFPVID_PRESENT. */
const VLAN_PRESENT = 0x1000;
/** Of a MAC address: set in multicast addresses. */
const GROUP_BIT = 0x0100_0000_0000;
const FIRST_OCTET = 0x0100_0000_0000;

/** Encodes a match, padded. Fields come after those that they presuppose, as section 7.2.3.6 demands. */
export function encodeMatch(match: Match): Buffer {
  const fields = encodeFields(match);
  const length = fields.reduce((sum, field) => sum + field.length, MATCH_HEADER_LENGTH);
  const encoded = Buffer.alloc((length + 7) & ~7);
  encoded.writeUInt16BE(MATCH_TYPE_OXM, 0);
  encoded.writeUInt16BE(length, 2);
  let at = MATCH_HEADER_LENGTH;
  for (const field of fields) {
    encoded.set(field, at);
    at += field.length;
  }
  return encoded;
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
    if (value !== undefined) fields.push(field(OPENFLOW_BASIC, id, bytes, value));
  };
  const addMac = (id: number, mac: Mac | undefined) => {
    if (mac) fields.push(field(OPENFLOW_BASIC, id, 6, Number(mac.value)));
  };
  const addPrefix = (id: number, prefix: Prefix | undefined) => {
    if (prefix === undefined || prefix.length === 0) return;
    const mask = prefix.length === ADDRESS_BITS[prefix.family] ? undefined : maskOf(prefix);
    fields.push(field(OPENFLOW_BASIC, id, ADDRESS_BITS[prefix.family] / 8, prefix.network.value, mask));
  };
  add(0, match.inPort, 4);
  if (match.tunnelKey !== undefined) fields.push(tunnelKeyField(match.tunnelKey));
  const source = match.tunnelSource;
  if (source) fields.push(tunnelEndField('source', source));
  if (match.ethernetDestination === 'group') fields.push(field(OPENFLOW_BASIC, 3, 6, GROUP_BIT, GROUP_BIT));
  else addMac(3, match.ethernetDestination);
  const begin = match.ethernetDestinationBegin;
  if (begin !== undefined) fields.push(field(OPENFLOW_BASIC, 3, 6, begin * FIRST_OCTET, 0xff * FIRST_OCTET));
  addMac(4, match.ethernetSource);
  add(5, match.etherType, 2);
  if (match.vlan !== undefined) fields.push(vlanField(match.vlan));
  if (match.tagged) fields.push(field(OPENFLOW_BASIC, 6, 2, VLAN_PRESENT, VLAN_PRESENT));
  // NXM_NX_IP_FRAG (ovs-fields(7)): bit 0 is set on all fragments, bit 1 on all but the first.
  if (match.fragment === 'any') fields.push(field(NICIRA, 26, 1, 1, 1));
  if (match.fragment === 'none') fields.push(field(NICIRA, 26, 1, 0, 1));
  if (match.fragment === 'not-later') fields.push(field(NICIRA, 26, 1, 0, 2));
  addPrefix(11, match.ipv4Source);
  addPrefix(12, match.ipv4Destination);
  addPrefix(IPV6_FIELDS.source, match.ipv6Source);
  addPrefix(IPV6_FIELDS.destination, match.ipv6Destination);
  if (match.ipv6Bits) fields.push(ipv6Field(match.ipv6Bits));
  // NXM_NX_IP_TTL: IPv6's hop limit as well.
  if (match.hopLimit !== undefined) fields.push(field(NICIRA, 29, 1, match.hopLimit));
  add(10, match.ipProtocol, 1);
  add(15, match.udpSource, 2);
  add(16, match.udpDestination, 2);
  const ports = match.destinationPorts;
  if (ports) {
    const mask = ports.mask === ALL_PORT_BITS ? undefined : ports.mask;
    fields.push(field(OPENFLOW_BASIC, DESTINATION_PORT[ports.protocol], 2, ports.value, mask));
  }
  add(21, match.arpOperation, 2);
  addPrefix(22, match.arpSource);
  addMac(24, match.arpSourceMac);
  add(19, match.icmpv4Type, 1);
  add(29, match.icmpv6Type, 1);
  add(30, match.icmpv6Code, 1);
  if (match.ndTarget) fields.push(field(OPENFLOW_BASIC, 31, 16, match.ndTarget.value));
  addMac(32, match.ndSource);
  addMac(33, match.ndTargetMac);
  if (match.step !== undefined) fields.push(stepField(match.step));
  if (match.connection) {
    const bits = STATES[match.connection];
    fields.push(field(NICIRA, CONNECTION_STATE, 4, bits, bits));
  }
  if (match.network !== undefined) fields.push(...registers(2 * XREG2, 2, match.network));
  const kept = match.keptTarget;
  if (kept) fields.push(...registers(4 * XXREG0, 4, kept.network.value, maskOf(kept)));
  return fields;
}

/** The bits that addresses of a prefix share. */
function maskOf({ family, length }: Prefix): bigint {
  return ((1n << BigInt(length)) - 1n) << BigInt(ADDRESS_BITS[family] - length);
}

/**
 * A value in registers, the highest bits first, as the switch lists it before OpenFlow 1.5: those that matter.
 * @param count of registers
 */
function registers(first: number, count: number, value: bigint, mask?: bigint): Buffer[] {
  const fields: Buffer[] = [];
  const partOf = (whole: bigint, index: number) =>
    Number(BigInt.asUintN(32, whole >> BigInt(32 * (count - 1 - index))));
  for (let index = 0; index < count; index++) {
    const bits = mask === undefined ? ALL_BITS : partOf(mask, index);
    if (bits === 0) continue;
    const part = partOf(value, index);
    fields.push(field(NICIRA, first + index, 4, part, bits === ALL_BITS ? undefined : bits));
  }
  return fields;
}

/** The field of an 802.1Q tag that is there, with its header. */
export const vlanField = (vlan: number): Buffer => field(OPENFLOW_BASIC, 6, 2, VLAN_PRESENT | vlan);

/** The field that has the number of a network, with its header. */
export const networkField = (network: bigint): Buffer => field(XREGS, XREG2, 8, network);

/** The field that has the number of the zone whose connections are looked at, with its header; and the header. */
export const zoneField = (zone: number): Buffer => field(NICIRA, REG7, 4, zone);
export const ZONE_HEADER = (NICIRA << 16) | (REG7 << 9) | 4;

/** The field of what a table has put down, with its header. */
export const stepField = (step: number): Buffer => field(NICIRA, REG6, 4, step);

/** OXM_OF_IPV6_SRC and its like. */
const IPV6_FIELDS = { source: 26, destination: 27 } as const;

/** The same as actions have it that the switch lists before OpenFlow 1.5: NXM_NX_IPV6_SRC and its like. */
const IPV6_TARGETS = { source: 19, destination: 20 } as const;

/** The bits of an IPv6 address that an action sets, with the header that the switch lists. */
export const ipv6Target = ({ of, value, mask }: AddressBits): Buffer =>
  field(NICIRA, IPV6_TARGETS[of], 16, value & mask, mask);

/** The field of some bits of an IPv6 address, with its header. */
const ipv6Field = ({ of, value, mask }: AddressBits): Buffer =>
  field(OPENFLOW_BASIC, IPV6_FIELDS[of], 16, value & mask, mask);

/** The field of a frame's MAC address, with its header. */
export const ethernetField = (end: 'source' | 'destination', { value }: Mac): Buffer =>
  field(OPENFLOW_BASIC, end === 'source' ? 4 : 3, 6, Number(value));

/** The field of a tunnel's key, with its header: OXM_OF_TUNNEL_ID. */
export const tunnelKeyField = (key: number): Buffer => field(OPENFLOW_BASIC, 38, 8, BigInt(key));

/** Of the ends of a tunnel (ovs-fields(7)): NXM_NX_TUN_IPV4_SRC and its like. */
const TUNNEL_ENDS = { source: { 4: 31, 6: 109 }, destination: { 4: 32, 6: 110 } } as const;

/** The field of the address of a tunnel's end, with its header. */
export const tunnelEndField = (end: keyof typeof TUNNEL_ENDS, { family, value }: Address): Buffer =>
  field(NICIRA, TUNNEL_ENDS[end][family], ADDRESS_BITS[family] / 8, value);

/** @param length of the value, in octets; numbers have 6 at most */
function field(
  oxmClass: number,
  id: number,
  length: number,
  value: number | bigint,
  mask?: number | bigint,
): Buffer {
  const masked = mask === undefined ? 0 : 1;
  const encoded = Buffer.alloc(FIELD_HEADER_LENGTH + length * (1 + masked));
  encoded.writeUInt16BE(oxmClass, 0);
  encoded.writeUInt8((id << 1) | masked, 2);
  encoded.writeUInt8(length * (1 + masked), 3);
  write(encoded, FIELD_HEADER_LENGTH, length, value);
  if (mask !== undefined) write(encoded, FIELD_HEADER_LENGTH + length, length, mask);
  return encoded;
}

function write(encoded: Buffer, at: number, length: number, value: number | bigint): void {
  if (typeof value === 'number' || length <= 6) {
    encoded.writeUIntBE(Number(value), at, length);
    return;
  }
  for (let octets = 0; octets < length; octets += 8) {
    const part = BigInt.asUintN(64, value >> BigInt(8 * (length - 8 - octets)));
    encoded.writeBigUInt64BE(part, at + octets);
  }
}

/** The headers of the field of a target, as the switch lists it in actions, and of where it is kept. */
export const TARGET_HEADER = (NICIRA << 16) | (23 << 9) | 16;
export const KEPT_TARGET_HEADER = (NICIRA << 16) | ((XXREGS_BEGIN + XXREG0) << 9) | 16;

/** A field as actions name it, and how many bits it has. */
export interface FieldHeader {
  readonly header: number;
  readonly bits: number;
}

const nxm = (vendor: 0 | typeof NICIRA, id: number, octets: number): FieldHeader => ({
  header: ((vendor << 16) | (id << 9) | octets) >>> 0,
  bits: octets * 8,
});

export const IN_PORT_FIELD = nxm(0, 0, 2);
export const ETHERNET_DESTINATION_FIELD = nxm(0, 1, 6);
export const ETHERNET_SOURCE_FIELD = nxm(0, 2, 6);
export const TUNNEL_KEY_FIELD = nxm(NICIRA, 16, 8);
export const tunnelEndHeader = (end: keyof typeof TUNNEL_ENDS, family: Family): FieldHeader =>
  nxm(NICIRA, TUNNEL_ENDS[end][family], ADDRESS_BITS[family] / 8);
