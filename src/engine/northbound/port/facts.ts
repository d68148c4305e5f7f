/** What hosts are told of ports. Pure. */

import { Prefix } from '../../../addressing/index.ts';
import { encodePortFacts, type PortFacts } from '../../../host-contract/index.ts';
import { openPrefixes as prefixesOpenTo } from '../../../resources/index.ts';
import { ovnDomainName } from '../domain-name.ts';
import { packetLimitsOf } from '../qos.ts';
import { advertiserOf } from './ra-configs.ts';
import type { PortRecord } from './record.ts';

/** The text that a port carries. */
export function portFacts(port: PortRecord, isRouterPort: boolean): string {
  const facts: PortFacts = {
    mac: port.mac,
    projectId: port.projectId,
    deviceId: port.deviceId,
    fixedIps: port.fixedIps.map(({ address, subnet }) => ({ address, subnetId: subnet.id })),
    isRouterPort,
    advertiser: isRouterPort ? (advertiserOf(port) ?? null) : null,
    role: port.role,
    portSecurity: port.portSecurity,
    openPrefixes: openPrefixesOfPort(port),
    allowedAddressPairs: port.allowedAddressPairs.map(({ mac, address }) => ({
      mac,
      prefix: Prefix.parse(
        address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`,
        {
          hostBits: 'clear',
        },
      ),
    })),
    learnedReset: port.learnedReset,
    delegatedPrefixes: port.delegatedPrefixes,
    healthChecks: port.healthChecks,
    nat64Prefixes: port.nat64Prefixes,
    translatedFloatingIps: port.translatedFloatingIps,
    gatewayHosts: port.gatewayHosts,
    prefixTranslations: port.prefixTranslations,
    delegation: port.delegation,
    announced: port.announced,
    subports: port.subports,
    egressOnly: isRouterPort && port.inside ? [...port.inside.subnets, ...port.inside.beyond] : null,
    exposed: port.exposed,
    packetLimits: packetLimitsOf(port.qosRules),
    hostname: port.dnsName,
    domain: ovnDomainName(port.dnsDomain) ?? '',
    dhcpOptions: port.dhcpOptions,
  };
  return encodePortFacts(facts);
}

/** The prefixes in which a port may use any address that nobody else has. */
export function openPrefixesOfPort({ addressPolicy, network, fixedIps }: PortRecord): Prefix[] {
  const subnets = fixedIps.map(({ subnet: { prefix, family, raMode, addressMode } }) => ({
    prefix,
    modes: { ip_version: family, ipv6_ra_mode: raMode, ipv6_address_mode: addressMode },
  }));
  return prefixesOpenTo(addressPolicy ?? network.addressPolicy, subnets);
}
