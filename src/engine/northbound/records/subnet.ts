/** What plans know of a subnet: networks, ports and routers are made from it too. */

import { Address, type Family, type Ipv6Mode, Prefix } from '../../../addressing/index.ts';
import type { SubnetFacts } from '../../../host-contract/index.ts';
import { PREFIX_DELEGATION, type SubnetRow } from '../../../resources/index.ts';
import { columnsOf, listIn, oncePerRow, secondsOf } from './columns.ts';
import type { NetworkRecord } from './network.ts';
import { type Route, routesIn } from './routes.ts';

export interface SubnetRecord {
  readonly id: string;
  readonly family: Family;
  readonly prefix: Prefix;
  readonly gateway: Address | undefined;
  readonly enableDhcp: boolean;
  readonly raMode: Ipv6Mode | null;
  readonly addressMode: Ipv6Mode | null;
  readonly dnsNameservers: readonly Address[];
  readonly searchDomains: readonly string[];
  readonly hostRoutes: readonly Route[];
  /** Seconds; null for what is usual. */
  readonly preferredLifetime: number | null;
  readonly validLifetime: number | null;
  readonly routerLifetime: number | null;
  readonly routerPreference: 'high' | 'medium' | 'low';
  readonly prefersDelegation: boolean;
  readonly pref64: Prefix | undefined;
  /** When the prefix ends that a provider has delegated, in seconds since 1970, null for never; null for any other. */
  readonly prefixEnd: SubnetFacts['prefixEnd'];
}

/** @throws PlanError */
export const subnetRecord = oncePerRow((row: SubnetRow): SubnetRecord => {
  const read = columnsOf(row, 'subnet', row.id);
  return {
    id: row.id,
    family: row.ip_version,
    prefix: read('cidr', (text) => Prefix.parse(text)),
    gateway: read('gateway_ip', (text) => (text === null ? undefined : Address.parse(text))),
    enableDhcp: row.enable_dhcp === 1,
    raMode: row.ipv6_ra_mode as Ipv6Mode | null,
    addressMode: row.ipv6_address_mode as Ipv6Mode | null,
    dnsNameservers: read('dns_nameservers', (json) =>
      listIn<string>(json).map((text) => Address.parse(text)),
    ),
    searchDomains: read('dns_search_domains', (json) => listIn<string>(json)),
    hostRoutes: read('host_routes', routesIn),
    preferredLifetime: row.preferred_lifetime,
    validLifetime: row.valid_lifetime,
    routerLifetime: row.ra_router_lifetime,
    routerPreference: row.ra_router_preference as SubnetRecord['routerPreference'],
    prefersDelegation: row.ra_prefer_delegation === 1,
    pref64: read('pref64', (text) => (text === null ? undefined : Prefix.parse(text))),
    prefixEnd:
      row.subnetpool_id === PREFIX_DELEGATION
        ? { preferred: secondsOf(row.prefix_preferred_until), valid: secondsOf(row.prefix_valid_until) }
        : null,
  };
});

/**
 * Whether OVN's DHCP server serves a subnet. That of IPv6 is the hosts' own, and where IPv6 is preferred that of IPv4 too:
 * OVN's knows a part of it only.
 */
export const isServedByOvn = (
  { family, enableDhcp }: SubnetRecord,
  { nat64Prefix }: Pick<NetworkRecord, 'nat64Prefix'>,
): boolean => family === 4 && enableDhcp && nat64Prefix === undefined;
