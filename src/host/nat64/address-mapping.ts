/** By which IPv6 address an IPv4 one is known: embedded in a prefix (RFC 6052), or by an explicit mapping (RFC 7757). */
import type { Address } from '../../addressing/index.ts';
import { addressOctets } from '../../packets/index.ts';

export interface AddressMapping {
  /** As text: two of the same name are the same. */
  readonly name: string;
  /** What stands in packets that errors quote: whoever sent them knew no other. */
  readonly quoted: AddressMapping;
  /** The IPv4 address for the IPv6 address at a place; undefined for one that is not mapped. */
  read(octets: Buffer, at: number): number | undefined;
  /** Writes the IPv6 address for an IPv4 address to a place. */
  write(address: number, octets: Buffer, at: number): void;
  /** Whether an IPv4 address may be reached by it. */
  reaches(address: number): boolean;
}

/** What an explicit mapping maps. */
export interface MappedAddress {
  /** As those outside know it. */
  readonly floating: Address;
  /** As the router has it on the way to the translator, and from it. */
  readonly routed: Address;
  /** IPv4. */
  readonly fixed: Address;
}

/** One IPv6 address for one of IPv4: a floating IP. */
export class ExplicitMapping implements AddressMapping {
  readonly name: string;
  readonly quoted: AddressMapping;
  readonly #octets: Buffer;
  readonly #address: number;

  constructor({ floating, routed, fixed }: MappedAddress) {
    this.name = `${floating} ${routed} ${fixed}`;
    this.#octets = Buffer.from(addressOctets(routed));
    this.#address = Number(fixed.value);
    this.quoted = floating.equals(routed) ? this : new ExplicitMapping({ floating, routed: floating, fixed });
  }

  read(octets: Buffer, at: number): number | undefined {
    return this.#octets.compare(octets, at, at + this.#octets.length) === 0 ? this.#address : undefined;
  }

  /** What others than the mapped one say on its behalf, errors of routers on the way, is its own word outside. */
  write(_address: number, octets: Buffer, at: number): void {
    this.#octets.copy(octets, at);
  }

  reaches(): boolean {
    return true;
  }
}
