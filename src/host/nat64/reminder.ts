/**
 * What reminds others of a connection that the gateway's host before this one knew. Pure.
 *
 * OVN makes IPv4 of the router out of what the translator has made, and knows connections by their packets alone. Where
 * the end inside only listens, none comes from there by which OVN on another host could know whose the answers are.
 */
import { IP_PROTOCOL } from '../../packets/index.ts';
import type { RemindedSession } from './nat64-session.ts';
import { CHECKSUM_AT, checksumOf, FRAGMENT, sealIpv4, sumOf, V4 } from './octets.ts';
import { sumOfV4 } from './transport.ts';

const TCP_OCTETS = 20;
const ACKNOWLEDGES = 16;
const HOPS = 64;

/**
 * An acknowledgement that the end inside has sent already, as IPv4: it carries nothing. Its receiver drops it, or answers
 * with what it has acknowledged itself (RFC 9293 section 3.10.7.4).
 */
export function reminderOf({ ends, binding, progress }: RemindedSession): Buffer {
  const octets = Buffer.alloc(V4.octets + TCP_OCTETS);
  octets[0] = 0x45;
  octets.writeUInt16BE(octets.length, V4.totalLength);
  octets.writeUInt16BE(FRAGMENT.dontFragment, V4.fragment);
  octets[V4.timeToLive] = HOPS;
  octets[V4.protocol] = IP_PROTOCOL.tcp;
  octets.writeUInt32BE(binding.address, V4.source);
  octets.writeUInt32BE(ends.remote, V4.destination);
  sealIpv4(octets);
  const segment = octets.subarray(V4.octets);
  segment.writeUInt16BE(binding.outsidePort, 0);
  segment.writeUInt16BE(ends.remotePort, 2);
  segment.writeUInt32BE(progress.sequence, 4);
  segment.writeUInt32BE(progress.acknowledged, 8);
  segment[12] = (TCP_OCTETS / 4) << 4;
  segment[13] = ACKNOWLEDGES;
  segment.writeUInt16BE(progress.window, 14);
  const pseudoHeader = sumOfV4(binding.address) + sumOfV4(ends.remote) + IP_PROTOCOL.tcp + TCP_OCTETS;
  segment.writeUInt16BE(checksumOf(pseudoHeader + sumOf(segment)), CHECKSUM_AT[IP_PROTOCOL.tcp]!);
  return octets;
}
