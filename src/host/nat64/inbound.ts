/** From IPv4 to IPv6 (RFC 7915 section 4): headers of packets, and of what errors quote. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { TranslatedFlow } from './flows.ts';
import { errorToV6, LEAST_MTU } from './icmp-kinds.ts';
import { type ReadIpv4, readIpv4 } from './ipv4-packet.ts';
import { checksumOf, sumOf, V4, V6 } from './octets.ts';
import { sealIcmpv6 } from './own-errors.ts';
import { hasHeader, rewriteTransport, sumOfPair, sumOfV4 } from './transport.ts';

const FRAGMENT_HEADER = 8;
/** Of each fragment that is made here: whatever link there is carries it (section 4.1). */
const FRAGMENT_PAYLOAD = (LEAST_MTU - V6.octets - FRAGMENT_HEADER) & ~7;

/** Writes a header of IPv6. */
function writeHeader(
  octets: Buffer,
  { packet }: ReadIpv4,
  about: { nextHeader: number; payload: number; hopLimit: number },
): void {
  const trafficClass = packet[V4.typeOfService]!;
  octets.writeUInt32BE((0x6000_0000 | (trafficClass << 20)) >>> 0, 0);
  octets.writeUInt16BE(about.payload, V6.payloadLength);
  octets[V6.nextHeader] = about.nextHeader;
  octets[V6.hopLimit] = about.hopLimit;
}

const protocolInside = (protocol: number): number =>
  protocol === IP_PROTOCOL.icmp ? IP_PROTOCOL.icmpv6 : protocol;

/**
 * A packet of a flow on its way in: one packet, or fragments of it where its sender lets it be fragmented and not every
 * link would carry it.
 */
export function toInside(read: ReadIpv4, flow: TranslatedFlow): Buffer[] {
  const { packet, upper, dontFragment } = read;
  const { ends, mapping, binding } = flow;
  const length = packet.length - upper;
  const protocol = protocolInside(read.protocol);
  const octets = Buffer.allocUnsafe(V6.octets + length);
  const hopLimit = packet[V4.timeToLive]! - 1;
  writeHeader(octets, read, { nextHeader: protocol, payload: length, hopLimit });
  mapping.write(ends.remote, octets, V6.source);
  octets.write(ends.inside, V6.destination, 'latin1');
  packet.copy(octets, V6.octets, upper);
  const body = octets.subarray(V6.octets);
  const isBare = protocol === IP_PROTOCOL.udp && body.readUInt16BE(6) === 0;
  const pair = sumOfPair(octets, V6.source);
  const before = protocol === IP_PROTOCOL.icmpv6 ? 0 : sumOfV4(ends.remote) + sumOfV4(read.destination);
  rewriteTransport(
    body,
    { protocol, isSource: false, port: binding.insidePort, before, after: pair },
    length,
  );
  // IPv6 has no UDP without a checksum (section 4.5).
  if (isBare) body.writeUInt16BE(checksumOf(pair + length + protocol + sumOf(body)) || 0xffff, 6);
  if (dontFragment || octets.length <= LEAST_MTU) return [octets];
  return fragmented(octets, packet.readUInt16BE(V4.identification));
}

function fragmented(octets: Buffer, identification: number): Buffer[] {
  const parts: Buffer[] = [];
  const end = octets.length;
  for (let at: number = V6.octets; at < end; at += FRAGMENT_PAYLOAD) {
    const payload = octets.subarray(at, Math.min(at + FRAGMENT_PAYLOAD, end));
    const header = Buffer.alloc(V6.octets + FRAGMENT_HEADER);
    octets.copy(header, 0, 0, V6.octets);
    header.writeUInt16BE(FRAGMENT_HEADER + payload.length, V6.payloadLength);
    header[V6.octets] = header[V6.nextHeader]!;
    header[V6.nextHeader] = IP_PROTOCOL.fragment;
    const isLast = at + FRAGMENT_PAYLOAD >= end;
    header.writeUInt16BE((at - V6.octets) | (isLast ? 0 : 1), V6.octets + 2);
    header.writeUInt32BE(identification, V6.octets + 4);
    parts.push(Buffer.concat([header, payload]));
  }
  return parts;
}

/** The packet that an error from outside is about: one that the translator sent out. */
export interface QuotedOutside {
  readonly read: ReadIpv4;
  readonly outsidePort: number;
  /** 0 for ICMP. */
  readonly remotePort: number;
}

/** What an ICMPv4 error quotes; undefined when that says too little. */
export function quotedOutside({ packet, upper }: ReadIpv4): QuotedOutside | undefined {
  const read = readIpv4(packet.subarray(upper + 8), true);
  if (read === undefined || read.offset !== 0 || read.packet.length < read.upper + 8) return undefined;
  const at = read.upper;
  if (read.protocol === IP_PROTOCOL.icmp)
    return { read, outsidePort: read.packet.readUInt16BE(at + 4), remotePort: 0 };
  const [outsidePort, remotePort] = [read.packet.readUInt16BE(at), read.packet.readUInt16BE(at + 2)];
  return { read, outsidePort, remotePort };
}

/** An ICMPv4 error about a packet of a flow, on its way in; undefined for one that means nothing there. */
export function errorToInside(
  read: ReadIpv4,
  quoted: QuotedOutside,
  flow: TranslatedFlow,
  mtu: number,
): Buffer | undefined {
  const { packet, upper } = read;
  const kind = {
    type: packet[upper]!,
    code: packet[upper + 1]!,
    parameter: packet.readUInt32BE(upper + 4),
  };
  const translated = errorToV6(kind, quoted.read.packet.readUInt16BE(V4.totalLength), mtu);
  if (translated === undefined) return undefined;
  const inner = quotedToV6(quoted, flow);
  const payload = Math.min(8 + inner.length, LEAST_MTU - V6.octets);
  const octets = Buffer.alloc(V6.octets + payload);
  const hopLimit = packet[V4.timeToLive]! - 1;
  writeHeader(octets, read, { nextHeader: IP_PROTOCOL.icmpv6, payload, hopLimit });
  flow.mapping.write(read.source, octets, V6.source);
  octets.write(flow.ends.inside, V6.destination, 'latin1');
  octets[V6.octets] = translated.type;
  octets[V6.octets + 1] = translated.code;
  octets.writeUInt32BE(translated.parameter, V6.octets + 4);
  inner.copy(octets, V6.octets + 8);
  sealIcmpv6(octets);
  return octets;
}

function quotedToV6({ read }: QuotedOutside, { ends, mapping, binding }: TranslatedFlow): Buffer {
  const { packet, upper } = read;
  const whole = packet.readUInt16BE(V4.totalLength) - upper;
  const protocol = protocolInside(read.protocol);
  const octets = Buffer.allocUnsafe(V6.octets + packet.length - upper);
  writeHeader(octets, read, { nextHeader: protocol, payload: whole, hopLimit: packet[V4.timeToLive]! });
  octets.write(ends.inside, V6.source, 'latin1');
  mapping.quoted.write(ends.remote, octets, V6.destination);
  packet.copy(octets, V6.octets, upper);
  const body = octets.subarray(V6.octets);
  if (hasHeader(body, IP_PROTOCOL.udp)) {
    const before = protocol === IP_PROTOCOL.icmpv6 ? 0 : sumOfV4(read.source) + sumOfV4(ends.remote);
    const after = sumOfPair(octets, V6.source);
    rewriteTransport(body, { protocol, isSource: true, port: binding.insidePort, before, after }, whole);
  }
  return octets;
}
