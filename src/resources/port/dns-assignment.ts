/** The names that ports have on their network, as its DNS tells them. Pure. */
import { Address, hostNameOf } from '../../addressing/index.ts';
import type { Port } from './definition.ts';

/**
 * @param domain of the network; empty for none
 * @returns a name for each address: the port's own, or one made of the address
 */
export const dnsAssignment = (
  { dns_name, fixed_ips }: Pick<Port, 'dns_name' | 'fixed_ips'>,
  domain: string,
): Port['dns_assignment'] => {
  const end = domain === '' ? '' : `${domain.replace(/\.$/, '')}.`;
  return fixed_ips.map(({ ip_address = '' }) => {
    const hostname = dns_name === '' ? hostNameOf(Address.parse(ip_address)) : dns_name;
    return { hostname, ip_address, fqdn: `${hostname}.${end}` };
  });
};
