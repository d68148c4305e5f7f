import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { KnownFacts } from '../../../test/support/known-facts.ts';
import { Address, Mac } from '../../addressing/index.ts';
import { AddressOwners } from './address-owners.ts';

const network = (id: string) => networkFacts([subnetFacts('fd00::/64', { gateway: undefined })], { id });
const NETWORKS = ['a', 'b'];
const PORTS = ['p1', 'p2', 'p3'];
const address = (number: number) => Address.parse(`fd00::${number + 1}`);
const mac = (id: string) => Mac.of(0x020000000000n + BigInt(PORTS.indexOf(id)));

test('an address is its owner’s, also to whom it was asked of first', () => {
  const facts = new KnownFacts();
  const owners = new AddressOwners(facts);
  facts.setNetwork('a', network('a'));
  facts.setPort('p1', 'a', portFacts(network('a'), [String(address(7))], { mac: mac('p1') }));
  facts.setPort('p2', 'a', portFacts(network('a'), [], { mac: mac('p2') }));
  facts.setPort('p3', 'b', portFacts(network('b'), [], { mac: mac('p3') }));
  assert.deepEqual(owners.otherThan('p2', address(7)), { portId: 'p1', mac: mac('p1') });
  assert.ok(owners.has('p1', address(7)) && !owners.has('p2', address(7)));
  assert.equal(owners.otherThan('p1', address(7)), undefined);
  assert.equal(owners.otherThan('p3', address(7)), undefined, 'on another network');
});

test('whatever changed, the owners are those that a new look finds', () => {
  const step = fc.oneof(
    fc.record({
      id: fc.constantFrom(...PORTS),
      network: fc.constantFrom(...NETWORKS),
      fixed: fc.uniqueArray(fc.nat(3), { maxLength: 2 }),
    }),
    fc.record({ gone: fc.constantFrom(...PORTS) }),
    fc.record({ network: fc.constantFrom(...NETWORKS) }),
    fc.record({ asked: fc.constantFrom(...PORTS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const facts = new KnownFacts();
      for (const id of NETWORKS) facts.setNetwork(id, network(id));
      const owners = new AddressOwners(facts);
      for (const one of steps) {
        if ('id' in one) {
          const more = { mac: mac(one.id) };
          const fixed = one.fixed.map((number) => String(address(number)));
          facts.setPort(one.id, one.network, portFacts(network(one.network), fixed, more));
        } else if ('gone' in one) facts.setPort(one.gone, 'a', undefined);
        else if ('network' in one) facts.setNetwork(one.network, network(one.network));
        else owners.otherThan(one.asked, address(0));
      }
      const fresh = new AddressOwners(facts);
      for (const id of PORTS) {
        for (const number of [0, 1, 2, 3]) {
          const [found, expected] = [owners, fresh].map((some) => some.otherThan(id, address(number)));
          assert.equal(found === undefined, expected === undefined, `${id} ${address(number)}`);
        }
      }
    }),
  );
});
