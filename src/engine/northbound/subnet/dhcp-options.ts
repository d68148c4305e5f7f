/** What OVN's DHCPv4 server says. Pure. */
import { hash } from 'node:crypto';
import { Mac } from '../../../addressing/index.ts';
import { dhcpv4Settings } from '../../../host-contract/index.ts';
import { ovnDomainName } from '../domain-name.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';

/** Options of a DHCP_Options row, as ovn-nb(5) writes them: sets in braces, text in double quotes. */
export type DhcpOptions = Record<string, string>;

const LEASE_SECONDS = 43_200;

/** DHCPv4 options (RFC 2132, RFC 3442). */
export function dhcpv4Options(subnet: SubnetRecord, network: NetworkRecord): DhcpOptions {
  const { prefix, gateway, hostRoutes, dnsNameservers } = subnet;
  const told = dhcpv4Settings({ gateway, routes: hostRoutes, dnsServers: dnsNameservers });
  const domain = ovnDomainName(network.dnsDomain);
  return withValues({
    // Without a gateway there is no address of ours: OVN intercepts what clients send to any.
    server_id: (gateway ?? prefix.first.plus(1)).toString(),
    server_mac: serverMac(subnet.id),
    lease_time: String(LEASE_SECONDS),
    mtu: String(network.mtu),
    router: gateway?.toString(),
    dns_server: setOf(told.dnsServers.map(String)),
    domain_name: domain && quoted(domain),
    classless_static_route: setOf(told.routes.map(({ destination, nexthop }) => `${destination},${nexthop}`)),
  });
}

/** The MAC address of OVN's DHCP server on a subnet: local, and the same whenever it is asked for. */
function serverMac(subnetId: string): string {
  const octets = hash('sha256', subnetId).slice(0, 10).match(/../g)!;
  return Mac.parse(['0a', ...octets].join(':')).toString();
}

const quoted = (text: string): string => `"${text}"`;

const setOf = (members: readonly string[]): string | undefined =>
  members.length === 0 ? undefined : `{${members.join(', ')}}`;

function withValues(options: Record<string, string | undefined>): DhcpOptions {
  return Object.fromEntries(
    Object.entries(options).filter((option): option is [string, string] => option[1] !== undefined),
  );
}
