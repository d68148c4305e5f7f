/** What a router port's advertisements say (RFC 4861 section 4.2), as far as OVN's responder can. */
import type { NetworkRow, SubnetRow } from '../../store/tables.ts';
import { nameServers } from './subnet.ts';
import { domainName } from './values.ts';

/**
 * OVN has one personality for all prefixes of a port. With mixed modes the one that makes no wrong addresses wins: an A
 * flag on a stateful prefix would have instances use addresses that anti-spoofing drops, while its absence only leaves
 * a SLAAC prefix without addresses. Between SLAAC and stateless, the O flag of the latter does no harm.
 */
const personalities = [
  ['dhcpv6-stateful', 'dhcpv6_stateful'],
  ['dhcpv6-stateless', 'dhcpv6_stateless'],
  ['slaac', 'slaac'],
] as const;

/**
 * @param subnets whose prefixes the port has
 * @returns nothing, so that not even solicitations are answered, unless a subnet has ipv6_ra_mode
 */
export function raConfigs(network: NetworkRow, subnets: readonly SubnetRow[]): Record<string, string> {
  const advertised = subnets.filter(({ ipv6_ra_mode }) => ipv6_ra_mode !== null);
  const personality = personalities.find(([mode]) =>
    advertised.some(({ ipv6_ra_mode }) => ipv6_ra_mode === mode),
  );
  if (!personality) return {};
  const configs: Record<string, string> = {
    address_mode: personality[1],
    send_periodic: 'true',
    mtu: String(network.mtu),
  };
  // With two servers OVN would log a parse error and answer no solicitation at all.
  const [server] = advertised.flatMap(nameServers);
  if (server) configs.rdnss = server.toString();
  if (network.dns_domain !== '') configs.dnssl = domainName(network.dns_domain);
  return configs;
}
