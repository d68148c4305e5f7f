/** Addresses that Sextant's services have on every network. */
import { Address } from './address.ts';
import { Prefix } from './prefix.ts';

/** The IPv6 metadata address that OpenStack's clients know. */
export const SERVICE_LINK_LOCAL = Address.parse('fe80::a9fe:a9fe');

/** The same for clients that cannot say on which link an address is. Its prefix is on-link on every network. */
export const SERVICE_ADDRESS = Address.parse('fd00:a9fe:a9fe::254');
export const SERVICE_PREFIX = Prefix.of(SERVICE_ADDRESS, 64);

/** Where translators between IPv6 and IPv4 have their addresses (RFC 7335), those of Sextant's among them. */
const TRANSLATORS = Prefix.parse('192.0.0.0/29');

/** What nobody else can have, as services have it on every network or behind every router, and overlaps with a prefix. */
export const reservedIn = (prefix: Prefix): Prefix | undefined =>
  [SERVICE_PREFIX, TRANSLATORS].find((reserved) => reserved.overlaps(prefix));

/** The same for IPv4. */
export const SERVICE_ADDRESS_V4 = Address.parse('169.254.169.254');
