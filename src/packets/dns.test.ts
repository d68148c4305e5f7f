import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../addressing/index.ts';
import {
  DNS_CODE,
  DNS_TYPE,
  decodeDnsQuery,
  encodeDnsAnswer,
  encodeFormatError,
  encodeTruncated,
  udpLimit,
} from './dns.ts';
import { PacketError } from './wire.ts';

/** A query for `www.example.org`, type AAAA, as it was sent by dig +noedns. */
const plain = Buffer.from('1234012000010000000000000377777707657861' + '6d706c65036f726700001c0001', 'hex');
/** The same with EDNS: 4096 octets, DO. */
const edns = Buffer.concat([plain, Buffer.from('0000291000000080000000', 'hex')]);
edns.writeUInt16BE(1, 10);

test('a question, with and without EDNS', () => {
  const query = decodeDnsQuery(plain);
  assert.equal(query.id, 0x1234);
  assert.equal(query.recursionDesired, true);
  assert.equal(query.isResponse, false);
  assert.deepEqual(query.question, { name: ['www', 'example', 'org'], type: DNS_TYPE.aaaa, class: 1 });
  assert.equal(query.edns, undefined);
  assert.equal(udpLimit(query), 512);
  assert.deepEqual(decodeDnsQuery(edns).edns, { udpSize: 4096, version: 0, dnssecOk: true });
  assert.equal(udpLimit(decodeDnsQuery(edns)), 1232);
});

test('an answer, octet by octet', () => {
  const answer = encodeDnsAnswer(
    decodeDnsQuery(plain),
    {
      code: DNS_CODE.noError,
      authoritative: true,
      answers: [{ ttl: 30, data: { kind: 'address', address: Address.parse('2001:db8::1') } }],
    },
    512,
  );
  assert.equal(
    Buffer.from(answer).toString('hex'),
    '123485800001000100000000' +
      '03777777076578616d706c65036f726700001c0001' +
      'c00c001c00010000001e001020010db8000000000000000000000001',
  );
});

test('an error beyond the header’s four bits is told by EDNS', () => {
  const answer = Buffer.from(encodeDnsAnswer(decodeDnsQuery(edns), { code: DNS_CODE.badVersion }, 512));
  assert.equal((answer[3] ?? 0) & 0xf, 0);
  assert.equal(answer.subarray(-11).toString('hex'), '00002904d0010080000000');
});

test('an answer that is too long is cut, and says so', () => {
  const data = { kind: 'address', address: Address.parse('2001:db8::1') } as const;
  const answers = Array.from({ length: 40 }, () => ({ ttl: 30, data }));
  const answer = Buffer.from(encodeDnsAnswer(decodeDnsQuery(plain), { code: 0, answers }, 512));
  assert.ok(answer.length <= 512);
  assert.equal((answer[2] ?? 0) & 0x02, 0x02);
  assert.equal(answer.readUInt16BE(6), 0);
  assert.equal(Buffer.from(encodeTruncated(decodeDnsQuery(plain)))[2]! & 0x02, 0x02);
});

test('what is no query with one question is refused', () => {
  const two = Buffer.from(plain);
  two.writeUInt16BE(2, 4);
  const compressed = Buffer.from(plain);
  compressed[12] = 0xc0;
  for (const octets of [Buffer.alloc(0), plain.subarray(0, 20), two, compressed])
    assert.throws(() => decodeDnsQuery(octets), PacketError);
  assert.equal(Buffer.from(encodeFormatError(two)!).toString('hex'), '123480010000000000000000');
  assert.equal(encodeFormatError(Buffer.alloc(5)), undefined);
  const response = Buffer.from(plain);
  response[2]! |= 0x80;
  assert.equal(encodeFormatError(response), undefined, 'answers are not answered');
});

test('any octets are a query or a PacketError; any query can be answered', () => {
  const mutated = fc
    .tuple(fc.nat(edns.length - 1), fc.nat(255))
    .map(([at, octet]) => Buffer.from(edns).fill(octet, at, at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (octets) => {
      try {
        encodeDnsAnswer(decodeDnsQuery(octets), { code: DNS_CODE.nameError }, 512);
      } catch (error) {
        assert.ok(error instanceof PacketError);
      }
    }),
    { numRuns: 500 },
  );
});
