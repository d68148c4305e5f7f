import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { Capture } from '../../src/lab/capture.ts';
import type { InstanceInterface } from '../../src/lab/instance/instance.ts';
import { Lab } from '../../src/lab/lab.ts';
import { type Frame, frame, ipv6, udp } from '../../src/packets/frame.ts';
import { eventually } from '../support/eventually.ts';

const source = Mac.parse('02:00:00:00:00:01');
const there = Mac.parse('02:00:00:00:00:02');
const unknown = Mac.parse('02:00:00:00:00:99');

/** A datagram that carries a number. */
const numbered = (number: number): Frame =>
  frame(
    source,
    unknown,
    ipv6(
      Address.parse('fd00::1'),
      Address.parse('fd00::2'),
      udp(1, 2, Uint8Array.of(number >> 8, number & 255)),
    ),
  );

const numberOf = ({ network }: Frame): number | undefined =>
  network.kind === 'ipv6' && network.upper.kind === 'udp' && network.upper.datagram.destinationPort === 2
    ? Buffer.from(network.upper.datagram.data).readUInt16BE()
    : undefined;

const lab = Lab.open();
let left: InstanceInterface;
let right: InstanceInterface;

before(async () => {
  const [a, b] = await Promise.all([lab.instance('left'), lab.instance('right')]);
  [left, right] = a.connect('eth0', source, { instance: b, device: 'eth0', mac: there });
  left.up();
  right.up();
  // The kernel drops what is sent before the link is there.
  const far = right.capture();
  await eventually('frames pass', async () => {
    left.send(numbered(0));
    return (await far.waitFor((frame) => numberOf(frame) === 0, 100)) !== undefined;
  });
  await far.stop();
});

after(() => lab.close());

test('a crafted frame arrives as it was sent, seen on both ends, though it is for somebody else', async () => {
  const [far, near] = [right.capture(), left.capture()];
  const started = BigInt(Date.now()) * 1_000_000n;
  left.send(numbered(7));
  const seen = await far.waitFor((frame) => numberOf(frame) === 7, 5000);
  assert.deepEqual(seen?.frame, numbered(7));
  assert(seen.time >= started - 1_000_000n && seen.time < started + 5_000_000_000n);
  await near.settle();
  assert.deepEqual(
    near.observations.filter(({ frame }) => numberOf(frame) === 7).map(({ outgoing }) => outgoing),
    [true],
  );
  await Promise.all([far.stop(), near.stop()]);
});

test('a VLAN tag is part of the frame', async () => {
  const capture = right.capture();
  const vlans = [
    { protocol: 0x88a8, priority: 3, dropEligible: true, id: 7 },
    { protocol: 0x8100, priority: 0, dropEligible: false, id: 200 },
  ];
  left.send({ ...numbered(1), vlans });
  const seen = await capture.waitFor((frame) => numberOf(frame) === 1, 5000);
  assert.deepEqual(seen?.frame.vlans, vlans);
  await capture.stop();
});

test('nothing is lost or out of order in a burst of 5000 frames', async () => {
  const capture = right.capture();
  left.send(...Array.from({ length: 5000 }, (_, number) => numbered(number)));
  await capture.stop();
  assert.deepEqual(
    capture.received((frame) => numberOf(frame) !== undefined).map(({ frame }) => numberOf(frame)),
    Array.from({ length: 5000 }, (_, number) => number),
  );
});

test('waiting for what does not come ends, and a device that is not there is an error', async () => {
  const capture = right.capture();
  assert.equal(await capture.waitFor((frame) => numberOf(frame) === 7, 20), undefined);
  await capture.stop();
  assert.throws(() => Capture.start(right.instance.namespace, 'eth9'), /no device eth9.*ENODEV/);
});
