/** Records for tests of plans: ordinary ones, of which a test says only what matters to it. */
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import type { PortRecord } from '../../src/engine/northbound/port/record.ts';
import type { FixedIpRecord } from '../../src/engine/northbound/records/fixed-ips.ts';
import type { NetworkRecord } from '../../src/engine/northbound/records/network.ts';
import type { SubnetRecord } from '../../src/engine/northbound/records/subnet.ts';
import type { RouterRecord } from '../../src/engine/northbound/router/record.ts';
import type { SecurityGroupRuleRecord } from '../../src/engine/northbound/security-group/record.ts';

export const network = (facts: Partial<NetworkRecord> = {}): NetworkRecord => ({
  id: 'n1',
  adminStateUp: true,
  mtu: 1422,
  type: 'geneve',
  overlay: null,
  physicalNetwork: null,
  isExternal: false,
  vlan: null,
  dnsDomain: '',
  dnsForwarders: [],
  nat64Prefix: undefined,
  retiredPrefixes: [],
  retiredRouters: [],
  addressPolicy: 'prefix',
  multicastSnooping: false,
  vlanTransparent: false,
  ...facts,
});

/** A subnet with its first host as gateway; its id is the prefix unless given. */
export const subnet = (prefix: string, facts: Partial<SubnetRecord> = {}): SubnetRecord => {
  const parsed = Prefix.parse(prefix);
  return {
    id: prefix,
    family: parsed.family,
    prefix: parsed,
    gateway: parsed.at(1n),
    enableDhcp: true,
    raMode: null,
    addressMode: null,
    dnsNameservers: [],
    searchDomains: [],
    hostRoutes: [],
    preferredLifetime: null,
    validLifetime: null,
    routerLifetime: null,
    routerPreference: 'medium',
    prefersDelegation: false,
    pref64: undefined,
    prefixEnd: null,
    ...facts,
  };
};

export const slaac = { raMode: 'slaac', addressMode: 'slaac' } as const;
export const stateless = { raMode: 'dhcpv6-stateless', addressMode: 'dhcpv6-stateless' } as const;
export const stateful = { raMode: 'dhcpv6-stateful', addressMode: 'dhcpv6-stateful' } as const;

export const fixedIp = (address: string, on: SubnetRecord): FixedIpRecord => ({
  address: Address.parse(address),
  subnet: on,
});

export const addresses = (...texts: string[]): Address[] => texts.map((text) => Address.parse(text));

/** A protected port of an instance, without addresses. */
export const port = (facts: Partial<PortRecord> = {}): PortRecord => ({
  id: 'p1',
  network: network(),
  mac: Mac.parse('fa:16:3e:00:00:01'),
  adminStateUp: true,
  deviceOwner: 'compute:nova',
  deviceId: 'i1',
  host: '',
  isRefused: false,
  furtherHosts: [],
  isHardware: false,
  projectId: 'red',
  portSecurity: true,
  fixedIps: [],
  allowedAddressPairs: [],
  securityGroups: [],
  addressPolicy: null,
  role: 'host',
  delegatedPrefixes: [],
  routersToDelegated: [],
  learnedReset: null,
  dnsName: '',
  dnsDomain: '',
  healthChecks: [],
  routerAddress: undefined,
  nat64Prefixes: [],
  translatedFloatingIps: [],
  gatewayHosts: [],
  prefixTranslations: [],
  delegation: null,
  announced: [],
  subports: [],
  inside: undefined,
  exposed: [],
  qosRules: [],
  dhcpOptions: [],
  ...facts,
});

export const router = (facts: Partial<RouterRecord> = {}): RouterRecord => ({
  id: 'r1',
  adminStateUp: true,
  enableSnat: true,
  multicastRelay: false,
  nat64Prefixes: [],
  routes: [],
  interfaces: [],
  gateways: [],
  delegated: [],
  ...facts,
});

/** A rule that lets all IPv6 in. */
export const rule = (facts: Partial<SecurityGroupRuleRecord> = {}): SecurityGroupRuleRecord => ({
  id: 'rule1',
  direction: 'ingress',
  family: 6,
  protocol: null,
  portRangeMin: null,
  portRangeMax: null,
  remotePrefix: null,
  remoteGroupId: null,
  remoteAddressGroupId: null,
  ...facts,
});
