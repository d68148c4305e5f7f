import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import type { PortFacts } from '../../host-contract/facts.ts';
import { AddressBook } from './address-book.ts';

const at = (text: string): Address => Address.parse(text);

const network = networkFacts([subnetFacts('fd00:1::/64')]);
const port = (id: string, mac: string, addresses: string[], facts: Partial<PortFacts> = {}) => ({
  id,
  facts: portFacts(network, addresses, { mac: Mac.parse(mac), ...facts }),
});
const open = { openPrefixes: [Prefix.parse('fe80::/64'), Prefix.parse('fd00:1::/64')] };

const one = port('one', 'fa:16:3e:00:00:01', ['fd00:1::1'], open);
const two = port('two', 'fa:16:3e:00:00:02', ['fd00:1::2'], {
  allowedAddressPairs: [
    { mac: undefined, prefix: Prefix.parse('fd00:1::100/128') },
    { mac: Mac.parse('fa:16:3e:00:00:09'), prefix: Prefix.parse('fd00:1::900/128') },
  ],
});
const free = port('free', 'fa:16:3e:00:00:03', [], { portSecurity: false });
const book = new AddressBook([one, two, free]);

test('addresses are found by whom they were given to, and by their MAC address', () => {
  assert.equal(book.ownerOf(at('fd00:1::1'))?.id, 'one');
  assert.equal(book.ownerOf(at('fe80::f816:3eff:fe00:2'))?.id, 'two');
  assert.equal(book.ownerOf(at('fd00:1::3')), undefined);
});

test('a port may use what is its, and in open prefixes what is nobody else’s', () => {
  assert.ok(book.mayUse(one, at('fd00:1::1')));
  assert.ok(book.mayUse(one, at('fd00:1::abcd')));
  assert.ok(book.mayUse(one, at('fe80::1234')));
  assert.ok(!book.mayUse(one, at('fd00:1::2')));
  assert.ok(!book.mayUse(one, at('fe80::f816:3eff:fe00:2')));
  assert.ok(!book.mayUse(one, at('fd00:2::1')));
});

test('a strict port has its addresses, its link-local one and its pairs', () => {
  assert.ok(book.mayUse(two, at('fe80::f816:3eff:fe00:2')));
  assert.ok(book.mayUse(two, at('fd00:1::100')));
  assert.ok(!book.mayUse(two, at('fd00:1::900')));
  assert.ok(!book.mayUse(two, at('fe80::1234')));
});

test('a port without port security may use what is nobody else’s', () => {
  assert.ok(book.mayUse(free, at('2001:db8::1')));
  assert.ok(!book.mayUse(free, at('fd00:1::1')));
});
