/** What DHCPv4 tells of routes and DNS: engine and hosts answer that alike. */
import { type Address, Prefix } from '../addressing/index.ts';
import { SERVICE_ADDRESS_V4 } from './service-port.ts';

interface ToldRoute {
  readonly destination: Prefix;
  readonly nexthop: Address;
}

interface Ipv4Subnet {
  readonly gateway: Address | undefined;
  readonly routes: readonly ToldRoute[];
  readonly dnsServers: readonly Address[];
}

const SERVICE = Prefix.of(SERVICE_ADDRESS_V4, 32);
const EVERYTHING = Prefix.parse('0.0.0.0/0');

/**
 * Routes and DNS servers of an IPv4 subnet. Metadata and DNS are on the link: the unspecified next hop says so (RFC 3442,
 * local subnet routes). Clients that get classless routes ignore the router option: the default route is among them. The
 * unspecified address among the servers is Neutron's word for "none".
 */
export function dhcpv4Settings({ gateway, routes, dnsServers }: Ipv4Subnet): {
  routes: ToldRoute[];
  dnsServers: Address[];
} {
  const isOwn = routes.some(({ destination }) => destination.equals(SERVICE));
  return {
    routes: [
      ...(isOwn ? [] : [{ destination: SERVICE, nexthop: EVERYTHING.network }]),
      ...routes,
      ...(gateway === undefined ? [] : [{ destination: EVERYTHING, nexthop: gateway }]),
    ],
    dnsServers:
      dnsServers.length === 0
        ? [SERVICE_ADDRESS_V4]
        : dnsServers.filter((server) => server.family === 4 && !server.isUnspecified),
  };
}
