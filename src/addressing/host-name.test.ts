import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from './address.ts';
import { hostNameOf } from './host-name.ts';

test('addresses have names as in Neutron, and none that ends with a hyphen', () => {
  const names = ['10.0.0.5', '2001:db8::5', 'fd00::', '::'].map((text) => hostNameOf(Address.parse(text)));
  assert.deepEqual(names, ['host-10-0-0-5', 'host-2001-db8--5', 'host-fd00--0', 'host---0']);
});
