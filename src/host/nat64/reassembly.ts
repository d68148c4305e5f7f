/**
 * Packets of IPv4 whose fragments came one by one, put together (RFC 815). Pieces of other people's fragments would become
 * fragments of IPv6 that are smaller than any sender makes them, and that firewalls drop. Bounded: nobody's fragments fill
 * the memory.
 */
import type { ReadIpv4 } from './ipv4-packet.ts';
import { sealIpv4, V4 } from './octets.ts';

/** Seconds that a packet's fragments may take. */
const PATIENCE_SECONDS = 5;
/** Packets that are not whole, and octets of them, in all. */
const LIMITS = { packets: 256, octets: 1024 * 1024 } as const;
const LONGEST_PACKET = 0xffff;

interface Fragmented {
  readonly until: number;
  /** By where they begin. */
  readonly parts: Map<number, Buffer>;
  octets: number;
  /** The header of the first fragment. */
  header: Buffer | undefined;
  /** Octets in all, once the last fragment is there. */
  length: number | undefined;
}

const keyOf = ({ source, destination, protocol, packet }: ReadIpv4): string =>
  `${source},${destination},${protocol},${packet.readUInt16BE(V4.identification)}`;

export class Reassembly {
  /** The oldest first. */
  readonly #packets = new Map<string, Fragmented>();
  #octets = 0;

  /**
   * @param key what all fragments of a packet say, and no other packet's; unless given, by what those of IPv4 say
   * @returns the whole packet, without the options of its header, when this was the last that it lacked
   */
  add(read: ReadIpv4, now: number, key = keyOf(read)): Buffer | undefined {
    const { packet, upper, offset, more } = read;
    const payload = packet.subarray(upper);
    const known = this.#packets.get(key);
    if (known !== undefined && known.until <= now) this.#forget(key);
    const fragmented = this.#packets.get(key) ?? this.#begin(key, now);
    const isOdd = more && payload.length % 8 !== 0;
    if (
      isOdd ||
      offset + payload.length + V4.octets > LONGEST_PACKET ||
      overlaps(fragmented, offset, payload)
    ) {
      this.#forget(key);
      return undefined;
    }
    // The octets are the receiver's.
    fragmented.parts.set(offset, Buffer.from(payload));
    fragmented.octets += payload.length;
    this.#octets += payload.length;
    if (offset === 0) fragmented.header = Buffer.from(packet.subarray(0, V4.octets));
    if (!more) fragmented.length = offset + payload.length;
    if (fragmented.header !== undefined && fragmented.octets === fragmented.length) {
      this.#forget(key);
      return whole(fragmented.header, fragmented.parts);
    }
    this.#makeRoom();
    return undefined;
  }

  /** Forgets what took too long. */
  sweep(now: number): void {
    for (const [key, { until }] of this.#packets) {
      if (until > now) return;
      this.#forget(key);
    }
  }

  #begin(key: string, now: number): Fragmented {
    const fresh = {
      ...{ until: now + PATIENCE_SECONDS, parts: new Map(), octets: 0 },
      ...{ header: undefined, length: undefined },
    };
    this.#packets.set(key, fresh);
    return fresh;
  }

  #makeRoom(): void {
    for (const oldest of this.#packets.keys()) {
      if (this.#packets.size <= LIMITS.packets && this.#octets <= LIMITS.octets) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#octets -= this.#packets.get(key)?.octets ?? 0;
    this.#packets.delete(key);
  }
}

/** Fragments that overlap are somebody's attempt to say two things at once: there is no such packet then. */
function overlaps({ parts, length }: Fragmented, offset: number, payload: Buffer): boolean {
  const end = offset + payload.length;
  if (length !== undefined && end > length) return true;
  return parts.entries().some(([at, part]) => at < end && offset < at + part.length);
}

function whole(first: Buffer, parts: ReadonlyMap<number, Buffer>): Buffer {
  const sorted = [...parts].sort(([one], [other]) => one - other).map(([, part]) => part);
  const header = Buffer.from(first);
  header[0] = 0x45;
  const packet = Buffer.concat([header, ...sorted]);
  packet.writeUInt16BE(packet.length, V4.totalLength);
  packet.writeUInt16BE(0, V4.fragment);
  sealIpv4(packet);
  return packet;
}
