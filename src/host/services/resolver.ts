import type { Address } from '../../addressing/index.ts';
import type { NetworkFacts, SubnetFacts } from '../facts.ts';

/** What instances are told to resolve names with. */
export interface Resolver {
  readonly servers: readonly Address[];
  /** Domains to search, without a dot at the end. */
  readonly domains: readonly string[];
}

/**
 * DNS servers and search list of IPv6 subnets, in their order, each once. The unspecified address is Neutron's word
 * for "tell no server"; a subnet without search domains has the network's own domain.
 */
export function resolverOn(subnets: readonly SubnetFacts[], network: NetworkFacts): Resolver {
  const own = network.dnsDomain === '' ? [] : [network.dnsDomain];
  const domains = subnets.flatMap(({ searchDomains }) => (searchDomains.length > 0 ? searchDomains : own));
  const servers = subnets
    .flatMap(({ dnsServers }) => dnsServers)
    .filter((server) => server.family === 6 && !server.isUnspecified);
  return {
    servers: [...new Map(servers.map((server) => [server.sortKey, server])).values()],
    domains: [...new Set(domains)],
  };
}
