/** What hosts are told of networks. Pure. */

import {
  encodeNetworkFacts,
  type Lifetimes,
  type NetworkFacts,
  type SubnetFacts,
  serviceMac,
} from '../../../host-contract/index.ts';
import { USUAL_LIFETIMES } from '../../../resources/index.ts';
import { ovnDomainName } from '../domain-name.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';

/** Seconds of a prefix, where the subnet does not say, as OVN has it. */
const NO_END = 0xffff_ffff;
/** Seconds as a default router, where the subnet does not say: as long as RFC 4861 section 6.2.1 lets it be. */
const USUAL_ROUTER_LIFETIME_SECONDS = 9_000;

/** The text that a network's service port carries. */
export function networkFacts(network: NetworkRecord, subnets: readonly SubnetRecord[]): string {
  const facts: NetworkFacts = {
    id: network.id,
    mac: serviceMac(network.id),
    mtu: network.mtu,
    isPhysical: network.physicalNetwork !== null,
    overlay: network.overlay,
    vlanTransparent: network.vlanTransparent,
    dnsDomain: ovnDomainName(network.dnsDomain) ?? '',
    dnsForwarders: network.dnsForwarders,
    nat64Prefix: network.nat64Prefix,
    subnets: subnets.map(subnetFacts),
    retiredPrefixes: network.retiredPrefixes,
    retiredRouters: network.retiredRouters,
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
    leaseTime: lifetimes(subnet, USUAL_LIFETIMES),
    prefixTime: lifetimes(subnet, { preferred: NO_END, valid: NO_END }),
    prefixEnd: subnet.prefixEnd,
    routerPreference: subnet.routerPreference,
    routerLifetime: subnet.routerLifetime ?? USUAL_ROUTER_LIFETIME_SECONDS,
    prefersDelegation: subnet.prefersDelegation,
    pref64: subnet.pref64,
  };
}

const lifetimes = ({ preferredLifetime, validLifetime }: SubnetRecord, usual: Lifetimes): Lifetimes => ({
  preferred: preferredLifetime ?? usual.preferred,
  valid: validLifetime ?? usual.valid,
});
