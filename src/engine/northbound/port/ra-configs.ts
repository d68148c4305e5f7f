/** Router advertisements (RFC 4861) of a router's port: whether there are any, who sends them, and what OVN says. */

import type { Address } from '../../../addressing/index.ts';
import { dnsServersOf } from '../../../host-contract/index.ts';
import { ROUTER_GATEWAY } from '../../../resources/index.ts';
import { ovnDomainName } from '../domain-name.ts';
import type { SubnetRecord } from '../records/subnet.ts';
import type { PortRecord } from './record.ts';

type Advertising = Pick<PortRecord, 'network' | 'adminStateUp' | 'deviceOwner' | 'fixedIps'>;

/**
 * Who sends the advertisements of a router's port: OVN where it can say all that there is to say, which needs no host
 * service; else the hosts, each to its own instances; undefined for nobody.
 *
 * OVN has one manner for all prefixes of a port, which it advertises all, for ever; and one DNS server: given two, it
 * stops answering solicitations.
 */
export function advertiserOf(port: Advertising): 'ovn' | 'host' | undefined {
  const { network, fixedIps, adminStateUp, deviceOwner } = port;
  // Advertisements are for the networks behind the router, not for those that it is a guest on.
  if (!adminStateUp || !network.adminStateUp || deviceOwner === ROUTER_GATEWAY || !isGateway(port)) {
    return undefined;
  }
  const subnets = ipv6Subnets(port);
  const addresses = fixedIps.map(({ address }) => address);
  const isSimple =
    network.retiredPrefixes.length === 0 &&
    network.nat64Prefix === undefined &&
    subnets.every((subnet) => isUsual(subnet, addresses)) &&
    new Set(subnets.map(({ raMode }) => raMode === 'dhcpv6-stateful')).size === 1 &&
    dnsServers(subnets).length <= 1;
  return isSimple ? 'ovn' : 'host';
}

/**
 * What OVN advertises for the port; empty for nothing.
 *
 * | IPv6 subnets of the port | advertised |
 * | --- | --- |
 * | all SLAAC | `slaac`: A=1 |
 * | SLAAC and stateless, or all stateless | `dhcpv6_stateless`: A=1, O=1; right for both |
 * | all stateful | `dhcpv6_stateful`: A=0, M=1 |
 */
export function raConfigs(port: Advertising): Record<string, string> {
  if (advertiserOf(port) !== 'ovn') return {};
  const subnets = ipv6Subnets(port);
  const [rdnss] = dnsServers(subnets);
  const dnssl = ovnDomainName(port.network.dnsDomain);
  const modes = new Set(subnets.map(({ raMode }) => raMode));
  return {
    address_mode: modes.has('dhcpv6-stateful')
      ? 'dhcpv6_stateful'
      : modes.has('dhcpv6-stateless')
        ? 'dhcpv6_stateless'
        : 'slaac',
    send_periodic: 'true',
    mtu: String(port.network.mtu),
    ...(rdnss === undefined ? {} : { rdnss: rdnss.toString() }),
    ...(dnssl === undefined ? {} : { dnssl }),
  };
}

const dnsServers = (subnets: readonly SubnetRecord[]): Address[] =>
  dnsServersOf(
    subnets.map(({ dnsNameservers: servers }) => ({ servers })),
    true,
  );

const ipv6Subnets = ({ fixedIps }: Advertising): SubnetRecord[] => [
  ...new Map(fixedIps.map(({ subnet }) => [subnet.id, subnet])).values().filter(({ family }) => family === 6),
];

/** A router with another address than a subnet's gateway is a guest there: its advertisements would be rogue. */
const isGateway = ({ fixedIps }: Advertising): boolean =>
  fixedIps.some(
    ({ subnet: { gateway, raMode } }) =>
      raMode !== null &&
      (gateway === undefined ||
        gateway.isLinkLocal ||
        fixedIps.some(({ address }) => address.equals(gateway))),
  );

/** Whether a subnet wants nothing said but what OVN says of any. */
const isUsual = (subnet: SubnetRecord, router: readonly Address[]): boolean =>
  subnet.raMode !== null &&
  subnet.searchDomains.length === 0 &&
  subnet.preferredLifetime === null &&
  subnet.validLifetime === null &&
  subnet.routerLifetime === null &&
  subnet.routerPreference === 'medium' &&
  !subnet.prefersDelegation &&
  subnet.pref64 === undefined &&
  subnet.prefixEnd === null &&
  // Routes by the router itself are told in advertisements (RFC 4191); of others they cannot be.
  !subnet.hostRoutes.some(({ nexthop }) => router.some((address) => address.equals(nexthop)));
