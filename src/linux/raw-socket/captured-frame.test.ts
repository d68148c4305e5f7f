import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capturedFrame } from './captured-frame.ts';

/** struct cmsghdr with its data, filled to a multiple of 8 octets. */
function control(level: number, type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeBigUInt64LE(BigInt(16 + data.length), 0);
  header.writeInt32LE(level, 8);
  header.writeInt32LE(type, 12);
  return Buffer.concat([header, data, Buffer.alloc(-data.length & 7)]);
}

function timespec(seconds: bigint, nanoseconds: bigint): Buffer {
  const data = Buffer.alloc(16);
  data.writeBigInt64LE(seconds, 0);
  data.writeBigInt64LE(nanoseconds, 8);
  return data;
}

/** struct tpacket_auxdata. */
function auxiliary(status: number, tci: number, tpid: number): Buffer {
  const data = Buffer.alloc(20);
  data.writeUInt32LE(status, 0);
  data.writeUInt16LE(tci, 16);
  data.writeUInt16LE(tpid, 18);
  return data;
}

const data = Buffer.from('ffffffffffff' + 'fa163e000001' + '86dd' + '6000', 'hex');
const address = (packetType: number): Buffer => Buffer.from([17, 0, 0, 0, 0, 0, 0, 0, 1, 0, packetType, 6]);

test('direction and time come from what the kernel adds', () => {
  const sent = capturedFrame({ data, address: address(4), control: control(1, 35, timespec(5n, 7n)) }, 0n);
  assert.deepEqual([sent.outgoing, sent.time], [true, 5_000_000_007n]);
  const received = capturedFrame({ data, address: address(2), control: Buffer.alloc(0) }, 9n);
  assert.deepEqual([received.outgoing, received.time], [false, 9n]);
});

test('the VLAN tag that the kernel took off is put back', () => {
  const octets = (status: number, tci: number, tpid: number): string => {
    const parts = [control(1, 35, timespec(1n, 0n)), control(263, 8, auxiliary(status, tci, tpid))];
    const message = { data, address: address(0), control: Buffer.concat(parts) };
    return Buffer.from(capturedFrame(message, 0n).octets).toString('hex');
  };
  assert.equal(octets(0, 0, 0), data.toString('hex'));
  assert.equal(octets(0x50, 0xa0c8, 0x88a8), `fffffffffffffa163e000001${'88a8a0c8'}86dd6000`);
  assert.equal(octets(0x10, 0x00c8, 0), `fffffffffffffa163e000001${'810000c8'}86dd6000`);
});

test('a captured frame stays as it is when the buffer is used again', () => {
  const buffer = Buffer.from(data);
  const { octets } = capturedFrame({ data: buffer, address: address(0), control: Buffer.alloc(0) }, 0n);
  buffer.fill(0);
  assert.deepEqual(Buffer.from(octets), data);
});
