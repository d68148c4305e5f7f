/** Addresses that are made from MAC addresses, and back: SLAAC's modified EUI-64. */
import { Address } from './address.ts';
import { AddressError } from './error.ts';
import { LINK_LOCAL_SUBNET } from './link-local.ts';
import { Mac } from './mac.ts';
import type { Prefix } from './prefix.ts';

/** Bits of an interface identifier (RFC 4291 section 2.5.1). */
const INTERFACE_IDENTIFIER_BITS = 64;

/** What stands between the two halves of a MAC address in its EUI-64 (RFC 4291 appendix A). */
const MIDDLE = 0xfffen;

/** The universal/local bit, which the modified EUI-64 format turns over. */
const UNIVERSAL_BIT = 1n << 57n;

/**
 * The address that an interface with this MAC address forms in `prefix` by SLAAC with modified EUI-64
 * identifiers (RFC 4291 appendix A, RFC 4862 section 5.5.3).
 * @throws AddressError unless `prefix` is an IPv6 /64
 */
export function eui64Address(prefix: Prefix, mac: Mac): Address {
  if (prefix.family !== 6 || prefix.length !== INTERFACE_IDENTIFIER_BITS) {
    throw new AddressError('a prefix for EUI-64 addresses', String(prefix), 'it must be an IPv6 /64');
  }
  return Address.of(6, prefix.network.value | modifiedEui64(mac));
}

/** The MAC address that an IPv6 address was formed from, or undefined when its identifier is no EUI-64. */
export function macOfEui64(address: Address): Mac | undefined {
  const identifier = interfaceIdentifier(address) ^ UNIVERSAL_BIT;
  if (address.family !== 6 || BigInt.asUintN(16, identifier >> 24n) !== MIDDLE) return undefined;
  return Mac.of(((identifier >> 40n) << 24n) | BigInt.asUintN(24, identifier));
}

/** The link-local address that an interface with this MAC address has by default (RFC 4862 section 5.3). */
export function linkLocalAddress(mac: Mac): Address {
  return eui64Address(LINK_LOCAL_SUBNET, mac);
}

/** The last 64 bits of an IPv6 address (RFC 4291 section 2.5.1). */
export function interfaceIdentifier(address: Address): bigint {
  return BigInt.asUintN(INTERFACE_IDENTIFIER_BITS, address.value);
}

function modifiedEui64(mac: Mac): bigint {
  const eui64 = ((mac.value >> 24n) << 40n) | (MIDDLE << 24n) | BigInt.asUintN(24, mac.value);
  return eui64 ^ UNIVERSAL_BIT;
}
