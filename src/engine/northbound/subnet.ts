/** DHCP of a subnet, as OVN's own responder serves it. */

import { Address, Prefix } from '../../addressing/index.ts';
import type { NetworkRow, SubnetRow } from '../../store/tables.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { addressSet, domainName, macOf, quoted } from './values.ts';

/** Seconds that an IPv4 address is leased for. */
const leaseTime = 43_200;

export type AddressMode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

type Modes = Pick<SubnetRow, 'ipv6_ra_mode' | 'ipv6_address_mode'>;

/** How instances get addresses: what the modes say, and by DHCPv6 when neither does. */
export const addressMode = ({ ipv6_ra_mode, ipv6_address_mode }: Modes): AddressMode =>
  (ipv6_address_mode ?? ipv6_ra_mode ?? 'dhcpv6-stateful') as AddressMode;

/** Whether there are DHCP options for ports of the subnet. */
export const servesDhcp = (subnet: SubnetRow): boolean =>
  subnet.enable_dhcp === 1 && (subnet.ip_version === 4 || addressMode(subnet) !== 'slaac');

export const nameServers = (subnet: SubnetRow): Address[] =>
  (JSON.parse(subnet.dns_nameservers) as string[]).map(Address.parse);

interface HostRoute {
  destination: string;
  nexthop: string;
}

function dhcpv4Options(subnet: SubnetRow, network: NetworkRow): Record<string, string> {
  const prefix = Prefix.parse(subnet.cidr);
  const servers = nameServers(subnet);
  const routes = JSON.parse(subnet.host_routes) as HostRoute[];
  const options: Record<string, string> = {
    server_id: subnet.gateway_ip ?? prefix.at(1n).toString(),
    server_mac: macOf(subnet.id),
    lease_time: String(leaseTime),
    mtu: String(network.mtu),
  };
  if (subnet.gateway_ip !== null) options.router = subnet.gateway_ip;
  if (servers.length > 0) options.dns_server = addressSet(servers);
  if (network.dns_domain !== '') options.domain_name = quoted(domainName(network.dns_domain));
  if (routes.length > 0) {
    // Clients that get option 121 ignore the router option (RFC 3442): the default route must be in it.
    const all =
      subnet.gateway_ip === null
        ? routes
        : [...routes, { destination: '0.0.0.0/0', nexthop: subnet.gateway_ip }];
    options.classless_static_route = `{${all.map(({ destination, nexthop }) => `${destination},${nexthop}`).join(', ')}}`;
  }
  return options;
}

function dhcpv6Options(subnet: SubnetRow, network: NetworkRow): Record<string, string> {
  const servers = nameServers(subnet);
  const options: Record<string, string> = { server_id: macOf(subnet.id) };
  if (addressMode(subnet) === 'dhcpv6-stateless') options.dhcpv6_stateless = 'true';
  if (servers.length > 0) options.dns_server = addressSet(servers);
  if (network.dns_domain !== '') options.domain_search = quoted(domainName(network.dns_domain));
  return options;
}

/** The subnet's DHCP options; ports refer to them. */
export function planSubnet(subnet: SubnetRow, network: NetworkRow): readonly PlannedRow[] {
  if (!servesDhcp(subnet)) return [];
  return [
    {
      table: 'DHCP_Options',
      key: 'dhcp',
      columns: {
        cidr: subnet.cidr,
        options: subnet.ip_version === 4 ? dhcpv4Options(subnet, network) : dhcpv6Options(subnet, network),
        external_ids: {},
      },
    },
  ];
}
