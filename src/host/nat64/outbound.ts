/** From IPv6 to IPv4 (RFC 7915 section 5): headers of whole packets, of fragments, and of what errors quote. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { TranslatedFlow } from './flows.ts';
import { errorToV4, type IcmpKind, LEAST_MTU } from './icmp-kinds.ts';
import { type ReadIpv6, readIpv6 } from './ipv6-packet.ts';
import { checksumOf, FRAGMENT, sealIpv4, sumOf, V4, V6 } from './octets.ts';
import { hasHeader, type Rewriting, rewriteTransport, sumOfPair, sumOfV4 } from './transport.ts';

/** What is so large or less may be fragmented on the way (section 5.1); larger it must not. */
const MAY_BE_FRAGMENTED = 1_260;
/** Of what a fragment carries that every link carries: as many octets as one of IPv6 has. */
const FRAGMENT_PAYLOAD = (LEAST_MTU - V4.octets) & ~7;
/** Octets of an ICMPv4 error at most (RFC 1812 section 4.3.2.3). */
const ERROR_OCTETS = 576;

/** Fields of IPv4 headers that do not stand in those of IPv6. */
interface Ipv4Identity {
  readonly identification: number;
  /** Flags and offset. */
  readonly fragment: number;
}

/** Numbers for packets that may be fragmented. */
let identifications = 0;
const nextIdentification = (): number => {
  identifications = (identifications + 1) & 0xffff;
  return identifications;
};

function identityOf({ fragment }: ReadIpv6, length: number): Ipv4Identity {
  if (fragment === undefined) {
    if (length > MAY_BE_FRAGMENTED) return { identification: 0, fragment: FRAGMENT.dontFragment };
    return { identification: nextIdentification(), fragment: 0 };
  }
  const { identification, offset, more } = fragment;
  return {
    identification: identification & 0xffff,
    fragment: (more ? FRAGMENT.more : 0) | (offset >> 3),
  };
}

/** A header without options, and room for what follows. */
function ipv4Packet(
  { packet }: ReadIpv6,
  about: Ipv4Identity & { protocol: number; source: number; destination: number; timeToLive: number },
  upperLength: number,
): Buffer {
  const octets = Buffer.allocUnsafe(V4.octets + upperLength);
  octets[0] = 0x45;
  octets[V4.typeOfService] = ((packet[0]! & 0xf) << 4) | (packet[1]! >> 4);
  octets.writeUInt16BE(octets.length, V4.totalLength);
  octets.writeUInt16BE(about.identification, V4.identification);
  octets.writeUInt16BE(about.fragment, V4.fragment);
  octets[V4.timeToLive] = about.timeToLive;
  octets[V4.protocol] = about.protocol;
  octets.writeUInt32BE(about.source, V4.source);
  octets.writeUInt32BE(about.destination, V4.destination);
  sealIpv4(octets);
  return octets;
}

/** A packet of a flow, or a fragment of one, on its way out. */
export function toOutside(read: ReadIpv6, { ends, binding }: TranslatedFlow): Buffer {
  const { packet, upper } = read;
  const length = packet.length - upper;
  const octets = ipv4Packet(
    read,
    {
      ...identityOf(read, V4.octets + length),
      protocol: ends.protocol,
      timeToLive: packet[V6.hopLimit]! - 1,
      source: binding.address,
      destination: ends.remote,
    },
    length,
  );
  packet.copy(octets, V4.octets, upper);
  if (read.fragment === undefined || read.fragment.offset === 0) {
    const rewriting: Rewriting = {
      protocol: ends.protocol,
      isSource: true,
      port: binding.outsidePort,
      before: sumOfPair(packet, V6.source),
      after: ends.protocol === IP_PROTOCOL.icmp ? 0 : sumOfV4(binding.address) + sumOfV4(ends.remote),
    };
    rewriteTransport(octets.subarray(V4.octets), rewriting, length);
  }
  return octets;
}

/**
 * A whole packet as fragments that every link carries: OVN's routers make none of what their links do not carry. They have a
 * number of their own, for the receiver knows all senders by one address.
 */
export function fragmentsOf(packet: Buffer): Buffer[] {
  const header = Buffer.from(packet.subarray(0, V4.octets));
  header.writeUInt16BE(nextIdentification(), V4.identification);
  const parts: Buffer[] = [];
  for (let at: number = V4.octets; at < packet.length; at += FRAGMENT_PAYLOAD) {
    const part = Buffer.concat([header, packet.subarray(at, at + FRAGMENT_PAYLOAD)]);
    const isLast = at + FRAGMENT_PAYLOAD >= packet.length;
    part.writeUInt16BE(((at - V4.octets) >> 3) | (isLast ? 0 : FRAGMENT.more), V4.fragment);
    part.writeUInt16BE(part.length, V4.totalLength);
    sealIpv4(part);
    parts.push(part);
  }
  return parts;
}

/** The packet that an error from inside is about: one that the translator sent in. */
export interface QuotedInside {
  readonly read: ReadIpv6;
  /** Protocol number of IPv4. */
  readonly protocol: number;
  readonly insidePort: number;
  /** 0 for ICMP. */
  readonly remotePort: number;
}

/** What an ICMPv6 error quotes; undefined when that says too little. */
export function quotedInside({ packet, upper }: ReadIpv6): QuotedInside | undefined {
  const read = readIpv6(packet.subarray(upper + 8), true);
  if (read === undefined || (read.fragment?.offset ?? 0) !== 0) return undefined;
  const at = read.upper;
  if (read.packet.length < at + 8) return undefined;
  if (read.protocol === IP_PROTOCOL.icmpv6) {
    const insidePort = read.packet.readUInt16BE(at + 4);
    return { read, protocol: IP_PROTOCOL.icmp, insidePort, remotePort: 0 };
  }
  const [remotePort, insidePort] = [read.packet.readUInt16BE(at), read.packet.readUInt16BE(at + 2)];
  return { read, protocol: read.protocol, insidePort, remotePort };
}

/** An ICMPv6 error about a packet of a flow, on its way out; undefined for one that means nothing there. */
export function errorToOutside(
  read: ReadIpv6,
  quoted: QuotedInside,
  flow: TranslatedFlow,
  mtu: number,
): Buffer | undefined {
  const { packet, upper } = read;
  const kind: IcmpKind = {
    type: packet[upper]!,
    code: packet[upper + 1]!,
    parameter: packet.readUInt32BE(upper + 4),
  };
  const translated = errorToV4(kind, mtu);
  if (translated === undefined) return undefined;
  const inner = quotedToV4(quoted, flow);
  const message = Buffer.alloc(Math.min(8 + inner.length, ERROR_OCTETS - V4.octets));
  message[0] = translated.type;
  message[1] = translated.code;
  message.writeUInt32BE(translated.parameter, 4);
  inner.copy(message, 8);
  message.writeUInt16BE(checksumOf(sumOf(message)), 2);
  const about = {
    ...{ identification: 0, fragment: 0, protocol: IP_PROTOCOL.icmp },
    ...{ source: flow.binding.address, destination: flow.ends.remote },
    ...{ timeToLive: packet[V6.hopLimit]! - 1 },
  };
  return Buffer.concat([ipv4Packet(read, about, message.length).subarray(0, V4.octets), message]);
}

function quotedToV4({ read, protocol }: QuotedInside, { ends, binding }: TranslatedFlow): Buffer {
  const { packet, upper } = read;
  const whole = packet.readUInt16BE(V6.payloadLength) + V6.octets - upper;
  const about = {
    ...identityOf(read, V4.octets + whole),
    ...{ protocol, source: ends.remote, destination: binding.address, timeToLive: packet[V6.hopLimit]! },
  };
  const header = ipv4Packet(read, about, 0);
  header.writeUInt16BE(V4.octets + whole, V4.totalLength);
  sealIpv4(header);
  const body = Buffer.from(packet.subarray(upper));
  if (hasHeader(body, IP_PROTOCOL.udp)) {
    rewriteTransport(
      body,
      {
        protocol,
        isSource: false,
        port: binding.outsidePort,
        before: sumOfPair(packet, V6.source),
        after: protocol === IP_PROTOCOL.icmp ? 0 : sumOfV4(binding.address) + sumOfV4(ends.remote),
      },
      whole,
    );
  }
  return Buffer.concat([header, body]);
}
