/** Where instances may take addresses by themselves. Pure. */
import { LINK_LOCAL_SUBNET, type Prefix } from '../../addressing/index.ts';
import { isAutoAddress, type SubnetModes } from '../subnet/modes.ts';

/** Which addresses ports may use beside their own: any in their SLAAC prefixes, or none. */
export type AddressPolicy = 'prefix' | 'strict';

/**
 * The prefixes in which a port may use any address that nobody else has: those in which its instance forms its
 * addresses itself (RFC 4862), and with them the link-local one, which need not be made from the MAC either
 * (RFC 7217).
 * @param policy the port's, or else its network's
 * @param subnets those that the port has addresses of
 */
export function openPrefixes(
  policy: AddressPolicy,
  subnets: readonly { readonly prefix: Prefix; readonly modes: SubnetModes }[],
): Prefix[] {
  if (policy === 'strict') return [];
  const own = subnets.filter(({ modes }) => isAutoAddress(modes)).map(({ prefix }) => prefix);
  return [LINK_LOCAL_SUBNET, ...new Map(own.map((prefix) => [prefix.toString(), prefix])).values()];
}
