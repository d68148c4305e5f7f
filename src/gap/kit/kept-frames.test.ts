import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePcap, type Observation } from '../../lab/index.ts';
import { decodeFrame } from '../../packets/index.ts';
import { keepFrames, pcapOfKept } from './kept-frames.ts';

/** A frame of its own for each number. */
function observed(number: number, length = 60): Observation {
  const octets = new Uint8Array(length).fill(0xff);
  new DataView(octets.buffer).setUint32(14, number);
  const time = 1_700_000_000_000_000_007n + BigInt(number);
  return { time, outgoing: number % 2 === 1, device: 1, octets, frame: decodeFrame(octets) };
}

test('frames are kept with time and way, and are a pcap file again', () => {
  const seen = [observed(0), observed(1)];
  const { frames, more } = keepFrames(seen);
  assert.deepEqual(
    frames.map(({ time, way }) => [time, way]),
    [
      ['1700000000.000000007', 'received'],
      ['1700000000.000000008', 'sent'],
    ],
  );
  assert.equal(more, 0);
  assert.deepEqual(pcapOfKept(frames), encodePcap(seen));
});

test('repetitions, and what there is no room for, are counted only', () => {
  const repeated = keepFrames([
    observed(1),
    { ...observed(1), time: 2_000_000_000_000_000_000n },
    observed(2),
  ]);
  assert.deepEqual(
    [repeated.frames.map(({ time }) => time), repeated.more],
    [['1700000000.000000008', '1700000000.000000009'], 1],
  );
  const many = keepFrames(Array.from({ length: 1000 }, (_, number) => observed(number)));
  assert.deepEqual([many.frames.length, many.more], [60, 940]);
  const large = keepFrames([observed(1, 60_000), observed(2, 20_000), observed(3, 9_000), observed(4)]);
  assert.deepEqual([large.frames.length, large.more], [2, 2]);
});
