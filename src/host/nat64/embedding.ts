/** IPv4 addresses in IPv6 ones (RFC 6052), octet by octet: what is done for each packet. */
import { Address, type Prefix, reachesByNat64 } from '../../addressing/index.ts';
import { addressOctets } from '../../packets/index.ts';
import type { AddressMapping } from './address-mapping.ts';

/** Where the four octets stand, by the length of the prefix (RFC 6052 section 2.2). */
const PLACES: Readonly<Record<number, readonly [number, number, number, number]>> = {
  32: [4, 5, 6, 7],
  40: [5, 6, 7, 9],
  48: [6, 7, 9, 10],
  56: [7, 9, 10, 11],
  64: [9, 10, 11, 12],
  96: [12, 13, 14, 15],
};

/** Addresses outside of which it is known whether they may be reached. */
const KNOWN_REMOTES = 4_096;

export class Embedding implements AddressMapping {
  /** The prefix as text. */
  readonly name: string;
  readonly quoted = this;
  readonly #prefix: Prefix;
  readonly #reachable = new Map<number, boolean>();
  readonly #octets: Buffer;
  readonly #places: readonly [number, number, number, number];

  /** @param prefix of one of the lengths that a NAT64's may have */
  constructor(prefix: Prefix) {
    const places = PLACES[prefix.length];
    if (places === undefined) throw new RangeError(`${prefix} is no prefix of a NAT64`);
    this.#prefix = prefix;
    this.name = prefix.toString();
    this.#octets = Buffer.from(addressOctets(prefix.network));
    this.#places = places;
  }

  read(octets: Buffer, at: number): number | undefined {
    const length = this.#prefix.length >> 3;
    for (let index = 0; index < length; index++)
      if (octets[at + index] !== this.#octets[index]) return undefined;
    const [a, b, c, d] = this.#places;
    return (
      ((octets[at + a]! << 24) | (octets[at + b]! << 16) | (octets[at + c]! << 8) | octets[at + d]!) >>> 0
    );
  }

  write(address: number, octets: Buffer, at: number): void {
    this.#octets.copy(octets, at);
    const [a, b, c, d] = this.#places;
    octets[at + a] = address >>> 24;
    octets[at + b] = (address >>> 16) & 0xff;
    octets[at + c] = (address >>> 8) & 0xff;
    octets[at + d] = address & 0xff;
  }
  reaches(address: number): boolean {
    const known = this.#reachable.get(address);
    if (known !== undefined) return known;
    if (this.#reachable.size >= KNOWN_REMOTES) this.#reachable.clear();
    const reaches = reachesByNat64(this.#prefix, Address.of(4, BigInt(address)));
    this.#reachable.set(address, reaches);
    return reaches;
  }
}
