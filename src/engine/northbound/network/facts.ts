/** What hosts are told of networks. Pure. */
import {
  encodeNetworkFacts,
  type Lifetimes,
  type NetworkFacts,
  type SubnetFacts,
  serviceMac,
} from '../../../host-contract/index.ts';
import { usualLifetimes } from '../../../resources/subnet/advertised.ts';
import { domainName } from '../domain-name.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';

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
    isPhysical: network.physicalNetwork !== null,
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
