export { ADDRESS_BITS, Address, type Family } from './address.ts';
export { AddressError } from './error.ts';
export { eui64Address, interfaceIdentifier, linkLocalAddress, macOfEui64 } from './eui64.ts';
export { Mac } from './mac.ts';
export { Prefix, type PrefixParseOptions } from './prefix.ts';
export { AddressRange, mergeRanges, subtractRanges } from './range.ts';
