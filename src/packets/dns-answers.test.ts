import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../addressing/index.ts';
import { DNS_CODE, decodeDnsQuery, encodeDnsAnswer } from './dns.ts';
import { readDnsAnswer } from './dns-answers.ts';
import { PacketError } from './wire.ts';

const query = decodeDnsQuery(
  Buffer.from('1234012000010000000000000377777707657861' + '6d706c65036f726700001c0001', 'hex'),
);

test('what was written is read', () => {
  const answers = [
    { name: ['www', 'example', 'org'], ttl: 9, data: { kind: 'cname', name: ['web', 'example', 'org'] } },
    {
      name: ['web', 'example', 'org'],
      ttl: 30,
      data: { kind: 'address', address: Address.parse('192.0.2.1') },
    },
    {
      name: ['web', 'example', 'org'],
      ttl: 30,
      data: { kind: 'address', address: Address.parse('fd00::1') },
    },
    { name: ['1', 'arpa'], ttl: 30, data: { kind: 'ptr', name: ['web', 'example', 'org'] } },
  ] as const;
  const read = readDnsAnswer(encodeDnsAnswer(query, { code: DNS_CODE.noError, answers }, 512));
  assert.deepEqual(read, { code: 0, isTruncated: false, answers, denialSeconds: undefined });
});

test('an answer that was cut says so, and a denial how long it holds', () => {
  assert.equal(readDnsAnswer(encodeDnsAnswer(query, { code: 0 }, 0)).isTruncated, true);
  const data = { kind: 'soa', server: ['ns', 'example', 'org'], minimum: 60 } as const;
  const denial = encodeDnsAnswer(
    query,
    { code: DNS_CODE.nameError, authority: [{ name: ['org'], ttl: 3600, data }] },
    512,
  );
  assert.deepEqual(readDnsAnswer(denial), { code: 3, isTruncated: false, answers: [], denialSeconds: 60 });
});

test('a pointer that leads nowhere, or round in circles, is refused', () => {
  const head = Buffer.from('123481800001000100000000' + '0161000001' + '0001', 'hex');
  for (const name of ['c014', 'c013', 'c0ff'])
    assert.throws(
      () => readDnsAnswer(Buffer.concat([head, Buffer.from(`${name}00010001000000010004c0000201`, 'hex')])),
      PacketError,
      name,
    );
});

test('whatever comes is read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      try {
        readDnsAnswer(octets);
      } catch (error) {
        assert.ok(error instanceof PacketError);
      }
    }),
  );
});
