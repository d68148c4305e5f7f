import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transferSeconds } from './traffic.ts';

test('the seconds of a transfer are those of the receiver', () => {
  assert.equal(transferSeconds('{"end":{"sum_sent":{"seconds":1},"sum_received":{"seconds":1.25}}}'), 1.25);
});

test('a report without figures is an error that says what iperf3 says', () => {
  assert.throws(() => transferSeconds('{"end":{},"error":"unable to connect"}'), /unable to connect/);
});
