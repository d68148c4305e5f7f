/**
 * IPv4 and IPv6 arithmetic: addresses, prefixes, ranges and MAC addresses as values that do not change, and what
 * follows from one of them for another. Pure; it uses no other part.
 *
 * In goes text or a number; out come values that compare by what they are, and the text of RFC 5952.
 *
 * Begin with `address.ts` and `prefix.ts`.
 */
export { ADDRESS_BITS, Address, type Family } from './address.ts';
export { AddressError } from './error.ts';
export { eui64Address, interfaceIdentifier, linkLocalAddress, macOfEui64 } from './eui64.ts';
export { hostNameOf } from './host-name.ts';
export type { Ipv6Mode } from './ipv6-mode.ts';
export { LINK_LOCAL, LINK_LOCAL_SUBNET } from './link-local.ts';
export { Mac } from './mac.ts';
export {
  embedIpv4,
  extractIpv4,
  NAT64_LENGTHS,
  reachesByNat64,
  WELL_KNOWN_NAT64,
} from './nat64.ts';
export {
  ADJUSTED_AT,
  isNptv6Possible,
  neutralNptv6,
  nptv6Adjustment,
  translateNptv6,
} from './nptv6.ts';
export { Prefix, type PrefixParseOptions } from './prefix.ts';
export { mergePrefixes, subtractPrefixes } from './prefix-set.ts';
export { isPrivateUse } from './private-use.ts';
export { AddressRange, mergeRanges, subtractRanges } from './range.ts';
export {
  reservedIn,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
} from './service-addresses.ts';
