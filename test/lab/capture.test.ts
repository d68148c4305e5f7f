import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Address, Mac } from '../../src/addressing/index.ts';
import { createNamespace, deleteNamespace, inNamespace } from '../../src/host/namespace.ts';
import { Capture } from '../../src/lab/capture.ts';
import { encodeFrame, type Frame, frame, ipv6, udp } from '../../src/lab/packets/frame.ts';
import { PacketSocket } from '../../src/lab/raw-socket/packet-socket.ts';

const left = `sxt-t${process.pid}-left`;
const right = `sxt-t${process.pid}-right`;
const source = Mac.parse('02:00:00:00:00:01');
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

before(() => {
  createNamespace(left);
  createNamespace(right);
  inNamespace(left, () => {
    execFileSync('ip', ['link', 'add', 'eth0', 'up', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', right]);
  });
  inNamespace(right, () => execFileSync('ip', ['link', 'set', 'eth0', 'up']));
});

after(() => {
  deleteNamespace(left);
  deleteNamespace(right);
});

test('a crafted frame arrives as it was sent, seen on both ends, though it is for somebody else', async () => {
  const [there, here] = [Capture.start(right, 'eth0'), Capture.start(left, 'eth0')];
  using socket = PacketSocket.forSending(left, 'eth0');
  const started = BigInt(Date.now()) * 1_000_000n;
  socket.send(encodeFrame(numbered(7)));
  const seen = await there.waitFor((frame) => numberOf(frame) === 7, 5000);
  assert.deepEqual(seen?.frame, numbered(7));
  assert(seen.time >= started - 1_000_000n && seen.time < started + 5_000_000_000n);
  await here.settle();
  assert.deepEqual(
    here.observations.filter(({ frame }) => numberOf(frame) === 7).map(({ outgoing }) => outgoing),
    [true],
  );
  await Promise.all([there.stop(), here.stop()]);
});

test('a VLAN tag is part of the frame', async () => {
  const capture = Capture.start(right, 'eth0');
  using socket = PacketSocket.forSending(left, 'eth0');
  const vlans = [
    { protocol: 0x88a8, priority: 3, dropEligible: true, id: 7 },
    { protocol: 0x8100, priority: 0, dropEligible: false, id: 200 },
  ];
  socket.send(encodeFrame({ ...numbered(1), vlans }));
  const seen = await capture.waitFor((frame) => numberOf(frame) === 1, 5000);
  assert.deepEqual(seen?.frame.vlans, vlans);
  await capture.stop();
});

test('nothing is lost or out of order in a burst of 5000 frames', async () => {
  const capture = Capture.start(right, 'eth0');
  using socket = PacketSocket.forSending(left, 'eth0');
  for (let number = 0; number < 5000; number++) socket.send(encodeFrame(numbered(number)));
  await capture.stop();
  assert.deepEqual(
    capture.received((frame) => numberOf(frame) !== undefined).map(({ frame }) => numberOf(frame)),
    Array.from({ length: 5000 }, (_, number) => number),
  );
});

test('waiting for what does not come ends, and a device that is not there is an error', async () => {
  const capture = Capture.start(right, 'eth0');
  assert.equal(await capture.waitFor((frame) => numberOf(frame) === 7, 20), undefined);
  await capture.stop();
  assert.throws(() => Capture.start(right, 'eth9'), /no device eth9.*ENODEV/);
});
