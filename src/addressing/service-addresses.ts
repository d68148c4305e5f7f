/** Addresses that Sextant's services have on every network. */
import { Address } from './address.ts';
import { Prefix } from './prefix.ts';

/** The IPv6 metadata address that OpenStack's clients know. */
export const SERVICE_LINK_LOCAL = Address.parse('fe80::a9fe:a9fe');

/** The same for clients that cannot say on which link an address is. Its prefix is on-link on every network. */
export const SERVICE_ADDRESS = Address.parse('fd00:a9fe:a9fe::254');
export const SERVICE_PREFIX = Prefix.of(SERVICE_ADDRESS, 64);

/** The same for IPv4. */
export const SERVICE_ADDRESS_V4 = Address.parse('169.254.169.254');
