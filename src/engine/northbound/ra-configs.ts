import { nameservers } from './dhcp-options.ts';
import { domainName } from './domain-name.ts';
import type { NetworkRecord, SubnetRecord } from './records.ts';

/** How the router's port speaks to its network: one manner for all of its prefixes. */
type AddressMode = 'slaac' | 'dhcpv6_stateful' | 'dhcpv6_stateless';

/**
 * What a router's port advertises (RFC 4861) on a network; empty for nothing.
 *
 * OVN advertises every prefix of the port, all with the same flags. Where the subnets differ, an instance must
 * not form an address that is not its port's, for anti-spoofing would drop what it sends from there, and source
 * address selection may well pick it. So prefixes are for autoconfiguration (A=1) only when all of them are:
 *
 * | IPv6 subnets of the port | advertised |
 * | --- | --- |
 * | none with an RA mode | nothing |
 * | all SLAAC | `slaac`: A=1 |
 * | SLAAC and stateless, or all stateless | `dhcpv6_stateless`: A=1, O=1; right for both |
 * | any that is neither SLAAC nor stateless | `dhcpv6_stateful`: A=0, M=1; instances get their stateful address, and not the SLAAC ones |
 */
export function raConfigs(subnets: readonly SubnetRecord[], network: NetworkRecord): Record<string, string> {
  const ipv6 = subnets.filter(({ family }) => family === 6);
  const advertised = ipv6.filter(({ raMode }) => raMode !== null);
  if (advertised.length === 0) return {};
  // OVN takes one server; given two it stops answering router solicitations.
  const [rdnss] = advertised.flatMap(nameservers);
  const dnssl = domainName(network.dnsDomain);
  return {
    address_mode: addressMode(ipv6),
    send_periodic: 'true',
    mtu: String(network.mtu),
    ...(rdnss === undefined ? {} : { rdnss }),
    ...(dnssl === undefined ? {} : { dnssl }),
  };
}

function addressMode(subnets: readonly SubnetRecord[]): AddressMode {
  const modes = new Set(subnets.map(({ raMode, addressMode }) => raMode ?? addressMode));
  if (modes.has('dhcpv6-stateful') || modes.has(null)) return 'dhcpv6_stateful';
  return modes.has('dhcpv6-stateless') ? 'dhcpv6_stateless' : 'slaac';
}
