/** What instances are told of DNS, by advertisements and DHCPv6 alike. */
import type { Address } from '../../addressing/index.ts';
import { dnsServersOf, type NetworkFacts, type SubnetFacts } from '../../host-contract/index.ts';

/** What instances are told to resolve names with. */
interface Resolver {
  readonly servers: readonly Address[];
  /** Domains to search, without a dot at the end. */
  readonly domains: readonly string[];
}

/** DNS servers and search list of IPv6 subnets. One without search domains has the network's own domain. */
export function resolverOn(subnets: readonly SubnetFacts[], network: NetworkFacts): Resolver {
  const own = network.dnsDomain === '' ? [] : [network.dnsDomain];
  const domains = subnets.flatMap(({ searchDomains }) => (searchDomains.length > 0 ? searchDomains : own));
  const advertised = network.subnets.some(({ raMode }) => raMode !== null);
  return {
    servers: dnsServersOf(
      subnets.map(({ dnsServers: servers }) => ({ servers })),
      advertised,
    ),
    domains: [...new Set(domains)],
  };
}
