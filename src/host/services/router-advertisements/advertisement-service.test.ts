import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { serviceNetwork } from '../../../../test/support/service-network.ts';
import { Address, linkLocalAddress, Mac } from '../../../addressing/index.ts';
import type { NetworkFacts } from '../../../host-contract/index.ts';
import { Registry } from '../../../metrics/index.ts';
import { decodeFrame, encodeFrame, frame, icmpv6, ipv6 } from '../../../packets/frame.ts';
import { ALL_NODES, multicastMac, solicitedNode } from '../../../packets/multicast.ts';
import type { KnownPort } from '../../facts/host-facts.ts';
import { AdvertisementService } from './advertisement-service.ts';

const allRouters = Address.parse('ff02::2');
const slaac = subnetFacts('fd00:1::/64', { raMode: 'slaac', addressMode: 'slaac' });
const network = networkFacts([slaac]);
const instance: KnownPort = { id: 'p', facts: portFacts(network, ['fd00:1::a']) };
const router: KnownPort = {
  id: 'r',
  facts: portFacts(network, ['fd00:1::1'], {
    mac: Mac.parse('fa:16:3e:00:00:fe'),
    isRouterPort: true,
    advertiser: 'host',
  }),
};

/** A network that is served, and what was sent to its instances: `source > destination (MAC) lifetime`. */
function serve(t: TestContext, ports: readonly KnownPort[], facts = network) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_999_000_000_000 });
  let present = ports;
  let said = facts;
  const sent: string[] = [];
  const served = serviceNetwork({
    facts: () => said,
    ports: () => present,
    send(octets) {
      const { source, destination, network: packet } = decodeFrame(octets);
      assert(packet.kind === 'ipv6' && packet.upper.kind === 'icmpv6' && packet.hopLimit === 255);
      const { message } = packet.upper;
      assert(message.kind === 'router-advertisement');
      assert.equal(
        String(linkLocalAddress(source)),
        String(packet.source).replace('fe80::a9fe:a9fe', String(linkLocalAddress(network.mac))),
      );
      sent.push(`${packet.source} > ${packet.destination} (${destination}) ${message.routerLifetime}`);
    },
  });
  const service = new AdvertisementService(new Registry());
  service.opened(served);
  t.mock.timers.tick(0);
  return {
    service,
    served,
    sent: () => sent.splice(0),
    change(next: readonly KnownPort[], retired: NetworkFacts['retiredRouters'] = []) {
      present = next;
      said = { ...facts, retiredRouters: retired };
      service.changed(served);
      t.mock.timers.tick(50);
    },
    probe(from: Mac, target: Address) {
      const source = Address.parse('::');
      const message = { kind: 'neighbour-solicitation', target, options: [] } as const;
      const packet = ipv6(source, solicitedNode(target), icmpv6(message), { hopLimit: 255 });
      service.received(served, encodeFrame(frame(from, multicastMac(solicitedNode(target)), packet)));
    },
    solicit(from: Mac, source = linkLocalAddress(from)) {
      const message = { kind: 'router-solicitation', options: [] } as const;
      const packet = ipv6(source, allRouters, icmpv6(message), { hopLimit: 255 });
      service.received(served, encodeFrame(frame(from, multicastMac(allRouters), packet)));
    },
  };
}

const all = `ff02::1 (${multicastMac(ALL_NODES)})`;
const service = (to: string) => `fe80::a9fe:a9fe > ${to} 0`;
const routers = (to: string, lifetime = 9000) => `fe80::f816:3eff:fe00:fe > ${to} ${lifetime}`;

test('service and router are advertised to all, and again soon', (t) => {
  const { sent } = serve(t, [instance, router]);
  assert.deepEqual(sent(), [service(all), routers(all)]);
  t.mock.timers.tick(16_000);
  assert.deepEqual(sent(), [service(all), routers(all)]);
});

test('an instance that solicits is answered alone', (t) => {
  const { sent, solicit } = serve(t, [instance, router]);
  sent();
  const { mac } = instance.facts;
  solicit(mac);
  const alone = `${linkLocalAddress(mac)} (${mac})`;
  assert.deepEqual(sent(), [service(alone), routers(alone)]);
  solicit(mac, Address.parse('::'));
  assert.deepEqual(sent(), [service(`ff02::1 (${mac})`), routers(`ff02::1 (${mac})`)]);
});

test('solicitations of strangers and of routers are not answered, nor floods', (t) => {
  const { sent, solicit } = serve(t, [instance, router]);
  sent();
  solicit(Mac.parse('fa:16:3e:00:00:77'));
  solicit(router.facts.mac);
  assert.deepEqual(sent(), []);
  for (let times = 0; times < 500; times++) solicit(instance.facts.mac);
  assert(sent().length <= 2 * 12);
});

const ovn: KnownPort = { ...router, facts: { ...router.facts, advertiser: 'ovn' } };
const own = Address.parse('fd00:1::a');

test('what OVN advertises is left to it: it alone answers solicitations', (t) => {
  const { sent, solicit } = serve(t, [instance, ovn]);
  t.mock.timers.tick(60_000);
  solicit(instance.facts.mac);
  assert.deepEqual(sent(), []);
  t.mock.timers.tick(600_000);
  assert.ok(sent().length >= 1, 'all hear of the services from time to time');
});

test('where OVN advertises, an instance hears of the services once it has formed an address', (t) => {
  const { sent, probe } = serve(t, [instance, ovn]);
  sent();
  const { mac } = instance.facts;
  probe(mac, linkLocalAddress(mac));
  probe(router.facts.mac, own);
  t.mock.timers.tick(10);
  assert.deepEqual(sent(), []);
  probe(mac, own);
  probe(mac, own);
  t.mock.timers.tick(0);
  assert.deepEqual(sent(), [service(`ff02::1 (${mac})`)]);
});

test('an address by DHCPv6 may be there before the router is: it hears of the services later', (t) => {
  const stateful = networkFacts([subnetFacts('fd00:1::/64')]);
  const { sent, probe } = serve(t, [instance, ovn], stateful);
  sent();
  probe(instance.facts.mac, own);
  t.mock.timers.tick(9_999);
  assert.deepEqual(sent(), []);
  t.mock.timers.tick(1);
  assert.equal(sent().length, 1);
});

test('where hosts advertise, probes are no matter', (t) => {
  const { sent, probe } = serve(t, [instance, router]);
  sent();
  probe(instance.facts.mac, own);
  t.mock.timers.tick(10_000);
  assert.deepEqual(sent(), []);
});

test('a change is told, nothing else', (t) => {
  const { sent, change } = serve(t, [instance]);
  sent();
  change([instance]);
  assert.deepEqual(sent(), []);
  change([instance, router]);
  t.mock.timers.tick(0);
  assert.deepEqual(sent(), [routers(all)]);
});

const left = (until: number): NetworkFacts['retiredRouters'] => [
  { mac: router.facts.mac, fixedIps: router.facts.fixedIps, until },
];

for (const advertiser of ['host', 'ovn'] as const) {
  test(`a router that leaves says so soon and again, if ${advertiser} spoke for it, unless it comes back`, (t) => {
    const leaving = { ...router, facts: { ...router.facts, advertiser } };
    const { sent, change, solicit } = serve(t, [instance, leaving]);
    const farewells = () => sent().filter((line) => line === routers(all, 0)).length;
    sent();
    change([instance], left(2e9));
    t.mock.timers.tick(0);
    assert.equal(farewells(), 1);
    for (let times = 0; times < 2; times++) t.mock.timers.tick(16_000);
    assert.equal(farewells(), 2);
    solicit(instance.facts.mac);
    assert(!sent().some((line) => line.startsWith('fe80::f816')), 'who starts never heard of it');
    t.mock.timers.tick(600_000);
    assert(farewells() >= 1);
    change([instance, leaving], left(2e9));
    t.mock.timers.tick(1_000_000);
    assert.equal(farewells(), 0);
  });
}

test('what a host hears of a router only when it has left, it says as well, for as long as it is to', (t) => {
  const { sent } = serve(t, [instance], { ...network, retiredRouters: left(2e9) });
  assert.deepEqual(sent(), [service(all), routers(all, 0)]);
  t.mock.timers.setTime(2e12);
  t.mock.timers.tick(600_000);
  sent();
  t.mock.timers.tick(6_000_000);
  assert(sent().every((line) => line === service(all)));
});

test('a network that is closed is silent', (t) => {
  const { sent, served, solicit, service: closing } = serve(t, [instance, router]);
  sent();
  closing.closed(served);
  solicit(instance.facts.mac);
  t.mock.timers.tick(1_000_000);
  assert.deepEqual(sent(), []);
});
