import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { outcomeOf, type Packet } from '../../../test/support/flow-table.ts';
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import type { PortFacts } from '../../host-contract/facts.ts';
import { serviceMac } from '../../host-contract/service-port.ts';
import { NO_ETHER_TYPE } from '../../openflow/match.ts';
import { ETHER_TYPE } from '../../packets/ethernet.ts';
import { ICMPV6_TYPE } from '../../packets/icmpv6.ts';
import { IP_PROTOCOL } from '../../packets/ip-protocol.ts';
import { sharedRules } from './message-rules.ts';
import { networkRules, ownerRules } from './owner-rules.ts';
import { meterOf } from './pipeline.ts';
import { portRules } from './port-rules.ts';

const NETWORK = 'network';
const SUBNET = '2001:db8::/64';
const OPEN = ['fe80::/64', SUBNET].map((text) => Prefix.parse(text));
const SECOND_MAC = Mac.parse('00:00:5e:00:02:07');

const mac = (number: number) => Mac.of(0x020000000000n + BigInt(number));
const linkLocal = (number: number) => `fe80::ff:fe00:${number}`;
const fixed = (number: number) => [`2001:db8::${number}`, `10.0.0.${number}`];

const gateway = Prefix.parse(SUBNET).at(0xffffn);
const network = networkFacts([subnetFacts(SUBNET, { gateway }), subnetFacts('10.0.0.0/24')], { id: NETWORK });
const portFactsOf = (mac: Mac, addresses: readonly string[], more: Partial<PortFacts> = {}): PortFacts =>
  portFacts(network, addresses, { mac, ...more });

const PORTS = {
  prefix: portFactsOf(mac(1), fixed(1), { openPrefixes: OPEN }),
  strict: portFactsOf(mac(2), fixed(2)),
  router: portFactsOf(mac(3), fixed(3), { role: 'router' }),
  unchecked: portFactsOf(mac(4), fixed(4), { portSecurity: false }),
  paired: portFactsOf(mac(5), fixed(5), {
    allowedAddressPairs: [
      { mac: undefined, prefix: Prefix.parse('2001:db8::100/128') },
      { mac: undefined, prefix: Prefix.parse('2001:db8::/96') },
      { mac: undefined, prefix: Prefix.parse('10.0.0.0/24') },
      { mac: SECOND_MAC, prefix: Prefix.parse('2001:db8::200/128') },
      { mac: SECOND_MAC, prefix: Prefix.parse('10.0.0.200/32') },
    ],
    delegatedPrefixes: [Prefix.parse('2001:db8:d::/56')],
  }),
  learner: portFactsOf(mac(6), fixed(6), {
    openPrefixes: OPEN,
  }),
  'router of ours': portFactsOf(mac(7), fixed(7), { isRouterPort: true, portSecurity: false }),
  late: portFactsOf(mac(8), fixed(8)),
} as const satisfies Record<string, PortFacts>;
type Name = keyof typeof PORTS;
/** What instances took. */
const TAKEN: Partial<Record<Name, Address[]>> = {
  learner: ['2001:db8::1eaf', '2001:db8::8'].map((text) => Address.parse(text)),
};

const wiring = (name: Name) => {
  const instance = 1 + Object.keys(PORTS).indexOf(name);
  return { instance, patch: 100 + instance };
};
const plugged = Object.keys(PORTS).filter((name) => name !== 'router of ours') as Name[];
const flows = [
  sharedRules(),
  networkRules(network),
  ...plugged.map((name) => portRules(PORTS[name], wiring(name), network)),
  ...(Object.keys(PORTS) as Name[]).map((name) =>
    ownerRules(
      PORTS[name],
      (TAKEN[name] ?? []).map((address) => ({ address, isWatched: false })),
      NETWORK,
      plugged.includes(name) ? wiring(name) : undefined,
    ),
  ),
].flatMap((rules) => rules.flows);

const passes = (name: Name, packet: Packet): boolean => {
  const { output } = outcomeOf(flows, wiring(name).instance, { ethernetSource: PORTS[name].mac, ...packet });
  assert.ok(output === undefined || output === wiring(name).patch);
  return output !== undefined;
};

const v6 = (ipProtocol: number, rest: Packet = {}): Packet => ({
  etherType: ETHER_TYPE.ipv6,
  ipProtocol,
  ...rest,
});
const icmpv6 = (icmpv6Type: number, rest: Packet = {}) =>
  v6(IP_PROTOCOL.icmpv6, { icmpv6Type, icmpv6Code: 0, hopLimit: 255, ...rest });
const TCP = 6;
/** The protocol of later fragments, whatever they belong to. */
const IP_FRAGMENT = 44;
const NONE = Mac.of(0n);
const from = (ipv6Source: string, rest: Packet = {}): Packet => v6(TCP, { ipv6Source, ...rest });
const igmp = (ipv4Destination: string): Packet => ({
  etherType: ETHER_TYPE.ipv4,
  ipProtocol: IP_PROTOCOL.igmp,
  ipv4Source: '10.0.0.1',
  ipv4Destination,
});
const from4 = (ipv4Source: string): Packet => ({ etherType: ETHER_TYPE.ipv4, ipProtocol: TCP, ipv4Source });
const arp = (arpSource: string, arpSourceMac: Mac, arpOperation = 2): Packet => {
  return { etherType: ETHER_TYPE.arp, arpOperation, arpSource, arpSourceMac };
};
/** What a hypervisor sends of an instance that has moved to it. */
const rarp = (arpSourceMac: Mac, rest: Packet = {}): Packet => {
  return { etherType: ETHER_TYPE.rarp, arpOperation: 3, arpSource: '0.0.0.0', arpSourceMac, ...rest };
};
const asking = (ipv6Source: string, rest: Packet = {}) =>
  icmpv6(135, { ndTarget: '2001:db8::beef', ndSource: NONE, ipv6Source, ...rest });
const claiming = (ndTarget: string, rest: Packet = {}) =>
  icmpv6(136, { ipv6Source: ndTarget, ndTarget, ndTargetMac: NONE, ...rest });
/** Duplicate address detection, to the solicited-node group of the address or another one. */
const probing = (ndTarget: string, ipv6Destination = group(ndTarget)) =>
  icmpv6(135, { ipv6Source: '::', ipv6Destination, ndTarget, ndSource: NONE });
const group = (address: string): string => {
  const last = Prefix.parse(`${address}/128`).network.value & 0xffffffn;
  return `ff02::1:ff${(last >> 16n).toString(16).padStart(2, '0')}:${(last & 0xffffn).toString(16)}`;
};
const udp = (etherType: number, udpSource: number, udpDestination: number): Packet => {
  const source = etherType === ETHER_TYPE.ipv6 ? { ipv6Source: linkLocal(1) } : { ipv4Source: '10.0.0.1' };
  return { etherType, ipProtocol: IP_PROTOCOL.udp, udpSource, udpDestination, ...source };
};

const OF_ROUTERS: Record<string, Packet> = {
  'router advertisement': icmpv6(134, { ipv6Source: linkLocal(1) }),
  redirect: icmpv6(137, { ipv6Source: linkLocal(1) }),
  'multicast listener query': icmpv6(130, { ipv6Source: linkLocal(1), hopLimit: 1 }),
};
const OF_IPV4_QUERIERS: Record<string, Packet> = {
  'IGMP query': igmp('224.0.0.1'),
  'IGMP to one station': igmp('10.0.0.2'),
};
const OF_SERVERS: Record<string, Packet> = {
  'router renumbering': icmpv6(138, { ipv6Source: linkLocal(1) }),
  'inverse neighbour advertisement': icmpv6(142, { ipv6Source: linkLocal(1) }),
  'multicast router advertisement': icmpv6(151, { ipv6Source: linkLocal(1) }),
  'DHCPv6 server message': udp(ETHER_TYPE.ipv6, 547, 546),
  'DHCPv6 server message from another source port': udp(ETHER_TYPE.ipv6, 12345, 546),
  'DHCPv4 server message': udp(ETHER_TYPE.ipv4, 67, 68),
  'DHCPv4 server message from another source port': udp(ETHER_TYPE.ipv4, 12345, 68),
};
const EVASIONS: Record<string, Packet> = {
  'fragment from a link-local address': from(linkLocal(1), { fragment: 'first' }),
  'fragmented neighbour advertisement': claiming('2001:db8::1', { fragment: 'first' }),
  'fragmented neighbour solicitation': asking('2001:db8::1', { fragment: 'first' }),
  'fragmented multicast listener report': icmpv6(143, { fragment: 'first', ipv6Source: '2001:db8::1' }),
  'fragmented DHCPv6 client message': {
    ...udp(ETHER_TYPE.ipv6, 546, 547),
    ipv6Source: '2001:db8::1',
    fragment: 'first',
  },
  'neighbour advertisement that its first fragment cuts off': icmpv6(0, {
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  }),
  'neighbour solicitation with a hop limit of 64': asking('2001:db8::1', { hopLimit: 64 }),
  'neighbour advertisement with a hop limit of 64': claiming('2001:db8::1', { hopLimit: 64 }),
  'neighbour advertisement with a hop limit of 0': claiming('2001:db8::1', { hopLimit: 0 }),
  'router solicitation with a hop limit of 254': icmpv6(133, { ipv6Source: linkLocal(1), hopLimit: 254 }),
  'neighbour advertisement with a code': claiming('2001:db8::1', { icmpv6Code: 1 }),
  'neighbour advertisement with options that make no sense': claiming('::', { ipv6Source: '2001:db8::1' }),
  'neighbour solicitation with options that make no sense': asking('2001:db8::1', { ndTarget: '::' }),
  'datagram without its UDP header in the first fragment': {
    ...udp(ETHER_TYPE.ipv6, 0, 0),
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  },
  'header chain that does not end': v6(IP_PROTOCOL.hopByHop, { ipv6Source: '2001:db8::1' }),
  'header chain that does not end in a first fragment, as the kernel tells': v6(IP_PROTOCOL.noNextHeader, {
    ...{ fragment: 'first', ipv6Source: '2001:db8::1' },
  }),
  'tagged frame': { ...from('2001:db8::1'), tagged: true },
  'frame with three tags': { etherType: ETHER_TYPE.vlan, tagged: true },
  'LLC frame': { etherType: NO_ETHER_TYPE },
};
const FALSE: Record<string, Packet> = {
  "another's address": from('2001:db8::2'),
  "another's link-local address": from(linkLocal(2)),
  "our router's address": from('2001:db8::7'),
  "our router's link-local address": from(linkLocal(7)),
  'the gateway that is not ours': from('2001:db8::ffff'),
  "the service port's address": from('fd00:a9fe:a9fe::254'),
  "the service port's link-local address": from('fe80::a9fe:a9fe'),
  "another's allowed address pair": from('2001:db8::100'),
  'an address that another took': from('2001:db8::1eaf'),
  'an address of another prefix': from('2001:db8:1::1'),
  'no address': from('::'),
  'the loopback address': from('::1'),
  'a multicast address': from('ff02::1'),
  "another's IPv4 address": from4('10.0.0.2'),
  'no IPv4 address': from4('0.0.0.0'),
  "ARP with another's address": arp('10.0.0.2', mac(1)),
  "ARP with another's MAC address": arp('10.0.0.1', mac(2)),
  'ARP reply with no address': arp('0.0.0.0', mac(1)),
  "another's MAC address": from('2001:db8::1', { ethernetSource: mac(2) }),
  "ARP from another's MAC address": { ...arp('10.0.0.1', mac(2)), ethernetSource: mac(2) },
  "RARP for another's MAC address": rarp(mac(2)),
  "RARP from another's MAC address": rarp(mac(2), { ethernetSource: mac(2) }),
  'RARP that names an address': rarp(mac(1), { arpSource: '10.0.0.1' }),
  'RARP reply': rarp(mac(1), { arpOperation: 4 }),
  'a frame that is neither IP nor ARP': { etherType: 0x88cc },
  "solicitation from another's address": asking('2001:db8::2'),
  "solicitation with another's MAC address": asking('2001:db8::1', { ndSource: mac(2) }),
  'solicitation from nobody with a MAC address': asking('::', { ndSource: mac(1) }),
  "advertisement of another's address": claiming('2001:db8::2', { ipv6Source: '2001:db8::1' }),
  "advertisement of our router's": claiming(linkLocal(7), { ipv6Source: linkLocal(1) }),
  'advertisement of an allowed address pair': claiming('2001:db8::100', { ipv6Source: '2001:db8::1' }),
  "advertisement with another's MAC address": claiming('2001:db8::1', { ndTargetMac: mac(2) }),
  'advertisement from nobody': claiming('2001:db8::1', { ipv6Source: '::' }),
  "probe for another's address, to the group of another of its addresses": probing(
    '2001:db8::2',
    'ff02::1:ff99:1',
  ),
  "probe for another's address, to all nodes": probing('2001:db8::2', 'ff02::1'),
  'probe for an allowed address pair': probing('2001:db8::100'),
  "probe for our service's address, to another group": probing('fe80::a9fe:a9fe', 'ff02::1:ff00:1'),
  'router solicitation from another address': icmpv6(133, { ipv6Source: linkLocal(2) }),
};
const TRUE: Record<string, Packet> = {
  'echo request': icmpv6(128, { ipv6Source: '2001:db8::1' }),
  'TCP from its link-local address': from(linkLocal(1)),
  'router solicitation': icmpv6(133, { ipv6Source: linkLocal(1) }),
  'router solicitation from nobody': icmpv6(133, { ipv6Source: '::' }),
  'neighbour solicitation': asking('2001:db8::1', { ndSource: mac(1) }),
  'neighbour solicitation without a link-layer address': asking('2001:db8::1'),
  'neighbour advertisement': claiming('2001:db8::1', { ndTargetMac: mac(1) }),
  'neighbour advertisement without a link-layer address': claiming(linkLocal(1)),
  'probe for its own address': probing('2001:db8::1'),
  'multicast listener report': icmpv6(143, { ipv6Source: linkLocal(1), hopLimit: 1 }),
  'multicast listener report from nobody': icmpv6(143, { ipv6Source: '::', hopLimit: 1 }),
  'whole packet without a next header': v6(IP_PROTOCOL.noNextHeader, { ipv6Source: '2001:db8::1' }),
  'first fragment from a global address': {
    ...udp(ETHER_TYPE.ipv6, 5000, 5001),
    fragment: 'first',
    ipv6Source: '2001:db8::1',
  },
  'later fragment from a global address': v6(IP_FRAGMENT, { fragment: 'later', ipv6Source: '2001:db8::1' }),
  'DHCPv6 client message': udp(ETHER_TYPE.ipv6, 546, 547),
  'DHCPv4 client message': { ...udp(ETHER_TYPE.ipv4, 68, 67), ipv4Source: '0.0.0.0' },
  'DHCPv4 client message from its address': udp(ETHER_TYPE.ipv4, 68, 67),
  'IPv4 packet': from4('10.0.0.1'),
  'IGMP report': igmp('224.0.0.22'),
  'IGMP report of the second version': igmp('239.1.2.3'),
  'ARP reply': arp('10.0.0.1', mac(1)),
  'ARP probe': arp('0.0.0.0', mac(1), 1),
  'RARP for its own MAC address': rarp(mac(1)),
};

for (const [what, packet] of Object.entries({
  ...OF_ROUTERS,
  ...OF_IPV4_QUERIERS,
  ...OF_SERVERS,
  ...EVASIONS,
  ...FALSE,
})) {
  test(`${what}: dropped when an instance sends it`, () => assert.equal(passes('prefix', packet), false));
}
for (const [what, packet] of Object.entries(TRUE)) {
  test(`${what}: handed to OVN`, () => assert.equal(passes('prefix', packet), true));
}

test("the agent hears who looks whether another's address is free; nobody else does", () => {
  for (const address of ['2001:db8::2', linkLocal(2), '2001:db8::1eaf', linkLocal(7), 'fe80::a9fe:a9fe']) {
    const { output, reported } = outcomeOf(flows, 1, { ethernetSource: mac(1), ...probing(address) });
    assert.deepEqual([output, reported], [undefined, true], address);
  }
});

test('under the policy `prefix` what is not bound to an instance waits for the agent, within a limit', () => {
  const outcome = (packet: Packet) => outcomeOf(flows, 1, { ethernetSource: mac(1), ...packet });
  const { discovery, answers, claims } = meterOf;
  for (const address of ['2001:db8::abcd:1', 'fe80::1234']) {
    const held = { output: undefined, reported: true };
    assert.deepEqual(outcome(from(address)), { ...held, meters: [claims(1)] });
    assert.deepEqual(outcome(probing(address)), { ...held, meters: [discovery(1), claims(1)] });
    assert.deepEqual(outcome(claiming(address)), { ...held, meters: [answers(1), claims(1)] });
    for (const packet of [from(address), probing(address), claiming(address)]) {
      assert.equal(passes('strict', packet), false, 'under the policy `strict` it does not');
    }
  }
  assert.equal(outcome(probing('2001:db8::1')).reported, false);
});

test('what an instance took is its own, until it is given to another port', () => {
  for (const packet of [from, claiming, probing].map((kind) => kind('2001:db8::1eaf'))) {
    assert.equal(passes('learner', packet), true);
  }
  assert.equal(passes('learner', from('2001:db8::8')), false);
  assert.equal(passes('learner', claiming('2001:db8::8')), false);
});

test('fragments have a limit of their own, whatever they are parts of', () => {
  const whole = { ...udp(ETHER_TYPE.ipv6, 5000, 5001), ipv6Source: '2001:db8::1' };
  const outcome = (packet: Packet) => outcomeOf(flows, 1, { ethernetSource: mac(1), ...packet }).meters;
  const { fragments } = meterOf;
  assert.deepEqual(outcome(whole), []);
  assert.deepEqual(outcome({ ...whole, fragment: 'first' }), [fragments(1)]);
  assert.deepEqual(outcome(v6(IP_FRAGMENT, { fragment: 'later', ipv6Source: '2001:db8::1' })), [
    fragments(1),
  ]);
  assert.deepEqual(outcome({ ...from4('10.0.0.1'), fragment: 'later' }), [fragments(1)]);
});

test('what a QoS policy lets an instance send and get, is counted last', () => {
  const facts = portFactsOf(mac(1), fixed(1), {
    packetLimits: { egress: { rate: 1_000, burst: 800 }, ingress: { rate: 2_000, burst: 1_600 } },
  });
  const { flows, meters = new Map() } = portRules(facts, { instance: 1, patch: 101 }, network);
  const { sent, received } = meterOf;
  assert.deepEqual(
    [meters.get(sent(1)), meters.get(received(1))],
    [facts.packetLimits.egress, facts.packetLimits.ingress],
  );
  const data = { ...udp(ETHER_TYPE.ipv6, 5000, 5001), ethernetSource: mac(1), ipv6Source: '2001:db8::1' };
  const all = [...sharedRules().flows, ...flows];
  assert.deepEqual(outcomeOf(all, 1, data), { output: 101, reported: false, meters: [sent(1)] });
  assert.deepEqual(
    outcomeOf(all, 1, { ...data, ethernetSource: mac(2) }).meters,
    [],
    'what is not let through',
  );
  assert.deepEqual(outcomeOf(all, 101, { ...data, ethernetSource: mac(2) }), {
    ...{ output: 1, reported: false, meters: [received(1)] },
  });
  const plain = portRules(PORTS.prefix, { instance: 1, patch: 101 }, network);
  assert.deepEqual([plain.meters?.has(sent(1)), plain.meters?.has(received(1))], [false, false]);
});

test('a router may ask for members of IPv4 groups', () => {
  const own = { ethernetSource: PORTS.router.mac };
  assert.equal(passes('router', { ...igmp('224.0.0.1'), ...own }), true);
});

test('allowed address pairs: their addresses with their MAC addresses', () => {
  const second = { ethernetSource: SECOND_MAC };
  for (const packet of [
    from('2001:db8::100'),
    claiming('2001:db8::100'),
    probing('2001:db8::100'),
    from('2001:db8::77'),
    claiming('2001:db8::77'),
    from4('10.0.0.77'),
    arp('10.0.0.77', mac(5)),
    from('2001:db8:d:12::1'),
    { ...from('2001:db8::200'), ...second },
    { ...claiming('2001:db8::200', { ndTargetMac: SECOND_MAC }), ...second },
    { ...from4('10.0.0.200'), ...second },
    { ...arp('10.0.0.200', SECOND_MAC), ...second },
    // VRRP advertises itself so.
    { ...v6(112, { ipv6Source: linkLocal(5) }), ...second },
    { ...v6(112, { ipv6Source: 'fe80::200:5eff:fe00:207' }), ...second },
  ]) {
    assert.equal(passes('paired', packet), true, JSON.stringify(packet));
  }
  for (const packet of [
    { ...from('2001:db8::100'), ...second },
    { ...from('2001:db8::5'), ...second },
    { ...arp('10.0.0.200', mac(5)), ...second },
    { ...claiming('2001:db8::200', { ndTargetMac: mac(5) }), ...second },
    from('2001:db8::1:0:0:1'),
    from4('10.0.1.1'),
  ]) {
    assert.equal(passes('paired', packet), false, JSON.stringify(packet));
  }
});

test('a virtual router answers from its address with its own MAC address too, but claims it with the virtual one', () => {
  assert.equal(passes('paired', from('2001:db8::200')), true);
  assert.equal(passes('paired', claiming('2001:db8::200')), false);
  assert.equal(passes('paired', probing('2001:db8::200')), false);
});

test('a virtual router gets what is for its MAC addresses and for groups, and nothing of what OVN floods', () => {
  const { instance, patch } = wiring('paired');
  const delivered = (ethernetDestination: Mac | 'group') =>
    outcomeOf(flows, patch, { ...from('2001:db8::1'), ethernetDestination }).output === instance;
  for (const destination of [mac(5), SECOND_MAC, 'group'] as const)
    assert.equal(delivered(destination), true);
  assert.equal(delivered(mac(1)), false);
  const other = wiring('prefix');
  assert.equal(outcomeOf(flows, other.patch, from('2001:db8::2')).output, other.instance);
});

test("a pair for a prefix may send as if from others' addresses in it, but not speak for them", () => {
  assert.equal(passes('paired', from('2001:db8::2')), true);
  assert.equal(passes('paired', from4('10.0.0.2')), true);
  for (const packet of [
    asking('2001:db8::2', { ndSource: mac(5) }),
    claiming('2001:db8::2'),
    claiming('2001:db8::2', { ipv6Source: '2001:db8::5' }),
    arp('10.0.0.2', mac(5)),
  ]) {
    assert.equal(passes('paired', packet), false, JSON.stringify(packet));
  }
});

test('a router advertises itself and forwards, in no other name', () => {
  const own = { ipv6Source: linkLocal(3) };
  for (const packet of Object.values(OF_ROUTERS)) assert.equal(passes('router', { ...packet, ...own }), true);
  assert.equal(passes('router', from('2001:db8:9::1')), true);
  assert.equal(passes('router', from('2001:db8::1')), true, 'what another instance sent');
  assert.equal(passes('router', from4('192.0.2.1')), true);
  for (const packet of Object.values(OF_ROUTERS)) {
    for (const ipv6Source of [linkLocal(7), linkLocal(1), '::', 'fe80::a9fe:a9fe', 'fe80::1234']) {
      assert.equal(passes('router', { ...packet, ipv6Source }), false, `from ${ipv6Source}`);
    }
    assert.equal(passes('router', { ...packet, ...own, fragment: 'first' }), false);
    assert.equal(passes('router', { ...packet, ...own, hopLimit: 64 }), false);
    assert.equal(passes('router', { ...packet, ...own, ethernetSource: mac(7) }), false);
  }
  for (const packet of Object.values(OF_SERVERS)) assert.equal(passes('router', packet), false);
  for (const address of [linkLocal(7), 'fe80::1234'])
    assert.equal(passes('router', claiming(address)), false);
  assert.equal(passes('router', from('fe80::1234')), false, 'nobody forwards what is link-local');
  assert.equal(passes('router', arp('10.0.0.7', mac(3))), false);
  for (const source of ['::1', 'ff02::1']) assert.equal(passes('router', from(source)), false);
});

test('without port security a port may be anybody, and still neither router nor server', () => {
  for (const packet of Object.values({ ...OF_ROUTERS, ...OF_SERVERS, ...EVASIONS })) {
    assert.equal(passes('unchecked', packet), false);
  }
  const { 'solicitation from nobody with a MAC address': _, ...others } = FALSE;
  for (const [what, packet] of Object.entries(others)) {
    const foreign = { ethernetSource: mac(1), ...packet };
    assert.equal(passes('unchecked', foreign), true, what);
  }
  const named = asking('2001:db8::4', { ndSource: mac(1) });
  assert.equal(passes('unchecked', named), false, "from its own MAC address it names no other's");
  assert.equal(passes('unchecked', asking('2001:db8::4', { ndSource: mac(4) })), true);
});

test('Neighbour Discovery, ARP and group membership have a limit, DHCP has one of its own', () => {
  const metersOf = (packet: Packet) => outcomeOf(flows, 1, { ethernetSource: mac(1), ...packet }).meters;
  const [discovery, dhcp, fragments] = [meterOf.discovery(1), meterOf.dhcp(1), meterOf.fragments(1)];
  const answers = meterOf.answers(1);
  const expected: [string, number[]][] = Object.keys(TRUE).map((what) => {
    if (/^DHCP/.test(what)) return [what, [dhcp]];
    if (/fragment/.test(what)) return [what, [fragments]];
    if (/advertisement/.test(what)) return [what, [answers]];
    return [what, /solicitation|probe|listener|IGMP|ARP/.test(what) ? [discovery] : []];
  });
  for (const [what, meters] of expected) assert.deepEqual(metersOf(TRUE[what]!), meters, what);
});

test('how much others ask of a port limits neither what it asks itself nor what it tells the host', () => {
  const taken = TAKEN.learner![0]!;
  const answerTo = (ethernetDestination: Mac | 'group', isWatched = true) => {
    const own = { ethernetSource: mac(6), ethernetDestination, ...claiming(`${taken}`) };
    const watched = ownerRules(PORTS.learner, [{ address: taken, isWatched }], NETWORK, wiring('learner'));
    const others = flows.filter(({ match }) => match.keptTarget?.network.equals(taken) !== true);
    const begin =
      ethernetDestination instanceof Mac
        ? { ethernetDestinationBegin: Number(ethernetDestination.value >> 40n) }
        : {};
    return outcomeOf([...others, ...watched.flows], wiring('learner').instance, { ...own, ...begin });
  };
  const { discovery, answers, asked } = meterOf;
  const [instance, output] = [wiring('learner').instance, wiring('learner').patch];
  const service = serviceMac(NETWORK);
  assert.deepEqual(answerTo(service), { output, reported: true, meters: [asked(instance)] });
  assert.deepEqual(answerTo(service, false), { output, reported: false, meters: [asked(instance)] });
  assert.deepEqual(answerTo(mac(2)), { output, reported: false, meters: [answers(instance)] });
  assert.deepEqual(answerTo('group'), { output, reported: false, meters: [discovery(instance)] });
});

test('while the outside is asked who has an address, its instance passes nothing of it, and the answer is heard', () => {
  const taken = TAKEN.learner![0]!;
  const { instance, patch } = wiring('learner');
  const others = flows.filter(
    ({ match }) =>
      ![match.keptTarget?.network, match.ipv6Source?.network, match.ndTarget].some((one) =>
        one?.equals(taken),
      ),
  );
  const rules = (isHeldBack: boolean) => [
    ...others,
    ...ownerRules(
      PORTS.learner,
      [{ address: taken, isWatched: false, isHeldBack }],
      NETWORK,
      wiring('learner'),
    ).flows,
  ];
  const packets = [claiming(`${taken}`), from(`${taken}`)].map((packet) => ({
    ethernetSource: mac(6),
    ethernetDestination: 'group' as const,
    ...packet,
  }));
  for (const packet of packets) {
    assert.equal(outcomeOf(rules(false), instance, packet).output, patch);
    const held = outcomeOf(rules(true), instance, packet);
    assert.deepEqual([held.output, held.reported], [undefined, true]);
  }
  const answer = { ethernetSource: mac(99), ...claiming(`${taken}`) };
  const heard = outcomeOf(rules(true), patch, answer);
  assert.deepEqual([heard.output, heard.reported], [undefined, true]);
});

test('what is for the services of the host has one limit, whatever it is; what is for others has none', () => {
  const sent = (packet: Packet, ethernetDestination: Mac | 'group') => {
    const own = { ethernetSource: mac(1), ipv6Source: linkLocal(1), ...packet, ethernetDestination };
    const { meters, output } = outcomeOf(flows, 1, own);
    return { meters, output };
  };
  const toServices: Record<string, Packet> = {
    question: udp(ETHER_TYPE.ipv6, 1_024, 53),
    'question by IPv4': udp(ETHER_TYPE.ipv4, 1_024, 53),
    'answer to a probe': icmpv6(129),
    ping: icmpv6(128),
    'TCP, for metadata': v6(TCP),
    'TCP by IPv4': from4('10.0.0.1'),
  };
  for (const [what, packet] of Object.entries(toServices)) {
    assert.deepEqual(sent(packet, network.mac), { meters: [meterOf.services(1)], output: 101 }, what);
    assert.deepEqual(sent(packet, mac(2)), { meters: [], output: 101 }, what);
    assert.deepEqual(sent(packet, 'group'), { meters: [], output: 101 }, what);
  }
  // Those that have limits of their own have no other.
  const metersOf = (what: string) => sent(TRUE[what]!, network.mac).meters;
  assert.deepEqual(metersOf('neighbour solicitation'), [meterOf.discovery(1)]);
  assert.deepEqual(metersOf('ARP reply'), [meterOf.discovery(1)]);
  assert.deepEqual(metersOf('DHCPv6 client message'), [meterOf.dhcp(1)]);
  assert.deepEqual(metersOf('first fragment from a global address'), [meterOf.fragments(1)]);
});

test('whatever OVN sends reaches the instance it is for, but what would have it give an address up', () => {
  const unheard = (packet: Packet) => {
    const { icmpv6Type, ndTarget, ipv6Source } = packet;
    const advertised = icmpv6Type === ICMPV6_TYPE['neighbour-advertisement'];
    const looking = icmpv6Type === ICMPV6_TYPE['neighbour-solicitation'] && ipv6Source === '::';
    return (
      ndTarget === '::' ||
      looking ||
      (advertised && (ndTarget === '2001:db8::1' || ndTarget === linkLocal(1)))
    );
  };
  for (const packet of Object.values({ ...OF_ROUTERS, ...OF_SERVERS, ...EVASIONS, ...FALSE, ...TRUE })) {
    const whole = packet.icmpv6Code === undefined || packet.icmpv6Code === 0;
    const expected = unheard(packet) && whole ? undefined : 1;
    assert.equal(outcomeOf(flows, 101, packet).output, expected, JSON.stringify(packet));
  }
});

test('that somebody else has its address no instance hears, whether it was given or taken', () => {
  const hears = (name: Name, packet: Packet) => {
    const { output } = outcomeOf(flows, wiring(name).patch, { ethernetSource: mac(9), ...packet });
    return output === wiring(name).instance;
  };
  for (const [name, address] of [
    ['prefix', '2001:db8::1'],
    ['prefix', linkLocal(1)],
    ['learner', '2001:db8::1eaf'],
    ['router', '2001:db8::3'],
  ] as const) {
    assert.equal(hears(name, claiming(address)), false, address);
    assert.equal(hears('unchecked', claiming(address)), true, 'one without port security hears all');
  }
  assert.equal(hears('prefix', claiming('2001:db8::2')), true);
  assert.equal(hears('prefix', asking('2001:db8::1')), true);
});

test('who looks whether an address is free is heard by the agent, and by instances that route', () => {
  const heard = (name: Name) =>
    outcomeOf(flows, wiring(name).patch, { ethernetSource: mac(9), ...probing('2001:db8::99') });
  assert.deepEqual(heard('prefix'), { output: undefined, reported: true, meters: [meterOf.heard(1)] });
  assert.equal(heard('router').output, wiring('router').instance);
  assert.equal(heard('unchecked').output, wiring('unchecked').instance);
});

test('a port without rules passes nothing, neither way', () => {
  for (const packet of Object.values(TRUE)) assert.equal(outcomeOf(flows, 99, packet).output, undefined);
});

test('the same address on another network is free there', () => {
  const lonely = portFactsOf(mac(9), fixed(9), { openPrefixes: OPEN });
  const there = { instance: 50, patch: 150 };
  const taken = [{ address: Prefix.parse('2001:db8::2/128').network, isWatched: false }];
  const more = [
    ...portRules(lonely, there, { ...network, id: 'another network' }).flows,
    ...ownerRules(lonely, taken, 'another network', there).flows,
  ];
  const packet = { ethernetSource: mac(9), ...from('2001:db8::2') };
  assert.equal(outcomeOf([...flows, ...more], 50, packet).output, 150);
});

test('on a transparent network frames with tags are held to what others are held to', () => {
  const clear = { ...network, vlanTransparent: true };
  const at = { instance: 50, patch: 150 };
  const owners = flows.filter(({ match }) => match.network !== undefined);
  const shared = sharedRules().flows;
  const within = (facts: PortFacts, packet: Packet) =>
    outcomeOf([...shared, ...owners, ...portRules(facts, at, clear).flows], 50, {
      ...{ ethernetSource: facts.mac, tagged: true, vlan: 9, ...packet },
    });
  const { 'tagged frame': _, ...evasions } = EVASIONS;
  for (const [what, packet] of Object.entries(TRUE))
    assert.equal(within(PORTS.prefix, packet).output, 150, what);
  const wrong = { ...OF_ROUTERS, ...OF_IPV4_QUERIERS, ...OF_SERVERS, ...evasions, ...FALSE };
  for (const [what, packet] of Object.entries(wrong))
    assert.equal(within(PORTS.prefix, packet).output, undefined, what);
  // Nor does the agent bind what is within a tag.
  for (const packet of [from, probing, claiming].map((kind) => kind('2001:db8::abcd:1'))) {
    const { output, reported } = within(PORTS.prefix, packet);
    assert.deepEqual([output, reported], [undefined, false]);
  }
  const allowed = within(PORTS.paired, { ...from('2001:db8::200'), ethernetSource: SECOND_MAC });
  assert.equal(allowed.output, 150, 'allowed address pairs are for them, too');
  assert.equal(within(PORTS.unchecked, from('2001:db8::2')).output, 150, 'but for ports without security');
  const thrice = { etherType: ETHER_TYPE.vlan };
  assert.equal(
    within(PORTS.unchecked, thrice).output,
    undefined,
    'of what is behind three tags nobody knows',
  );
  // Without a tag all is as elsewhere.
  const plain = { ethernetSource: mac(1), ...from('2001:db8::abcd:1') };
  const untagged = outcomeOf([...shared, ...portRules(PORTS.prefix, at, clear).flows], 50, plain);
  assert.equal(untagged.reported, true);
});

test('who looks within a tag is heard by instances, and not by the agent', () => {
  const clear = { ...network, vlanTransparent: true };
  const rules = [
    ...sharedRules().flows,
    ...portRules(PORTS.prefix, { instance: 50, patch: 150 }, clear).flows,
  ];
  const heard = (packet: Packet) => outcomeOf(rules, 150, { ethernetSource: mac(2), ...packet });
  assert.deepEqual(heard({ ...probing('2001:db8::abcd:1'), tagged: true }), {
    ...{ output: 50, reported: false, meters: [] },
  });
  assert.equal(heard(probing('2001:db8::abcd:1')).output, undefined);
  const spoken: Packet = { ...claiming('2001:db8::1'), tagged: true };
  assert.equal(heard(spoken).output, undefined, 'that another has its address is heard neither way');
});

test('a trunk’s port on a transparent network has no tags but those of its subports', () => {
  const facts: PortFacts = { ...PORTS.strict, subports: [{ portId: 'sub', mac: mac(40), vlan: 7 }] };
  const at = { instance: 50, patch: 150, legs: new Map([['sub', 60]]) };
  const rules = [
    ...sharedRules().flows,
    ...portRules(facts, at, { ...network, vlanTransparent: true }).flows,
  ];
  const own = { ethernetSource: facts.mac, ...from('2001:db8::2'), tagged: true } as const;
  assert.equal(outcomeOf(rules, 50, { ...own, vlan: 7 }).output, 60);
  assert.equal(outcomeOf(rules, 50, { ...own, vlan: 8 }).output, undefined);
  for (const vlan of [7, 8])
    assert.equal(
      outcomeOf(rules, 150, { ...own, vlan }).output,
      undefined,
      'it would be taken for a subport’s',
    );
  assert.equal(outcomeOf(rules, 150, from('2001:db8::9')).output, 50);
});

test('a trunk’s frames go into the legs of their VLANs, whatever they are, and come back with the tag', () => {
  const facts: PortFacts = { ...PORTS.strict, subports: [{ portId: 'sub', mac: mac(40), vlan: 7 }] };
  const at = { instance: 50, patch: 150, legs: new Map([['sub', 60]]) };
  const rules = [...sharedRules().flows, ...portRules(facts, at, network).flows];
  const leaves = (inPort: number, packet: Packet) => outcomeOf(rules, inPort, packet).output;
  const anybody: Packet = { ethernetSource: mac(99), tagged: true };
  assert.equal(leaves(50, { ...anybody, vlan: 7 }), 60);
  assert.equal(leaves(50, { ...anybody, vlan: 8 }), undefined);
  assert.equal(leaves(50, { ...anybody, ethernetSource: facts.mac, vlan: 8 }), undefined);
  assert.equal(leaves(60, {}), 50);
  // Until there is a leg, its VLAN is like any other.
  const unplugged = [
    ...sharedRules().flows,
    ...portRules(facts, { instance: 50, patch: 150 }, network).flows,
  ];
  assert.equal(outcomeOf(unplugged, 50, { ...anybody, vlan: 7 }).output, undefined);
});
