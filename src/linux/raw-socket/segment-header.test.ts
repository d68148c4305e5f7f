import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacksChecksum, SEGMENT_HEADER, segmentHeader, segmentOf } from './segment-header.ts';

test('what is left to be done for TCP stands where the kernel reads it', () => {
  const uncut = { segment: 1368, transport: 54, payload: 86 };
  assert.equal(segmentHeader({ ...uncut, isIpv6: true }).toString('hex'), '0104560058053600' + '1000');
  assert.equal(segmentHeader({ ...uncut, isIpv6: false }).toString('hex'), '0101560058053600' + '1000');
  assert.deepEqual(segmentHeader(), Buffer.alloc(SEGMENT_HEADER));
});

test('TCP alone is taken for uncut, with ECN and without', () => {
  const kinds = [0x00, 0x01, 0x81, 0x04, 0x84, 0x03, 0x05];
  assert.deepEqual(
    kinds.map((kind) => segmentOf(Buffer.from([1, kind, 0, 0, 0xa0, 0x05, 0, 0, 0, 0]))),
    [undefined, 1440, 1440, 1440, 1440, undefined, undefined],
  );
});

test('a checksum that is left to a device is told of', () => {
  const headers = [segmentHeader(), segmentHeader({ segment: 1, isIpv6: true, transport: 54, payload: 86 })];
  assert.deepEqual(headers.map(lacksChecksum), [false, true]);
});
