/** What a translator must know of an IPv4 packet before it looks at its transport. Pure. */
import { FRAGMENT, V4 } from './octets.ts';

/** A packet with its header read. */
export interface ReadIpv4 {
  /** Whole, without what is behind its length. */
  readonly packet: Buffer;
  readonly protocol: number;
  /** Where the upper layer begins. */
  readonly upper: number;
  readonly source: number;
  readonly destination: number;
  readonly dontFragment: boolean;
  /** Of a fragment, in octets. */
  readonly offset: number;
  readonly more: boolean;
}

/** Options by which a sender says the way: such packets are not translated. */
const SOURCE_ROUTES: ReadonlySet<number> = new Set([131, 137]);

/**
 * @param isQuoted an error quotes it, and may have cut it
 * @returns undefined for what is broken, or says its own way
 */
export function readIpv4(octets: Buffer, isQuoted = false): ReadIpv4 | undefined {
  if (octets.length < V4.octets || octets[0]! >> 4 !== 4) return undefined;
  const upper = 4 * (octets[0]! & 0xf);
  const said = octets.readUInt16BE(V4.totalLength);
  if (upper < V4.octets || said < upper || upper > octets.length) return undefined;
  if (said > octets.length && !isQuoted) return undefined;
  for (let at = V4.octets; at < upper; ) {
    const kind = octets[at]!;
    if (kind === 0) break;
    if (SOURCE_ROUTES.has(kind)) return undefined;
    at += kind === 1 ? 1 : Math.max(2, octets[at + 1] ?? 2);
  }
  const field = octets.readUInt16BE(V4.fragment);
  return {
    packet: octets.subarray(0, Math.min(said, octets.length)),
    protocol: octets[V4.protocol]!,
    upper,
    source: octets.readUInt32BE(V4.source),
    destination: octets.readUInt32BE(V4.destination),
    dontFragment: (field & FRAGMENT.dontFragment) !== 0,
    offset: (field & FRAGMENT.offset) << 3,
    more: (field & FRAGMENT.more) !== 0,
  };
}
