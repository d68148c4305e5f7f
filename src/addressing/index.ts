export { ADDRESS_BITS, Address, type Family } from './address.ts';
export { AddressError } from './error.ts';
export { eui64Address, interfaceIdentifier, linkLocalAddress, macOfEui64 } from './eui64.ts';
export { Mac } from './mac.ts';
export { Prefix, type PrefixParseOptions } from './prefix.ts';
export { AddressRange, mergeRanges, subtractRanges } from './range.ts';
export {
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
} from './service-addresses.ts';
