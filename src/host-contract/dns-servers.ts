/** Which DNS servers instances are told: engine and hosts answer that alike. */
import type { Address } from '../addressing/index.ts';
import { SERVICE_ADDRESS } from './service-port.ts';

/**
 * The DNS servers that instances are told over IPv6: those of the subnets, in order, each once. Where no subnet names
 * any, it is the host's own, which knows the names of ports, if instances can reach it: if `advertised`, for then they
 * hear that it is on-link. The unspecified address is Neutron's word for "tell no server".
 */
export function dnsServersOf(
  subnets: readonly { readonly servers: readonly Address[] }[],
  advertised: boolean,
): Address[] {
  const named = subnets.flatMap(({ servers }) => servers).filter(({ family }) => family === 6);
  if (named.length === 0) return advertised ? [SERVICE_ADDRESS] : [];
  const servers = named.filter((server) => !server.isUnspecified);
  return [...new Map(servers.map((server) => [server.sortKey, server])).values()];
}
