import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  attribute32,
  attributeText,
  decodeAttributes,
  decodeNetlinkMessages,
  encodeAttribute,
  encodeNetlinkMessage,
  nest,
  textAttribute,
} from './netlink-message.ts';

test('an attribute has length, type, payload and padding to four bytes', () => {
  assert.equal(textAttribute(3, 'eth0').toString('hex'), '09000300657468300000'.padEnd(24, '0'));
  assert.equal(attribute32(4, 1500).toString('hex'), '08000400dc050000');
});

test('attributes come back as they were, also nested ones', () => {
  const payloads = fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 200 }), fc.uint8Array({ maxLength: 40 })),
    {
      selector: ([type]) => type,
    },
  );
  fc.assert(
    fc.property(payloads, (pairs) => {
      const outer = nest(300, ...pairs.map(([type, payload]) => encodeAttribute(type, payload)));
      const inner = decodeAttributes(decodeAttributes(outer).get(300) as Buffer);
      assert.deepEqual(
        [...inner].map(([type, payload]) => [type, [...payload]]),
        pairs.map(([type, payload]) => [type, [...payload]]),
      );
    }),
  );
});

test('one read may hold several messages', () => {
  const stream = Buffer.concat([
    encodeNetlinkMessage(16, 0x605, 7, [textAttribute(3, 'a')]),
    encodeNetlinkMessage(17, 5, 8, []),
  ]);
  assert.deepEqual(
    decodeNetlinkMessages(stream).map(({ type, flags, sequence, body }) => [
      type,
      flags,
      sequence,
      body.length,
    ]),
    [
      [16, 0x605, 7, 8],
      [17, 5, 8, 0],
    ],
  );
});

test('damaged attributes end the list', () => {
  assert.equal(decodeAttributes(Buffer.from('0000030000000000', 'hex')).size, 0);
  assert.equal(attributeText(Buffer.from('eth0\0rest')), 'eth0');
});
