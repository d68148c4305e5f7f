import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { serviceNetwork } from '../../../test/support/service-network.ts';
import { type Address, Mac, Prefix } from '../../addressing/index.ts';
import type { PortFacts } from '../../host-contract/facts.ts';
import { DNS_TYPE } from '../../packets/index.ts';
import type { KnownPort } from '../facts/host-facts.ts';
import { AddressBook } from './address-book.ts';
import { DnsZone } from './dns/dns-zone.ts';
import { followPorts } from './follow-ports.ts';

const prefix = Prefix.parse('2001:db8::/64');
const subnet = subnetFacts(String(prefix));
const networks = ['example.org', 'example.com', ''].map((dnsDomain) => networkFacts([subnet], { dnsDomain }));
const [network] = networks as [(typeof networks)[number]];
const addresses = Array.from({ length: 6 }, (_, index) => prefix.at(BigInt(index + 2)));
const names = ['web', 'db', 'Web', '', 'no name'];
const at = (subset: readonly number[]): Address[] => subset.map((index) => addresses[index]!);

/** A port that is made, changed or deleted; or the network itself, which changes. */
const steps = fc.oneof(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    hostname: fc.constantFrom(...names),
    fixed: fc.subarray([0, 1, 2, 3, 4, 5]),
    mac: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), gone: fc.constant(true) }),
  fc.record({ domain: fc.nat(networks.length - 1) }),
);

/** All that can be asked for. */
function knowledge(zone: DnsZone, book: AddressBook, ports: readonly KnownPort[]) {
  const labels = [...names, 'absent'].flatMap((name) =>
    networks.map(({ dnsDomain }) => [name, ...(dnsDomain === '' ? [] : dnsDomain.split('.'))]),
  );
  const reversed = addresses.map(({ value }) => [
    ...value.toString(16).padStart(32, '0').split('').reverse(),
    'ip6',
    'arpa',
  ]);
  return {
    forward: labels.map((name) => zone.answer(name, DNS_TYPE.any)),
    reverse: [...reversed, ...reversed.map((name) => name.slice(1))].map((name) =>
      zone.answer(name, DNS_TYPE.ptr),
    ),
    owners: addresses.map((address) => book.ownerOf(address)?.id),
    may: ports.map((port) => addresses.map((address) => book.mayUse(port, address))),
  };
}

test('names and addresses that follow ports are those that they would be if made anew', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 12 }), (changes) => {
      const ports = new Map<string, KnownPort>();
      let facts = network;
      const scene = serviceNetwork({ facts: () => facts, ports: () => ports.values() });
      const zone = new DnsZone(facts, []);
      const book = new AddressBook([]);
      for (const step of changes) {
        if ('domain' in step) {
          facts = networks[step.domain]!;
          zone.network(facts);
          continue;
        }
        ports.delete(step.id);
        if (!('gone' in step)) {
          const fixedIps = at(step.fixed).map((address) => ({ address, subnetId: subnet.id }));
          const { hostname } = step;
          const mac = Mac.of(BigInt(0x020000000000 + step.mac));
          const more: Partial<PortFacts> = { fixedIps, hostname, mac };
          ports.set(step.id, { id: step.id, facts: portFacts(network, [], more) });
        }
        for (const made of [zone, book]) followPorts(made, scene, [step.id]);
      }
      const all = [...ports.values()];
      const anew = knowledge(new DnsZone(facts, all), new AddressBook(all), all);
      assert.deepEqual(knowledge(zone, book, all), anew);
    }),
  );
});

test('a change costs the same on a network with many ports as on one with few', () => {
  /** How many facts of ports are looked at when one port changes. */
  const work = (count: number): number => {
    let looks = 0;
    const ports = new Map(
      Array.from({ length: count }, (_, index): [string, KnownPort] => {
        const mac = Mac.of(BigInt(0x020000000000 + index));
        const facts = portFacts(network, [String(prefix.at(BigInt(index + 2)))], { mac, hostname: 'same' });
        const port = {
          id: String(index),
          get facts() {
            looks++;
            return facts;
          },
        };
        return [port.id, port];
      }),
    );
    const scene = {
      ...serviceNetwork({ facts: () => network, ports: () => ports.values() }),
      portById: (id: string) => ports.get(id),
    };
    const made = [new DnsZone(network, ports.values()), new AddressBook(ports.values())];
    looks = 0;
    for (const one of made) followPorts(one, scene, ['1']);
    return looks;
  };
  assert.equal(work(1_000), work(10));
  assert(work(10) > 0);
});
