/** IPv4 addresses in the clothes of IPv6 (RFC 6052): what DNS64 says and NAT64 translates. */
import { Address } from './address.ts';
import { Prefix } from './prefix.ts';
import { isPrivateUse } from './private-use.ts';

/** Lengths that a prefix of a NAT64 may have (RFC 6052 section 2.2). */
export const NAT64_LENGTHS: readonly number[] = [32, 40, 48, 56, 64, 96];

/** The prefix that everybody may use, for addresses that mean the same to everybody (RFC 6052 section 3.1). */
export const WELL_KNOWN_NAT64 = Prefix.parse('64:ff9b::/96');

/** Where an IPv4 address stands in one of IPv6: bits from the right, of its first part and of the rest. */
function placeIn({ length }: Prefix): { first: number; firstBits: number; restBits: number; rest: number } {
  if (length === 96) return { first: 0, firstBits: 32, rest: 0, restBits: 0 };
  // Bits 64 to 71 are zero, whatever the prefix (section 2.2).
  const firstBits = 64 - length;
  const restBits = 32 - firstBits;
  return { first: 64, firstBits, rest: 56 - restBits, restBits };
}

/** The IPv6 address that stands for an IPv4 address behind a NAT64 of this prefix. */
export function embedIpv4(prefix: Prefix, { value }: Address): Address {
  const { first, rest, restBits } = placeIn(prefix);
  const high = value >> BigInt(restBits);
  const low = value & ((1n << BigInt(restBits)) - 1n);
  return Address.of(6, prefix.network.value | (high << BigInt(first)) | (low << BigInt(rest)));
}

/** The IPv4 address that an IPv6 address stands for; undefined for one outside the prefix, or that stands for none. */
export function extractIpv4(prefix: Prefix, address: Address): Address | undefined {
  if (!prefix.contains(address)) return undefined;
  const { first, firstBits, rest, restBits } = placeIn(prefix);
  const bitsAt = (at: number, bits: number) => (address.value >> BigInt(at)) & ((1n << BigInt(bits)) - 1n);
  const found = Address.of(4, (bitsAt(first, firstBits) << BigInt(restBits)) | bitsAt(rest, restBits));
  return embedIpv4(prefix, found).equals(address) ? found : undefined;
}

/** What is nobody's to be reached by (RFC 6890 section 2.2.2): this host, loopback, link-local, groups, reserved. */
const NOBODY = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4'].map((text) =>
  Prefix.parse(text),
);

/** Beside what is for private use, what means something else elsewhere (RFC 7335, RFC 2544). */
const LOCAL = ['192.0.0.0/24', '198.18.0.0/15'].map((text) => Prefix.parse(text));

/**
 * Whether a NAT64 of this prefix may lead to an IPv4 address: the well-known one only to what is the same everywhere (RFC
 * 6052 section 3.1).
 */
export function reachesByNat64(prefix: Prefix, address: Address): boolean {
  const isIn = (prefixes: readonly Prefix[]) => prefixes.some((one) => one.contains(address));
  const isLocal = () => isPrivateUse(Prefix.of(address, 32)) || isIn(LOCAL);
  return !isIn(NOBODY) && !(prefix.equals(WELL_KNOWN_NAT64) && isLocal());
}
