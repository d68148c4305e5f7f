import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressError } from './error.ts';
import { Mac } from './mac.ts';

const anyMac = fc.bigInt(0n, (1n << 48n) - 1n).map((value) => Mac.of(value));

test('all forms read as the same address', () => {
  for (const text of ['fa:16:3e:0a:0B:0c', 'FA-16-3E-0A-0B-0C', 'fa16.3e0a.0b0c']) {
    assert.equal(String(Mac.parse(text)), 'fa:16:3e:0a:0b:0c');
  }
  assert.equal(JSON.stringify(Mac.of(1n)), '"00:00:00:00:00:01"');
});

test('text and value are one to one', () => {
  fc.assert(fc.property(anyMac, (mac) => mac.equals(Mac.parse(mac.toString()))));
});

test('what is no MAC address is refused', () => {
  const refused = [
    '',
    'fa:16:3e:0a:0b',
    'fa:16:3e:0a:0b:0c:0d',
    'fa:16:3e:0a:0b-0c',
    'fa:16:3e:0a:0b:c',
    'fa:16:3e:0a:0b:0g',
    'fa163e0a0b0c',
    'fa16:3e0a:0b0c',
    'fa:16:3e:0a:0b:0c\n',
  ];
  for (const text of refused) {
    assert.equal(Mac.tryParse(text), undefined, text);
    assert.throws(
      () => Mac.parse(text),
      (error) => error instanceof AddressError && error.text === text,
      text,
    );
  }
  assert.throws(() => Mac.of(1n << 48n), AddressError);
  assert.throws(() => Mac.of(-1n), AddressError);
});

test('the group and the local bit', () => {
  const bits = (text: string) => [Mac.parse(text).isMulticast, Mac.parse(text).isLocal];
  assert.deepEqual(bits('00:16:3e:ff:ff:ff'), [false, false]);
  assert.deepEqual(bits('fa:16:3e:00:00:01'), [false, true]);
  assert.deepEqual(bits('01:00:5e:00:00:01'), [true, false]);
  assert.deepEqual(bits('33:33:00:00:00:01'), [true, true]);
  assert.deepEqual(bits('ff:ff:ff:ff:ff:ff'), [true, true]);
});

test('the virtual MAC addresses of VRRP, for IPv4 and IPv6', () => {
  for (const text of ['00:00:5e:00:01:01', '00:00:5e:00:02:ff'])
    assert.equal(Mac.parse(text).isVirtualRouter, true);
  for (const text of ['00:00:5e:00:03:01', '00:00:5e:00:53:01', 'fa:16:3e:00:01:01'])
    assert.equal(Mac.parse(text).isVirtualRouter, false);
});
