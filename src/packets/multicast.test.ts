import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../addressing/index.ts';
import { multicastMac, solicitedNode } from './multicast.ts';

test('the solicited-node group of the example in RFC 4291 section 2.7.1', () => {
  assert.equal(solicitedNode(Address.parse('4037::01:800:200e:8c6c')).toString(), 'ff02::1:ff0e:8c6c');
});

test('groups map to 33:33 and their last 32 bits, IPv4 groups to 01:00:5e and 23 bits', () => {
  assert.equal(multicastMac(Address.parse('ff02::1:ff0e:8c6c')).toString(), '33:33:ff:0e:8c:6c');
  assert.equal(multicastMac(Address.parse('239.129.2.3')).toString(), '01:00:5e:01:02:03');
});
