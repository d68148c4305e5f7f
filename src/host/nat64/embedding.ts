/** IPv4 addresses in IPv6 ones (RFC 6052), octet by octet: what is done for each packet. */
import type { Prefix } from '../../addressing/index.ts';
import { addressOctets } from '../../packets/index.ts';

/** Where the four octets stand, by the length of the prefix (RFC 6052 section 2.2). */
const PLACES: Readonly<Record<number, readonly [number, number, number, number]>> = {
  32: [4, 5, 6, 7],
  40: [5, 6, 7, 9],
  48: [6, 7, 9, 10],
  56: [7, 9, 10, 11],
  64: [9, 10, 11, 12],
  96: [12, 13, 14, 15],
};

export class Embedding {
  readonly prefix: Prefix;
  /** The prefix as text. */
  readonly name: string;
  readonly #octets: Buffer;
  readonly #places: readonly [number, number, number, number];

  /** @param prefix of one of the lengths that a NAT64's may have */
  constructor(prefix: Prefix) {
    const places = PLACES[prefix.length];
    if (places === undefined) throw new RangeError(`${prefix} is no prefix of a NAT64`);
    this.prefix = prefix;
    this.name = prefix.toString();
    this.#octets = Buffer.from(addressOctets(prefix.network));
    this.#places = places;
  }

  /** The IPv4 address in the IPv6 address at a place; undefined for an address outside the prefix. */
  read(octets: Buffer, at: number): number | undefined {
    const length = this.prefix.length >> 3;
    for (let index = 0; index < length; index++)
      if (octets[at + index] !== this.#octets[index]) return undefined;
    const [a, b, c, d] = this.#places;
    return (
      ((octets[at + a]! << 24) | (octets[at + b]! << 16) | (octets[at + c]! << 8) | octets[at + d]!) >>> 0
    );
  }

  /** Writes the IPv6 address for an IPv4 address to a place. */
  write(address: number, octets: Buffer, at: number): void {
    this.#octets.copy(octets, at);
    const [a, b, c, d] = this.#places;
    octets[at + a] = address >>> 24;
    octets[at + b] = (address >>> 16) & 0xff;
    octets[at + c] = (address >>> 8) & 0xff;
    octets[at + d] = address & 0xff;
  }
}
