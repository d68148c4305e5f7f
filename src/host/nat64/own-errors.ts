/** Errors that the translator itself has to tell (RFC 4443 section 2.4, RFC 1812 section 4.3). Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { AddressMapping } from './address-mapping.ts';
import { type IcmpKind, LEAST_MTU } from './icmp-kinds.ts';
import type { ReadIpv4 } from './ipv4-packet.ts';
import type { ReadIpv6 } from './ipv6-packet.ts';
import { checksumOf, sealIpv4, sumOf, V4, V6 } from './octets.ts';
import { ECHO, sumOfPair } from './transport.ts';

const HOPS = 64;
/** Octets of the packet that an ICMPv4 error quotes. */
const QUOTED_V4 = 548;

/** An error about a packet from inside, from the address that stands for the translator there; none about errors. */
export function icmpv6Error(
  { packet, protocol, upper, fragment }: ReadIpv6,
  { type, code, parameter }: IcmpKind,
  mapping: AddressMapping,
  address: number,
): Buffer[] {
  if ((fragment?.offset ?? 0) !== 0) return [];
  if (protocol === IP_PROTOCOL.icmpv6 && (packet[upper] ?? 0) < ECHO.request6) return [];
  const quoted = packet.subarray(0, LEAST_MTU - V6.octets - 8);
  const octets = Buffer.alloc(V6.octets + 8 + quoted.length);
  octets[0] = 0x60;
  octets.writeUInt16BE(8 + quoted.length, V6.payloadLength);
  octets[V6.nextHeader] = IP_PROTOCOL.icmpv6;
  octets[V6.hopLimit] = HOPS;
  mapping.write(address, octets, V6.source);
  packet.copy(octets, V6.destination, V6.source, V6.source + 16);
  octets[V6.octets] = type;
  octets[V6.octets + 1] = code;
  octets.writeUInt32BE(parameter, V6.octets + 4);
  quoted.copy(octets, V6.octets + 8);
  if (mapping.quoted !== mapping) mapping.quoted.write(address, octets, V6.octets + 8 + V6.destination);
  sealIcmpv6(octets);
  return [octets];
}

/** An error about a packet from outside; none about errors, and later fragments. */
export function icmpv4Error(
  { packet, protocol, upper, source, offset }: ReadIpv4,
  { type, code, parameter }: IcmpKind,
  address: number,
): Buffer[] {
  const isError =
    protocol === IP_PROTOCOL.icmp && packet[upper] !== ECHO.request4 && packet[upper] !== ECHO.reply4;
  if (offset !== 0 || isError) return [];
  const quoted = packet.subarray(0, QUOTED_V4);
  const octets = Buffer.alloc(V4.octets + 8 + quoted.length);
  octets[0] = 0x45;
  octets.writeUInt16BE(octets.length, V4.totalLength);
  octets[V4.timeToLive] = HOPS;
  octets[V4.protocol] = IP_PROTOCOL.icmp;
  octets.writeUInt32BE(address, V4.source);
  octets.writeUInt32BE(source, V4.destination);
  sealIpv4(octets);
  octets[V4.octets] = type;
  octets[V4.octets + 1] = code;
  octets.writeUInt32BE(parameter, V4.octets + 4);
  quoted.copy(octets, V4.octets + 8);
  octets.writeUInt16BE(checksumOf(sumOf(octets, V4.octets)), V4.octets + 2);
  return [octets];
}

/** Writes the checksum of an ICMPv6 message right behind the header. */
export function sealIcmpv6(octets: Buffer): void {
  octets.writeUInt16BE(0, V6.octets + 2);
  const sum = sumOfPair(octets, V6.source) + (octets.length - V6.octets) + IP_PROTOCOL.icmpv6;
  octets.writeUInt16BE(checksumOf(sum + sumOf(octets, V6.octets)), V6.octets + 2);
}
