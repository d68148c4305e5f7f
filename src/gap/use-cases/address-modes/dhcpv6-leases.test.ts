import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import type { Dhcpv6Option } from '../../../packets/index.ts';
import { describeAnswer } from './dhcpv6-leases.ts';

const status = (code: number): Dhcpv6Option => ({ kind: 'status-code', code, message: '' });
const lease: Dhcpv6Option = {
  ...{ kind: 'ia-address', address: Address.parse('fd09::1') },
  ...{ preferredLifetime: 60, validLifetime: 60, options: [] },
};
const association = (...options: Dhcpv6Option[]): Dhcpv6Option => ({
  ...{ kind: 'ia-na', iaid: 1, t1: 0, t2: 0, options },
});
const say = (...options: Dhcpv6Option[]) => describeAnswer({ type: 'reply', transaction: 1, options });

test('that it went well goes without saying, and servers that say it are as right as those that do not', () => {
  assert.equal(say(association(lease)), 'reply 1: fd09::1');
  // dnsmasq's.
  assert.equal(say(association(lease), status(0)), 'reply 1: fd09::1');
  assert.equal(say(association(lease, status(0))), 'reply 1: fd09::1');
  assert.equal(say(status(0)), 'reply');
});

test('what became of an association is said there, whatever sums it up', () => {
  assert.equal(say(association(status(4))), 'reply 1: status 4');
  // dnsmasq's.
  assert.equal(say(association(status(4)), status(2)), 'reply 1: status 4');
  assert.equal(say(status(4)), 'reply status 4');
});
