/** Reading and writing octets in network byte order: what every codec of this folder is made of. */

import { Address, type Family, Mac } from '../addressing/index.ts';

/** Thrown for octets that are not what they should be, or for a value that its field cannot hold. */
export class PacketError extends Error {
  override readonly name = 'PacketError';
}

/** Octets of an address of each family. */
const ADDRESS_OCTETS: Readonly<Record<Family, 4 | 16>> = { 4: 4, 6: 16 };

/** Joins octets and lists of octets. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * `value` in `octets` octets, most significant first.
 * @throws PacketError when it does not fit
 */
export function unsigned(value: number | bigint, octets: number): Uint8Array {
  const bits = BigInt(octets) * 8n;
  let rest = BigInt(value);
  if (rest < 0n || rest >> bits !== 0n) {
    throw new PacketError(`${value} does not fit a field of ${bits} bits`);
  }
  const written = new Uint8Array(octets);
  for (let at = octets - 1; at >= 0; at--) {
    written[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return written;
}

/** One octet. */
export const u8 = (value: number): Uint8Array => unsigned(value, 1);
/** Two octets. */
export const u16 = (value: number): Uint8Array => unsigned(value, 2);
/** Four octets. */
export const u32 = (value: number): Uint8Array => unsigned(value, 4);
/** The 4 or 16 octets of an address. */
export const addressOctets = (address: Address): Uint8Array =>
  unsigned(address.value, ADDRESS_OCTETS[address.family]);
/** The 6 octets of a MAC address. */
export const macOctets = (mac: Mac): Uint8Array => unsigned(mac.value, 6);

/** Reads octets from the front. Every read past the end throws a `PacketError`. */
export class Reader {
  readonly #octets: Uint8Array;
  /** What is being read, for error messages. */
  readonly #what: string;
  #at = 0;

  constructor(octets: Uint8Array, what: string) {
    this.#octets = octets;
    this.#what = what;
  }

  /** Octets not read yet. */
  get remaining(): number {
    return this.#octets.length - this.#at;
  }

  /** The next `count` octets, as a view. */
  take(count: number): Uint8Array {
    if (count > this.remaining) {
      throw new PacketError(
        `${this.#what} ends early: ${count} octets wanted at ${this.#at}, ${this.remaining} there`,
      );
    }
    this.#at += count;
    return this.#octets.subarray(this.#at - count, this.#at);
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  unsigned(octets: number): bigint {
    let value = 0n;
    for (const octet of this.take(octets)) value = (value << 8n) | BigInt(octet);
    return value;
  }

  u8(): number {
    return Number(this.unsigned(1));
  }

  u16(): number {
    return Number(this.unsigned(2));
  }

  u32(): number {
    return Number(this.unsigned(4));
  }

  address(family: Family): Address {
    return Address.of(family, this.unsigned(ADDRESS_OCTETS[family]));
  }

  mac(): Mac {
    return Mac.of(this.unsigned(6));
  }
}
