import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivedPackets, transferSeconds } from './iperf3.ts';

test('the seconds of a transfer are those of the receiver', () => {
  assert.equal(transferSeconds('{"end":{"sum_sent":{"seconds":1},"sum_received":{"seconds":1.25}}}'), 1.25);
});

test('a report without figures is an error that says what iperf3 says', () => {
  assert.throws(() => transferSeconds('{"end":{},"error":"unable to connect"}'), /unable to connect/);
});

test('packets that arrive are those that were sent without those that were lost', () => {
  assert.deepEqual(arrivedPackets('{"end":{"sum":{"packets":900,"lost_packets":300,"seconds":2}}}'), {
    arrived: 600,
    seconds: 2,
  });
  assert.throws(() => arrivedPackets('{"end":{},"error":"no route"}'), /no route/);
});
