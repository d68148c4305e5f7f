/** MAC addresses as values. */
import { AddressError } from './error.ts';

const BITS = 48n;

/** Six octets with colons, six with hyphens, or three groups of four digits with dots. */
const FORMS =
  /^(?:[0-9a-f]{2}(?::[0-9a-f]{2}){5}|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})$/i;

/** A 48-bit MAC address (EUI-48). Immutable. */
export class Mac {
  /** The address as a number of 48 bits, first octet on top. */
  readonly value: bigint;

  private constructor(value: bigint) {
    this.value = value;
  }

  /**
   * Reads `aa:bb:cc:dd:ee:ff`, `aa-bb-cc-dd-ee-ff` or `aabb.ccdd.eeff`.
   * @throws AddressError
   */
  static parse(text: string): Mac {
    const mac = Mac.tryParse(text);
    if (mac !== undefined) return mac;
    throw new AddressError('a MAC address', text, 'write six octets of two hex digits: fa:16:3e:00:00:01');
  }

  /** Reads a MAC address, or gives undefined for what `parse` refuses. */
  static tryParse(text: string): Mac | undefined {
    return FORMS.test(text) ? new Mac(BigInt(`0x${text.replace(/[:.-]/g, '')}`)) : undefined;
  }

  /**
   * The MAC address with this number.
   * @throws AddressError when it needs more than 48 bits
   */
  static of(value: bigint): Mac {
    if (value < 0n || value >> BITS !== 0n) {
      throw new AddressError('a MAC address', String(value), 'it needs 48 bits');
    }
    return new Mac(value);
  }

  /** True for group addresses, broadcast too (the I/G bit): such an address is no interface's own. */
  get isMulticast(): boolean {
    return (this.value & (0x01n << 40n)) !== 0n;
  }

  /** True when it was assigned locally, not by the maker (the U/L bit). */
  get isLocal(): boolean {
    return (this.value & (0x02n << 40n)) !== 0n;
  }

  /** True for the virtual addresses that the routers of a VRRP group take in turn (RFC 9568 section 7.3). */
  get isVirtualRouter(): boolean {
    return this.value >> 8n === 0x00005e0001n || this.value >> 8n === 0x00005e0002n;
  }

  equals(other: Mac): boolean {
    return this.value === other.value;
  }

  /** Lower case, with colons. */
  toString(): string {
    const hex = this.value.toString(16).padStart(12, '0');
    return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
