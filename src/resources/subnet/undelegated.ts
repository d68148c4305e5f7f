/** Subnets whose prefix a provider delegates, while it has not: they have no addresses, and are nowhere. Pure. */
import { Prefix } from '../../addressing/index.ts';

/** In the place of a pool: a provider gives the prefix, by DHCPv6. */
export const PREFIX_DELEGATION = 'prefix_delegation';

/** The prefix of such a subnet in the API, as Neutron has it. No other subnet can have it. */
export const UNDELEGATED = Prefix.parse('::/64');

/** The same as it is in the store. */
export const UNDELEGATED_CIDR = UNDELEGATED.toString();

export const isUndelegated = ({ cidr }: { readonly cidr: string }): boolean => cidr === UNDELEGATED_CIDR;

/** Why a subnet has no prefix that is attached to nothing. */
export const NOWHERE = 'it is attached to no router';
