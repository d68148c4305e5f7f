/** What a translator must know of an IPv6 packet before it looks at its transport. Pure. */
import { IP_PROTOCOL } from '../../packets/index.ts';
import { V6 } from './octets.ts';

/** A packet with its headers read. */
export interface ReadIpv6 {
  /** Whole, without what is behind its length. */
  readonly packet: Buffer;
  /** Protocol number of the upper layer, and where it begins. */
  readonly protocol: number;
  readonly upper: number;
  /** Undefined for a whole packet. */
  readonly fragment:
    | { readonly identification: number; readonly offset: number; readonly more: boolean }
    | undefined;
}

/** Headers before the upper layer at most: RFC 8200 section 4.1 has each of them once, options twice. */
const MOST_HEADERS = 6;

/**
 * @param isQuoted an error quotes it, and may have cut it
 * @returns undefined for what is broken, or has a header that does not let it be translated (RFC 7915 section 5.1)
 */
export function readIpv6(octets: Buffer, isQuoted = false): ReadIpv6 | undefined {
  if (octets.length < V6.octets || octets[0]! >> 4 !== 6) return undefined;
  const said = V6.octets + octets.readUInt16BE(V6.payloadLength);
  if (said > octets.length && !isQuoted) return undefined;
  const end = Math.min(said, octets.length);
  const packet = octets.subarray(0, end);
  let protocol = packet[V6.nextHeader]!;
  let at: number = V6.octets;
  let fragment: ReadIpv6['fragment'];
  for (let count = 0; count < MOST_HEADERS; count++) {
    if (!EXTENSIONS.has(protocol)) return { packet, protocol, upper: at, fragment };
    if (at + 8 > end) return undefined;
    if (protocol === IP_PROTOCOL.fragment) {
      const field = packet.readUInt16BE(at + 2);
      const identification = packet.readUInt32BE(at + 4);
      fragment = { identification, offset: field & 0xfff8, more: (field & 1) !== 0 };
      protocol = packet[at]!;
      at += 8;
      if (fragment.offset !== 0) return { packet, protocol, upper: at, fragment };
      continue;
    }
    // A route that is not at its end is the sender's to mind.
    if (protocol === IP_PROTOCOL.routing && packet[at + 3] !== 0) return undefined;
    protocol = packet[at]!;
    at += 8 * (packet[at + 1]! + 1);
    if (at > end) return undefined;
  }
  return undefined;
}

const EXTENSIONS: ReadonlySet<number> = new Set([
  IP_PROTOCOL.hopByHop,
  IP_PROTOCOL.routing,
  IP_PROTOCOL.fragment,
  IP_PROTOCOL.destinationOptions,
]);
