import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Mac, Prefix } from '../addressing/index.ts';
import {
  decodeNetworkFacts,
  decodePortFacts,
  encodeNetworkFacts,
  encodePortFacts,
  FactsError,
  type NetworkFacts,
  type PortFacts,
} from './facts.ts';

const port: PortFacts = {
  mac: Mac.parse('fa:16:3e:00:00:01'),
  fixedIps: [{ address: Address.parse('2001:db8::5'), subnetId: 's1' }],
  projectId: 'red',
  deviceId: 'web',
  isRouterPort: false,
  advertiser: null,
  role: 'host',
  portSecurity: true,
  openPrefixes: [Prefix.parse('2001:db8::/64'), Prefix.parse('fe80::/64')],
  allowedAddressPairs: [
    { mac: undefined, prefix: Prefix.parse('2001:db8::100/128') },
    { mac: Mac.parse('00:00:5e:00:02:01'), prefix: Prefix.parse('10.0.0.0/24') },
  ],
  learnedReset: { serial: 2, kept: [Address.parse('2001:db8::1234')] },
  delegatedPrefixes: [Prefix.parse('2001:db8:1::/56')],
  nat64Prefixes: [Prefix.parse('64:ff9b::/96')],
  prefixTranslations: [
    { internal: Prefix.parse('fd01:203:405::/48'), external: Prefix.parse('2001:db8:1::/48') },
  ],
  gatewayHosts: ['h1', 'h2'],
  translatedFloatingIps: [
    {
      floating: Address.parse('203.0.113.9'),
      routed: Address.parse('251.0.113.9'),
      fixed: Address.parse('fd00::9'),
      prefix: Prefix.parse('64:ff9b::/96'),
    },
  ],
  subports: [{ portId: 'p2', mac: Mac.parse('fa:16:3e:00:00:02'), vlan: 7 }],
  egressOnly: [Prefix.parse('2001:db8::/64')],
  exposed: [
    { address: Address.parse('2001:db8::5'), protocol: 'tcp', firstPort: 80, lastPort: 81 },
    { address: Address.parse('2001:db8::6') },
  ],
  packetLimits: { egress: { rate: 2_000, burst: 1_600 } },
  delegation: {
    routerId: 'r1',
    associations: [{ iaid: 1, length: 63 }],
    leases: [
      { iaid: 1, prefix: Prefix.parse('2001:db8::/56'), preferredUntil: 1_800_000_000, validUntil: null },
    ],
    server: '0003',
  },
  announced: [
    {
      address: Address.parse('2001:db8:f::9'),
      mac: Mac.parse('fa:16:3e:00:00:09'),
      networkId: 'n1',
      physicalNetwork: 'physnet1',
      vlan: 7,
      isProxied: false,
    },
  ],
  healthChecks: [
    {
      id: 'a1',
      address: Address.parse('2001:db8:53::1'),
      type: 'tcp',
      port: 53,
      interval: 2,
      timeout: 1,
      fall: 3,
      rise: 2,
    },
  ],
  hostname: 'web-1',
  domain: 'example.org',
  dhcpOptions: [{ name: 'ntp-server', value: '2001:db8::7b', family: 6 }],
};

const network: NetworkFacts = {
  id: 'n1',
  mac: Mac.parse('0a:00:00:00:00:01'),
  mtu: 1442,
  isPhysical: true,
  overlay: { kind: 'vxlan', key: 5001 },
  vlanTransparent: true,
  dnsDomain: 'example.org',
  dnsForwarders: [Address.parse('fd00::53')],
  nat64Prefix: Prefix.parse('64:ff9b::/96'),
  subnets: [
    {
      id: 's1',
      prefix: Prefix.parse('2001:db8::/64'),
      gateway: undefined,
      enableDhcp: true,
      raMode: 'slaac',
      addressMode: 'slaac',
      dnsServers: [Address.parse('2001:db8::53')],
      searchDomains: ['a.example.org'],
      leaseTime: { preferred: 600, valid: 900 },
      prefixTime: { preferred: 0xffff_ffff, valid: 0xffff_ffff },

      prefixEnd: { preferred: 1_800_000_000, valid: null },
      routerPreference: 'high',
      routerLifetime: 9000,
      prefersDelegation: true,
      pref64: Prefix.parse('64:ff9b::/96'),
      routes: [{ destination: Prefix.parse('2001:db8:9::/48'), nexthop: Address.parse('2001:db8::9') }],
    },
  ],
  retiredPrefixes: [{ prefix: Prefix.parse('2001:db8:7::/64'), until: 1_800_000_000 }],
  retiredRouters: [
    {
      mac: Mac.parse('fa:16:3e:00:00:fe'),
      fixedIps: [{ address: Address.parse('2001:db8::1'), subnetId: 's1' }],
      until: 1_800_000_000,
    },
  ],
};

test('facts come back as they were written', () => {
  assert.deepEqual(JSON.stringify(decodePortFacts(encodePortFacts(port))), JSON.stringify(port));
  assert.deepEqual(JSON.stringify(decodeNetworkFacts(encodeNetworkFacts(network))), JSON.stringify(network));
  assert.ok(decodePortFacts(encodePortFacts(port)).mac.equals(port.mac));
  assert.ok(decodeNetworkFacts(encodeNetworkFacts(network)).subnets[0]?.dnsServers[0] instanceof Address);
});

test('what are no facts is refused', () => {
  assert.throws(() => decodePortFacts('{'), FactsError);
  assert.throws(() => decodePortFacts('{"mac":"x"}'), FactsError);
  assert.throws(() => decodeNetworkFacts('{}'), FactsError);
});
