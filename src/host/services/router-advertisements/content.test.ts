import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { Address, linkLocalAddress, Mac, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../../host-contract/facts.ts';
import { decodeIcmpv6, encodeIcmpv6 } from '../../../packets/icmpv6.ts';
import type { NdOption } from '../../../packets/nd-options.ts';
import { advertisersOn } from './content.ts';

const end = 0xffff_ffff;
const now = 1_800_000_000;
const mac = Mac.parse('fa:16:3e:00:00:fe');
const slaac = subnetFacts('fd00:1::/64', { raMode: 'slaac', addressMode: 'slaac' });
const stateful = subnetFacts('fd00:2::/64');
const stateless = subnetFacts('fd00:3::/64', { raMode: 'dhcpv6-stateless', addressMode: 'dhcpv6-stateless' });
const silent = subnetFacts('fd00:4::/64', { raMode: null, addressMode: null });

/** A router's port with the gateway of each of these subnets. */
const routerOf = (network: NetworkFacts, addresses: string[], facts: Partial<PortFacts> = {}) => ({
  id: 'router',
  facts: portFacts(network, addresses, { mac, isRouterPort: true, advertiser: 'host', ...facts }),
});

/** Options in a line each, as they come off the wire. */
function said(options: readonly NdOption[]): string[] {
  return options.map((option) => {
    switch (option.kind) {
      case 'prefix-information': {
        const flags = `${option.onLink ? 'L' : ''}${option.autonomous ? 'A' : ''}${option.prefersDelegation ? 'P' : ''}`;
        return `${option.prefix} ${flags} ${option.preferredLifetime}/${option.validLifetime}`;
      }
      case 'mtu':
        return `mtu ${option.mtu}`;
      case 'rdnss':
        return `dns ${option.servers.join(' ')} ${option.lifetime}`;
      case 'dnssl':
        return `search ${option.domains.join(' ')} ${option.lifetime}`;
      case 'pref64':
        return `pref64 ${option.prefix} ${option.lifetime}`;
      case 'route-information':
        return `route ${option.prefix} ${option.lifetime}`;
      case 'source-link-layer-address':
        return `from ${option.mac}`;
      default:
        return option.kind;
    }
  });
}

/** What the advertiser says, once it went over the wire. */
function heard(network: NetworkFacts, ports: { id: string; facts: PortFacts }[], id = 'router') {
  const advertiser = advertisersOn(network, ports, now).get(id);
  if (advertiser === undefined) return undefined;
  const { source, advertisement } = advertiser;
  const message = decodeIcmpv6(encodeIcmpv6(advertisement, source, Address.parse('ff02::1')));
  assert(message.kind === 'router-advertisement');
  const { managed, otherConfig, preference, routerLifetime, options } = message;
  return {
    source: String(source),
    router: `M=${Number(managed)} O=${Number(otherConfig)} ${preference} ${routerLifetime}`,
    options: said(options),
  };
}

test('prefixes of different modes, each with its own A flag; silent ones not at all', () => {
  const network = networkFacts([slaac, stateful, stateless, silent]);
  const router = routerOf(network, ['fd00:1::1', 'fd00:2::1', 'fd00:3::1', 'fd00:4::1']);
  assert.deepEqual(heard(network, [router]), {
    source: 'fe80::f816:3eff:fe00:fe',
    router: 'M=1 O=1 medium 9000',
    options: [
      `from ${mac}`,
      'mtu 1442',
      `fd00:1::/64 LA ${end}/${end}`,
      `fd00:2::/64 L ${end}/${end}`,
      `fd00:3::/64 LA ${end}/${end}`,
      'dns fd00:a9fe:a9fe::254 9000',
    ],
  });
});

test('all that subnets can say', () => {
  const network = networkFacts(
    [
      {
        ...slaac,
        dnsServers: [Address.parse('fd00::53'), Address.parse('10.0.0.53')],
        searchDomains: ['a.example.org', 'b.example.org'],
        prefixTime: { preferred: 600, valid: 900 },
        routerLifetime: 1200,
        routerPreference: 'low',
        pref64: Prefix.parse('64:ff9b::/96'),
      },
      {
        ...stateless,
        dnsServers: [Address.parse('fd00::53'), Address.parse('fd00::54')],
        routerLifetime: 2001,
        routerPreference: 'high',
        routes: [
          { destination: Prefix.parse('fd00:a::/48'), nexthop: Address.parse('fd00:1::1') },
          { destination: Prefix.parse('fd00:b::/48'), nexthop: Address.parse('fd00:1::9') },
          { destination: Prefix.parse('::/0'), nexthop: Address.parse('fd00:1::1') },
        ],
      },
    ],
    { dnsDomain: 'net.example.org' },
  );
  assert.deepEqual(heard(network, [routerOf(network, ['fd00:1::1', 'fd00:3::1'])]), {
    source: 'fe80::f816:3eff:fe00:fe',
    router: 'M=0 O=1 high 2001',
    options: [
      `from ${mac}`,
      'mtu 1442',
      'fd00:1::/64 LA 600/900',
      `fd00:3::/64 LA ${end}/${end}`,
      'dns fd00::53 fd00::54 2001',
      'search a.example.org b.example.org net.example.org 2001',
      'pref64 64:ff9b::/96 2008',
      'route fd00:a::/48 2001',
    ],
  });
});

test('a router that is no default router is not preferred; what it tells lasts all the same', () => {
  const network = networkFacts([
    { ...slaac, routerLifetime: 0, routerPreference: 'high', dnsServers: [Address.parse('fd00::53')] },
  ]);
  const { router, options } = heard(network, [routerOf(network, ['fd00:1::1'])])!;
  assert.equal(router, 'M=0 O=0 medium 0');
  assert.equal(options.at(-1), 'dns fd00::53 1800');
});

test('what ends soon is said often', () => {
  const interval = (facts: Partial<typeof slaac>) => {
    const network = networkFacts([{ ...slaac, ...facts }]);
    return advertisersOn(network, [routerOf(network, ['fd00:1::1'])], now).get('router')!.interval;
  };
  assert.equal(interval({}), 600);
  assert.equal(interval({ routerLifetime: 900 }), 300);
  assert.equal(interval({ prefixTime: { preferred: 60, valid: 120 } }), 20);
  assert.equal(interval({ prefixTime: { preferred: 0, valid: 3 } }), 4);
  assert.equal(interval({ raMode: 'dhcpv6-stateful', prefixTime: { preferred: 60, valid: 120 } }), 600);
});

test('a prefix that a provider delegates lasts no longer than it says, nor than the subnet does', () => {
  const times = (facts: object) => {
    const network = networkFacts([{ ...slaac, ...facts }]);
    const ports = [routerOf(network, ['fd00:1::1'])];
    const { interval } = advertisersOn(network, ports, now).get('router')!;
    return [heard(network, ports)!.options.find((line) => line.startsWith('fd00:1::/64')), interval];
  };
  const ends = (preferred: number | null, valid: number | null) => ({ prefixEnd: { preferred, valid } });
  assert.deepEqual(times(ends(now + 90, now + 300)), ['fd00:1::/64 LA 90/300', 30]);
  assert.deepEqual(times(ends(now - 5, now + 300)), ['fd00:1::/64 LA 0/300', 100]);
  assert.deepEqual(times(ends(null, null)), [`fd00:1::/64 LA ${end}/${end}`, 600]);
  const short = { prefixTime: { preferred: 60, valid: 120 } };
  assert.deepEqual(times({ ...short, ...ends(now + 90, null) }), ['fd00:1::/64 LA 60/120', 20]);
});

test('the service port says that the services are on-link, with the routers’ flags', () => {
  const network = networkFacts([slaac, stateful]);
  assert.deepEqual(heard(network, [], ''), {
    source: 'fe80::a9fe:a9fe',
    router: 'M=1 O=0 medium 0',
    options: [`from ${network.mac}`, 'mtu 1442', `fd00:a9fe:a9fe::/64 L ${end}/${end}`],
  });
});

test('where no subnet has an RA mode there is silence', () => {
  const network = networkFacts([silent, subnetFacts('10.0.0.0/24', { raMode: null, addressMode: null })]);
  assert.equal(advertisersOn(network, [routerOf(network, ['fd00:4::1'])], now).size, 0);
});

test('routers that say nothing are none; those that OVN speaks for are known', () => {
  const network = networkFacts([slaac]);
  const by = (advertiser: PortFacts['advertiser']) =>
    advertisersOn(network, [routerOf(network, ['fd00:1::1'], { advertiser })], now).get('router')?.by;
  assert.deepEqual([by(null), by('ovn'), by('host')], [undefined, 'ovn', 'host']);
});

test('prefixes that are gone are given up, by router and service, until they are back or long gone', () => {
  const retiredPrefixes = [
    { prefix: Prefix.parse('fd00:1::/64'), until: now + 100 },
    { prefix: Prefix.parse('fd00:2::/64'), until: now + 100 },
    { prefix: Prefix.parse('fd00:9::/64'), until: now - 1 },
  ];
  // One of them is still a subnet, though no router's; the other came back.
  const network = networkFacts([slaac, stateful, stateless], { retiredPrefixes });
  const ports = [routerOf(network, ['fd00:2::1', 'fd00:3::1'])];
  const gone = (id: string) => heard(network, ports, id)!.options.filter((line) => line.endsWith('0/0'));
  assert.deepEqual(gone('router'), ['fd00:1::/64 A 0/0']);
  assert.deepEqual(gone(''), ['fd00:1::/64 A 0/0']);
  const bare = networkFacts([], { retiredPrefixes });
  assert.deepEqual(heard(bare, [], '')!.options.slice(-2), ['fd00:1::/64 A 0/0', 'fd00:2::/64 A 0/0']);
  assert.equal(heard(networkFacts([], { retiredPrefixes: retiredPrefixes.slice(2) }), [], ''), undefined);
});

test('a router that has left takes back what it said, unless another says it now', () => {
  const subnets = [
    { ...slaac, dnsServers: [Address.parse('fd00::53')], pref64: Prefix.parse('64:ff9b::/96') },
    stateful,
  ];
  const { fixedIps } = routerOf(networkFacts(subnets), ['fd00:1::1', 'fd00:2::1']).facts;
  const network = networkFacts(subnets, { retiredRouters: [{ mac, fixedIps, until: now + 100 }] });
  const farewell = (ports: { id: string; facts: PortFacts }[], at = network) => heard(at, ports, String(mac));
  assert.deepEqual(farewell([]), {
    source: String(linkLocalAddress(mac)),
    router: 'M=1 O=0 medium 0',
    options: [`from ${mac}`, 'mtu 1442', 'dns fd00::53 0', 'pref64 64:ff9b::/96 0'],
  });
  const other = routerOf(network, ['fd00:1::1'], { mac: Mac.parse('fa:16:3e:00:00:fd') });
  assert.deepEqual(farewell([other])?.options, [`from ${mac}`, 'mtu 1442', 'pref64 64:ff9b::/96 0']);
  // Without its subnets it is still none.
  assert.equal(farewell([], { ...network, subnets: [] })?.router, 'M=0 O=0 medium 0');
});

test('a router that is there, or whose MAC address another has, has not left', () => {
  const { fixedIps } = routerOf(networkFacts([slaac]), ['fd00:1::1']).facts;
  const network = networkFacts([slaac], { retiredRouters: [{ mac, fixedIps, until: now + 100 }] });
  const leaves = (facts: Partial<PortFacts>) =>
    heard(network, [routerOf(network, ['fd00:1::1'], facts)], String(mac)) !== undefined;
  assert.equal(leaves({}), false);
  assert.equal(leaves({ advertiser: 'ovn' }), false);
  assert.equal(leaves({ isRouterPort: false, advertiser: null }), false);
  assert.equal(leaves({ advertiser: null }), true);
});

test('a subnet whose instances had rather have prefixes of their own says so, whichever its mode, and replaces no flag', () => {
  const network = networkFacts([
    { ...slaac, prefersDelegation: true },
    { ...stateful, prefersDelegation: true },
  ]);
  const told = heard(network, [routerOf(network, ['fd00:1::1', 'fd00:2::1'])])?.options;
  const prefixes = told?.filter((line) => / L/.test(line)).map((line) => line.split(' ')[1]);
  assert.deepEqual(prefixes, ['LAP', 'LP']);
});
