/** IPv4 and IPv6 addresses as values: text, numbers and order. */
import { AddressError } from './error.ts';
import { formatIpv4, parseIpv4 } from './ipv4-text.ts';
import { formatIpv6, parseIpv6 } from './ipv6-text.ts';
import type { Refusal } from './refusal.ts';

/** The IP version. */
export type Family = 4 | 6;

/** Bits of an address of each family. */
export const ADDRESS_BITS: Readonly<Record<Family, 32 | 128>> = { 4: 32, 6: 128 };

const SORT_KEY = /^(?:4[0-9a-f]{8}|6[0-9a-f]{32})$/;

/** One IPv4 or IPv6 address. Immutable; equal addresses of different text are equal values. */
export class Address {
  readonly family: Family;
  /** The address as a number: 32 bits or 128 bits, network byte order. */
  readonly value: bigint;

  private constructor(family: Family, value: bigint) {
    this.family = family;
    this.value = value;
  }

  /**
   * Reads either family's text (see `parseIpv4` and `parseIpv6`).
   * @throws AddressError
   */
  static parse(text: string): Address {
    const address = Address.read(text);
    if (typeof address !== 'string') return address;
    throw new AddressError(text.includes(':') ? 'an IPv6 address' : 'an IPv4 or IPv6 address', text, address);
  }

  /** Reads either family's text, or gives undefined for what `parse` refuses. */
  static tryParse(text: string): Address | undefined {
    const address = Address.read(text);
    return typeof address === 'string' ? undefined : address;
  }

  /** Reads either family's text, or gives why it is refused: for readers of texts that hold an address. */
  static read(text: string): Address | Refusal {
    if (text === '') return 'it is empty';
    if (text.includes(':')) {
      const value = parseIpv6(text);
      return typeof value === 'string' ? value : new Address(6, value);
    }
    const bits = parseIpv4(text);
    return typeof bits === 'string' ? bits : new Address(4, BigInt(bits));
  }

  /**
   * The address with this number.
   * @throws AddressError when it does not fit the family
   */
  static of(family: Family, value: bigint): Address {
    if (value < 0n || value >> BigInt(ADDRESS_BITS[family]) !== 0n) {
      throw new AddressError(
        `an IPv${family} address`,
        String(value),
        `it needs ${ADDRESS_BITS[family]} bits`,
      );
    }
    return new Address(family, value);
  }

  /**
   * The address with this `sortKey`.
   * @throws AddressError for any other text
   */
  static fromSortKey(key: string): Address {
    if (!SORT_KEY.test(key)) {
      throw new AddressError('an address key', key, 'it must be 4 and 8, or 6 and 32, lower-case hex digits');
    }
    return new Address(key.startsWith('4') ? 4 : 6, BigInt(`0x${key.slice(1)}`));
  }

  /**
   * The family's digit and the address in hex, zero-filled: sorted as text, keys have the order of
   * `compare`, so that a database can range over addresses.
   */
  get sortKey(): string {
    return this.family + this.value.toString(16).padStart(ADDRESS_BITS[this.family] / 4, '0');
  }

  equals(other: Address): boolean {
    return this.family === other.family && this.value === other.value;
  }

  /** Negative, zero or positive as this address sorts before, with or after `other`; IPv4 before IPv6. */
  compare(other: Address): number {
    if (this.family !== other.family) return this.family - other.family;
    return this.value < other.value ? -1 : this.value > other.value ? 1 : 0;
  }

  /**
   * The address `count` further on, or back when negative.
   * @throws AddressError past the family's ends
   */
  plus(count: bigint | number): Address {
    return Address.of(this.family, this.value + BigInt(count));
  }

  /** 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291 section 2.7). */
  get isMulticast(): boolean {
    return this.family === 6 ? this.value >> 120n === 0xffn : this.value >> 28n === 0xen;
  }

  /** 127.0.0.0/8 (RFC 1122 section 3.2.1.3), ::1 (RFC 4291 section 2.5.3). */
  get isLoopback(): boolean {
    return this.family === 6 ? this.value === 1n : this.value >> 24n === 127n;
  }

  /** 0.0.0.0 and :: (RFC 4291 section 2.5.2). */
  get isUnspecified(): boolean {
    return this.value === 0n;
  }

  /** 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 section 2.5.6). */
  get isLinkLocal(): boolean {
    return this.family === 6 ? this.value >> 118n === 0x3fan : this.value >> 16n === 0xa9fen;
  }

  /** ::ffff:0:0/96, an IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5.2). */
  get isMappedV4(): boolean {
    return this.family === 6 && this.value >> 32n === 0xffffn;
  }

  /** 2001:db8::/32 (RFC 3849), 3fff::/20 (RFC 9637); 192.0.2/24, 198.51.100/24, 203.0.113/24 (RFC 5737). */
  get isDocumentation(): boolean {
    if (this.family === 6) return this.value >> 96n === 0x20010db8n || this.value >> 108n === 0x3fff0n;
    const network = this.value >> 8n;
    return network === 0xc00002n || network === 0xc63364n || network === 0xcb0071n;
  }

  /** fc00::/7 (RFC 4193); never true for IPv4. */
  get isUniqueLocal(): boolean {
    return this.family === 6 && this.value >> 121n === 0x7en;
  }

  /** Canonical text: dotted decimal, or RFC 5952. */
  toString(): string {
    return this.family === 6 ? formatIpv6(this.value) : formatIpv4(Number(this.value));
  }

  toJSON(): string {
    return this.toString();
  }
}
