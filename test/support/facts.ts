/** Facts for tests of host services: ordinary ones, of which a test says only what matters to it. */
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import type { NetworkFacts, PortFacts, SubnetFacts } from '../../src/host-contract/facts.ts';

/** A subnet with its first host as gateway, served by DHCPv6; its id is the prefix. */
export const subnetFacts = (prefix: string, facts: Partial<SubnetFacts> = {}): SubnetFacts => ({
  id: prefix,
  prefix: Prefix.parse(prefix),
  gateway: Prefix.parse(prefix).at(1n),
  enableDhcp: true,
  raMode: 'dhcpv6-stateful',
  addressMode: 'dhcpv6-stateful',
  dnsServers: [],
  searchDomains: [],
  routes: [],
  leaseTime: { preferred: 600, valid: 900 },
  prefixTime: { preferred: 0xffff_ffff, valid: 0xffff_ffff },
  prefixEnd: null,
  routerPreference: 'medium',
  routerLifetime: 9000,
  prefersDelegation: false,
  pref64: undefined,
  ...facts,
});

export const networkFacts = (
  subnets: readonly SubnetFacts[],
  facts: Partial<NetworkFacts> = {},
): NetworkFacts => ({
  id: 'n1',
  mac: Mac.parse('0e:00:00:00:00:01'),
  mtu: 1442,
  isPhysical: false,
  overlay: null,
  vlanTransparent: false,
  dnsDomain: '',
  dnsForwarders: [],
  nat64Prefix: undefined,
  subnets,
  retiredPrefixes: [],
  retiredRouters: [],
  ...facts,
});

/** An instance's port with addresses, each in the subnet of the network that holds it. */
export const portFacts = (
  network: NetworkFacts,
  addresses: readonly string[],
  facts: Partial<PortFacts> = {},
): PortFacts => ({
  mac: Mac.parse('fa:16:3e:00:00:01'),
  fixedIps: addresses.map((text) => {
    const address = Address.parse(text);
    return { address, subnetId: network.subnets.find(({ prefix }) => prefix.contains(address))!.id };
  }),
  projectId: 'project',
  deviceId: 'instance',
  isRouterPort: false,
  advertiser: null,
  role: 'host',
  portSecurity: true,
  openPrefixes: [],
  allowedAddressPairs: [],
  learnedReset: null,
  delegatedPrefixes: [],
  healthChecks: [],
  nat64Prefixes: [],
  translatedFloatingIps: [],
  gatewayHosts: [],
  prefixTranslations: [],
  delegation: null,
  announced: [],
  subports: [],
  egressOnly: null,
  exposed: [],
  packetLimits: {},
  hostname: '',
  domain: '',
  dhcpOptions: [],
  ...facts,
});
