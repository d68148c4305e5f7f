/** The host name of an address that has no other. */
import type { Address } from './address.ts';

/** As Neutron has it: `host-10-0-0-5`, `host-2001-db8--5`. No label of a domain name ends with a hyphen (RFC 1123 section 2.1). */
export const hostNameOf = (address: Address): string =>
  `host-${`${address}`.replace(/:$/, ':0').replaceAll(/[.:]/g, '-')}`;
