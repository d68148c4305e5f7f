import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { type Outcome, outcomeOf, type Packet } from '../../../test/support/flow-table.ts';
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import { ETHER_TYPE, IP_PROTOCOL } from '../../packets/index.ts';
import { portBits } from './egress-only-rules.ts';
import { sharedRules } from './message-rules.ts';
import { networkRules, ownerRules } from './owner-rules.ts';
import { zoneOf } from './pipeline.ts';
import { portRules } from './port-rules.ts';

const network = networkFacts([subnetFacts('2001:db8::/64')], { id: 'network' });
const [strict, other] = [Mac.parse('fa:16:3e:00:00:f1'), Mac.parse('fa:16:3e:00:00:f2')];
const OUTSIDE = '2001:db8:f::1';
const BESIDE = '2001:db8:0:1::5';
const LINK_LOCAL = 'fe80::f816:3eff:fe00:f1';

const instances = {
  plain: portFacts(network, ['2001:db8::1'], { mac: Mac.parse('fa:16:3e:00:00:01') }),
  unchecked: portFacts(network, ['2001:db8::2'], {
    mac: Mac.parse('fa:16:3e:00:00:02'),
    portSecurity: false,
  }),
  floating: portFacts(network, ['2001:db8::3'], {
    mac: Mac.parse('fa:16:3e:00:00:03'),
    exposed: [{ address: Address.parse('2001:db8::3') }],
  }),
  forwarded: portFacts(network, ['2001:db8::4'], {
    mac: Mac.parse('fa:16:3e:00:00:04'),
    exposed: [{ address: Address.parse('2001:db8::4'), protocol: 'tcp', firstPort: 8080, lastPort: 8090 }],
  }),
} as const;
type Name = keyof typeof instances;
const names = Object.keys(instances) as Name[];
const wiring = (name: Name) => {
  const instance = 1 + names.indexOf(name);
  return { instance, patch: 100 + instance };
};
const router = (mac: Mac, egressOnly: Prefix[] | null) =>
  portFacts(network, ['2001:db8::ffff'], { mac, isRouterPort: true, portSecurity: false, egressOnly });
const inside = ['2001:db8::/64', '2001:db8:0:1::/64'].map((text) => Prefix.parse(text));
const flows = [
  sharedRules(),
  networkRules(network),
  ...names.map((name) => portRules(instances[name], wiring(name), network)),
  ownerRules(router(strict, inside), [], network.id, undefined),
  ownerRules(router(other, null), [], network.id, undefined),
].flatMap((rules) => rules.flows);

const ipv6 = (source: string, destination: string, more: Packet = {}): Packet => ({
  etherType: ETHER_TYPE.ipv6,
  ipProtocol: IP_PROTOCOL.tcp,
  tcpDestination: 80,
  ipv6Source: source,
  ipv6Destination: destination,
  ...more,
});
const own = (name: Name): string => `${instances[name].fixedIps[0]!.address}`;

/** What becomes of a packet that a router passes on to an instance. */
const comes = (name: Name, from: string, more: Packet = {}): boolean => {
  const { instance, patch } = wiring(name);
  const packet = {
    ...{ ethernetSource: strict, ethernetDestination: instances[name].mac },
    ...ipv6(from, own(name), more),
  };
  return outcomeOf(flows, patch, packet).output === instance;
};

/** What becomes of a packet that an instance sends to a router. */
const goes = (name: Name, to: string, router = strict): Outcome => {
  const { instance, patch } = wiring(name);
  const packet = {
    ...{ ethernetSource: instances[name].mac, ethernetDestination: router },
    ...ipv6(own(name), to),
  };
  const outcome = outcomeOf(flows, instance, packet);
  assert.equal(outcome.output, patch);
  return outcome;
};

test('past a router that lets in answers alone nothing begins, with port security or without', () => {
  for (const name of ['plain', 'unchecked'] as const) {
    assert.equal(comes(name, OUTSIDE), false, name);
    assert.equal(comes(name, OUTSIDE, { ipProtocol: IP_PROTOCOL.udp, udpDestination: 53 }), false, name);
    assert.equal(comes(name, OUTSIDE, { fragment: 'later' }), false, name);
  }
});

test('answers come in, and errors about what was sent', () => {
  assert.equal(comes('plain', OUTSIDE, { connection: 'answer' }), true);
  assert.equal(comes('plain', '2001:db8:e::9', { connection: 'error' }), true);
});

test('what is from behind the router comes in as ever, and from other routers all does', () => {
  assert.equal(comes('plain', BESIDE), true);
  assert.equal(comes('plain', LINK_LOCAL), true);
  assert.equal(comes('plain', OUTSIDE, { ethernetSource: other }), true);
  assert.equal(comes('plain', OUTSIDE, { etherType: ETHER_TYPE.ipv4 }), true);
});

test('what an instance sends past it is remembered in a zone of the instance, and nothing else is', () => {
  assert.equal(goes('plain', OUTSIDE).remembered, zoneOf(wiring('plain').instance));
  assert.equal(goes('unchecked', OUTSIDE).remembered, zoneOf(wiring('unchecked').instance));
  for (const to of [BESIDE, LINK_LOCAL]) assert.equal(goes('plain', to).remembered, undefined);
  assert.equal(goes('plain', OUTSIDE, other).remembered, undefined);
});

test('an address with a floating IP is reached, and of one with forwarded ports these', () => {
  assert.equal(comes('floating', OUTSIDE), true);
  const reached = [8079, 8080, 8085, 8090, 8091].filter((tcpDestination) =>
    comes('forwarded', OUTSIDE, { tcpDestination }),
  );
  assert.deepEqual(reached, [8080, 8085, 8090]);
  const udp = { ipProtocol: IP_PROTOCOL.udp, udpDestination: 8080 };
  assert.equal(comes('forwarded', OUTSIDE, udp), false);
});

test('a range of ports is as few masks as there can be', () => {
  assert.deepEqual(portBits(0, 65_535), [{ value: 0, mask: 0 }]);
  assert.deepEqual(portBits(80, 80), [{ value: 80, mask: 0xffff }]);
  assert.equal(portBits(1, 65_534).length, 30);
  const covered = portBits(1000, 1010).flatMap(({ value, mask }) =>
    Array.from({ length: 0x1_0000 - mask }, (_, index) => value + index),
  );
  assert.deepEqual(
    covered,
    Array.from({ length: 11 }, (_, index) => 1000 + index),
  );
});
