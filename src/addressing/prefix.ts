/** Prefixes of both families as values: what they hold, and how they lie to each other. */
import { ADDRESS_BITS, Address, type Family } from './address.ts';
import { AddressError } from './error.ts';
import { AddressRange } from './range.ts';
import type { Refusal } from './refusal.ts';

/** What `Prefix.parse` does with bits that are set after the prefix length, as in 2001:db8::1/64. */
export interface PrefixParseOptions {
  readonly hostBits?: 'refuse' | 'clear';
}

const LENGTH = /^(?:0|[1-9]\d{0,2})$/;

/** A network's address and prefix length: 2001:db8::/64, 192.0.2.0/24. Immutable; host bits are zero. */
export class Prefix {
  readonly network: Address;
  /** Bits that addresses of the prefix share: 0 to 32 or 0 to 128. */
  readonly length: number;
  /** The bits that tell addresses of the prefix apart, all set; also its size less one. */
  readonly #hostMask: bigint;

  private constructor(network: Address, length: number, hostMask: bigint) {
    this.network = network;
    this.length = length;
    this.#hostMask = hostMask;
  }

  /**
   * Reads `address/length` (RFC 4291 section 2.3, RFC 4632 section 3.1).
   * @throws AddressError
   */
  static parse(text: string, options: PrefixParseOptions = {}): Prefix {
    const prefix = Prefix.#read(text, options.hostBits ?? 'refuse');
    if (typeof prefix !== 'string') return prefix;
    throw new AddressError(text.includes(':') ? 'an IPv6 prefix' : 'an IPv4 or IPv6 prefix', text, prefix);
  }

  /** Reads `address/length`, or gives undefined for what `parse` refuses. */
  static tryParse(text: string, options: PrefixParseOptions = {}): Prefix | undefined {
    const prefix = Prefix.#read(text, options.hostBits ?? 'refuse');
    return typeof prefix === 'string' ? undefined : prefix;
  }

  /**
   * The prefix of this length that holds `address`.
   * @throws AddressError for an impossible length
   */
  static of(address: Address, length: number): Prefix {
    const bits = ADDRESS_BITS[address.family];
    if (!Number.isInteger(length) || length < 0 || length > bits) {
      throw new AddressError(`an IPv${address.family} prefix`, `${address}/${length}`, lengthRefusal(bits));
    }
    return Prefix.#holding(address, length);
  }

  get family(): Family {
    return this.network.family;
  }

  /** The network address itself. */
  get first(): Address {
    return this.network;
  }

  /** The address with all host bits set: on IPv4, mostly, the broadcast address. */
  get last(): Address {
    return Address.of(this.family, this.network.value | this.#hostMask);
  }

  /** How many addresses it holds, first and last included. */
  get size(): bigint {
    return this.#hostMask + 1n;
  }

  /** All its addresses, first and last included. */
  get range(): AddressRange {
    return AddressRange.of(this.first, this.last);
  }

  contains(address: Address): boolean {
    return address.family === this.family && (address.value ^ this.network.value) <= this.#hostMask;
  }

  /** True when every address of `other` is in this prefix; a prefix covers itself. */
  covers(other: Prefix): boolean {
    return other.length >= this.length && this.contains(other.network);
  }

  /** True when they share an address, that is, when one covers the other. */
  overlaps(other: Prefix): boolean {
    return this.covers(other) || other.covers(this);
  }

  equals(other: Prefix): boolean {
    return this.length === other.length && this.network.equals(other.network);
  }

  /** The prefix of one bit less that holds it; undefined for /0. */
  get parent(): Prefix | undefined {
    return this.length === 0 ? undefined : Prefix.#holding(this.network, this.length - 1);
  }

  /** The other half of its parent; undefined for /0. */
  get sibling(): Prefix | undefined {
    if (this.length === 0) return undefined;
    return Prefix.#holding(Address.of(this.family, this.network.value ^ this.size), this.length);
  }

  /**
   * The address `offset` after the network address.
   * @throws AddressError when that is outside
   */
  at(offset: bigint | number): Address {
    const position = BigInt(offset);
    if (position < 0n || position > this.#hostMask) {
      throw new AddressError(`an offset in ${this}`, String(offset), `it must be 0 to ${this.#hostMask}`);
    }
    return this.network.plus(position);
  }

  /** `address/length` with the canonical text of the address. */
  toString(): string {
    return `${this.network}/${this.length}`;
  }

  toJSON(): string {
    return this.toString();
  }

  static #read(text: string, hostBits: 'refuse' | 'clear'): Prefix | Refusal {
    const slash = text.indexOf('/');
    if (slash < 0) return 'it has no prefix length, such as /64';
    const address = Address.read(text.slice(0, slash));
    if (typeof address === 'string') return `in its address, ${address}`;
    const bits = ADDRESS_BITS[address.family];
    const lengthText = text.slice(slash + 1);
    const length = Number(lengthText);
    if (!LENGTH.test(lengthText) || length > bits) return lengthRefusal(bits);
    const prefix = Prefix.#holding(address, length);
    if (hostBits === 'refuse' && !prefix.network.equals(address)) {
      return `it has bits set after the prefix length; the prefix is ${prefix}`;
    }
    return prefix;
  }

  static #holding(address: Address, length: number): Prefix {
    const bits = BigInt(ADDRESS_BITS[address.family] - length);
    const network = Address.of(address.family, (address.value >> bits) << bits);
    return new Prefix(network, length, (1n << bits) - 1n);
  }
}

function lengthRefusal(bits: number): Refusal {
  return `its prefix length must be a whole number from 0 to ${bits}`;
}
