import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePcap } from './pcap.ts';

test('a file of one frame, octet by octet', () => {
  const file = encodePcap([{ time: 1_700_000_000_000_000_007n, octets: Uint8Array.of(0xaa, 0xbb, 0xcc) }]);
  assert.equal(
    file.toString('hex'),
    '4d3cb2a1' +
      '02000400' +
      '00000000' +
      '00000000' +
      '00000400' +
      '01000000' + // nanoseconds, 2.4, Ethernet
      '00f15365' +
      '07000000' +
      '03000000' +
      '03000000' +
      'aabbcc',
  );
});
