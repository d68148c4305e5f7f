/** Clients that tell which addresses they have made for themselves (RFC 9686). Pure. */
import type { Address } from '../../../addressing/index.ts';
import type { PortFacts } from '../../../host-contract/index.ts';
import { type Dhcpv6Message, optionsOfKind } from '../../../packets/index.ts';

/**
 * The address that a message registers, if it is valid (section 4.2.1): it is sent from there, to all servers, and names
 * no other. That it is the port's own the guard has seen to, or the message would not be here.
 */
export function registeredAddress(
  { type, options }: Dhcpv6Message,
  { source, unicast }: { readonly source: Address; readonly unicast: boolean },
  port: PortFacts,
): Address | undefined {
  if (type !== 'addr-reg-inform' || unicast || port.isRouterPort || source.isLinkLocal) return undefined;
  const [named, ...others] = optionsOfKind(options, 'ia-address');
  const [client] = optionsOfKind(options, 'client-id');
  const hasServer = optionsOfKind(options, 'server-id').length > 0;
  if (named === undefined || others.length > 0 || client === undefined || hasServer) return undefined;
  if (!named.address.equals(source)) return undefined;
  const isGiven = port.fixedIps.some(({ address }) => address.equals(source));
  return isGiven || port.openPrefixes.some((prefix) => prefix.contains(source)) ? source : undefined;
}

/** The answer (section 4.3), with the address as the client named it. */
export const registrationReply = ({ transaction, options }: Dhcpv6Message): Dhcpv6Message => ({
  type: 'addr-reg-reply',
  transaction,
  options: optionsOfKind(options, 'ia-address'),
});
