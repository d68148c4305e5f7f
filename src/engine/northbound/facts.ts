/** What hosts are told of networks and ports, from the store's records. Pure. */
import { type Address, Prefix } from '../../addressing/index.ts';
import {
  encodeNetworkFacts,
  encodePortFacts,
  type Lifetimes,
  type NetworkFacts,
  type PortFacts,
  type SubnetFacts,
  serviceMac,
} from '../../host-contract/index.ts';
import { openPrefixes as prefixesOpenTo } from '../../resources/port/open-prefixes.ts';
import { usualLifetimes } from '../../resources/subnet/advertised.ts';
import { domainName } from './domain-name.ts';
import { advertiserOf } from './ra-configs.ts';
import type { NetworkRecord, PortRecord, SubnetRecord } from './records.ts';

/** Seconds of a prefix, where the subnet does not say, as OVN has it. */
const noEnd = 0xffff_ffff;
/** Seconds as a default router, where the subnet does not say: as long as RFC 4861 section 6.2.1 lets it be. */
const usualRouterLifetime = 9_000;

/** The text that a network's service port carries. */
export function networkFacts(network: NetworkRecord, subnets: readonly SubnetRecord[]): string {
  const facts: NetworkFacts = {
    id: network.id,
    mac: serviceMac(network.id),
    mtu: network.mtu,
    dnsDomain: domainName(network.dnsDomain) ?? '',
    subnets: subnets.map(subnetFacts),
    retiredPrefixes: network.retiredPrefixes,
  };
  return encodeNetworkFacts(facts);
}

function subnetFacts(subnet: SubnetRecord): SubnetFacts {
  return {
    id: subnet.id,
    prefix: subnet.prefix,
    gateway: subnet.gateway,
    enableDhcp: subnet.enableDhcp,
    raMode: subnet.raMode,
    addressMode: subnet.addressMode,
    dnsServers: subnet.dnsNameservers,
    searchDomains: subnet.searchDomains,
    routes: subnet.hostRoutes,
    leaseTime: lifetimes(subnet, usualLifetimes),
    prefixTime: lifetimes(subnet, { preferred: noEnd, valid: noEnd }),
    routerPreference: subnet.routerPreference,
    routerLifetime: subnet.routerLifetime ?? usualRouterLifetime,
    pref64: subnet.pref64,
  };
}

const lifetimes = ({ preferredLifetime, validLifetime }: SubnetRecord, usual: Lifetimes): Lifetimes => ({
  preferred: preferredLifetime ?? usual.preferred,
  valid: validLifetime ?? usual.valid,
});

/** The text that a port carries. */
export function portFacts(port: PortRecord, isRouterPort: boolean): string {
  const open = openPrefixes(port);
  const facts: PortFacts = {
    mac: port.mac,
    projectId: port.projectId,
    deviceId: port.deviceId,
    fixedIps: port.fixedIps.map(({ address, subnet }) => ({ address, subnetId: subnet.id })),
    isRouterPort,
    advertiser: isRouterPort ? (advertiserOf(port) ?? null) : null,
    role: port.role,
    portSecurity: port.portSecurity,
    openPrefixes: open,
    allowedAddressPairs: port.allowedAddressPairs.map(({ mac, address }) => ({
      mac,
      prefix: Prefix.parse(
        address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`,
        {
          hostBits: 'clear',
        },
      ),
    })),
    learnedAddresses: port.learnedAddresses.filter((address) => isIn(open, address)),
    delegatedPrefixes: port.delegatedPrefixes,
    healthChecks: port.healthChecks,
    hostname: port.dnsName,
    dhcpOptions: port.dhcpOptions,
  };
  return encodePortFacts(facts);
}

/** The prefixes in which a port may use any address that nobody else has. */
export function openPrefixes({ addressPolicy, network, fixedIps }: PortRecord): Prefix[] {
  const subnets = fixedIps.map(({ subnet: { prefix, family, raMode, addressMode } }) => ({
    prefix,
    modes: { ip_version: family, ipv6_ra_mode: raMode, ipv6_address_mode: addressMode },
  }));
  return prefixesOpenTo(addressPolicy ?? network.addressPolicy, subnets);
}

const isIn = (prefixes: readonly Prefix[], address: Address): boolean =>
  prefixes.some((prefix) => prefix.contains(address));
