import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address, Prefix } from '../../addressing/index.ts';
import { NPTV6_ROUTER } from '../../host-contract/index.ts';
import { addressOctets, transportChecksum } from '../../packets/index.ts';
import { translateError } from './error-translation.ts';

const TRANSLATIONS = [
  { internal: Prefix.parse('fd01:203:405::/48'), external: Prefix.parse('2001:db8:1::/48') },
];
const [INNER, OUTER, AFAR] = ['fd01:203:405:1::1234', '2001:db8:1:d550::1234', '2001:db8:ffff::1'].map(
  (text) => Address.parse(text),
) as [Address, Address, Address];
const MACS = ['0e:00:00:00:00:02', '0e:00:00:00:00:01'].map((text) =>
  Buffer.from(text.replaceAll(':', ''), 'hex'),
);

/** @param about source and destination of the packet that the error is about */
function errorFrame(
  from: Address,
  to: Address,
  about: readonly [Address, Address],
  { type = 2, length = 60 } = {},
): Buffer {
  const header = (payload: number, next: number, ends: readonly [Address, Address]) =>
    Buffer.concat([
      Buffer.from([0x60, 0, 0, 0, payload >> 8, payload & 0xff, next, 64]),
      ...ends.map(addressOctets),
    ]);
  const invoking = Buffer.concat([header(1400, 17, about), Buffer.alloc(length - 40, 0xff)]);
  const message = Buffer.concat([Buffer.from([type, 0, 0, 0, 0, 0, 5, 20]), invoking]);
  message.writeUInt16BE(transportChecksum(from, to, 58, message), 2);
  return Buffer.concat([...MACS, Buffer.from([0x86, 0xdd]), header(message.length, 58, [from, to]), message]);
}

const endsAt = (frame: Buffer, at: number): string[] =>
  [8, 24].map((offset) => {
    const text = frame.toString('hex', at + offset, at + offset + 16);
    return `${Address.of(6, BigInt(`0x${text}`))}`;
  });

/** The addresses of the error and of what it is about; its sum must be right. */
function translated(frame: Buffer): string[] | undefined {
  const changed = translateError(frame, TRANSLATIONS);
  if (changed === undefined) return undefined;
  assert.equal(changed.length, frame.length);
  assert.deepEqual([changed.subarray(0, 6), changed.subarray(6, 12)], [MACS[1], MACS[0]]);
  const message = Buffer.from(changed.subarray(54));
  const sum = message.readUInt16BE(2);
  message.writeUInt16BE(0, 2);
  const [source, destination] = endsAt(changed, 14).map((text) => Address.parse(text));
  assert.equal(sum, transportChecksum(source!, destination!, 58, message));
  return [...endsAt(changed, 14), ...endsAt(changed, 62)];
}

test('an error from outside is about what the instance sent', () => {
  const expected = [AFAR, INNER, INNER, AFAR].map(String);
  assert.deepEqual(translated(errorFrame(AFAR, OUTER, [OUTER, AFAR])), expected);
  assert.deepEqual(translated(errorFrame(AFAR, OUTER, [OUTER, AFAR], { length: 1232 })), expected);
});

test('an error of an instance is about what was sent to what it is outside', () => {
  const frame = errorFrame(INNER, AFAR, [AFAR, INNER], { type: 1 });
  assert.deepEqual(translated(frame), [OUTER, AFAR, AFAR, OUTER].map(String));
});

test('one of the router itself is from its address outside', () => {
  const frame = errorFrame(NPTV6_ROUTER, AFAR, [AFAR, INNER], { type: 3 });
  assert.deepEqual(translated(frame), ['2001:db8:1::', `${AFAR}`, `${AFAR}`, `${OUTER}`]);
});

test('among instances of one router, each knows the other by what it is outside', () => {
  const other = Address.parse('2001:db8:1:d559::5');
  const frame = errorFrame(NPTV6_ROUTER, OUTER, [OUTER, Address.parse('fd01:203:405:a::5')]);
  assert.deepEqual(translated(frame), ['2001:db8:1::', `${INNER}`, `${INNER}`, `${other}`]);
});

test('what is no error, is cut off, or concerns no translation is dropped', () => {
  const frame = errorFrame(AFAR, OUTER, [OUTER, AFAR]);
  assert.equal(translated(errorFrame(AFAR, OUTER, [OUTER, AFAR], { type: 128 })), undefined);
  for (let length = 0; length < frame.length; length++)
    assert.equal(translateError(frame.subarray(0, length), TRANSLATIONS), undefined);
  assert.equal(translated(errorFrame(AFAR, AFAR, [AFAR, AFAR])), undefined);
  const withHeader = Buffer.from(frame);
  withHeader[20] = 0;
  assert.equal(translateError(withHeader, TRANSLATIONS), undefined);
});
