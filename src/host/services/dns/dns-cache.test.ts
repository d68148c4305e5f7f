import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address } from '../../../addressing/index.ts';
import { type DnsAnswer, type DnsQuery, decodeDnsQuery, encodeDnsAnswer } from '../../../packets/dns.ts';
import { dnsLifetimes } from '../../../packets/dns-lifetimes.ts';
import { DnsCache } from './dns-cache.ts';

const servers = ['2001:db8::53'];

/** A question for the IPv6 addresses of a name. */
function question(name: string, id = 1, flags = 0x0100): DnsQuery {
  const head = Buffer.from([id >> 8, id, flags >> 8, flags, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split('.').map((label) => String.fromCharCode(label.length) + label);
  return decodeDnsQuery(Buffer.concat([head, Buffer.from(`${labels.join('')}\0\0\x1c\0\x01`, 'latin1')]));
}

const found = (ttl: number): DnsAnswer => ({
  code: 0,
  answers: [{ ttl, data: { kind: 'address', address: Address.parse('2001:db8::1') } }],
});
const absent = (ttl: number, minimum: number): DnsAnswer => ({
  code: 3,
  authority: [{ name: ['org'], ttl, data: { kind: 'soa', server: ['ns'], minimum } }],
});
const octetsOf = (query: DnsQuery, answer: DnsAnswer): Uint8Array => encodeDnsAnswer(query, answer, 1232);

test('an answer is kept as long as it holds, and ages', () => {
  let now = 0;
  const cache = new DnsCache(() => now);
  const asked = question('www.example.org');
  cache.put(asked, servers, octetsOf(asked, found(60)));
  now = 20_000;
  const again = question('WWW.example.org', 77);
  const answer = cache.find(again, servers);
  assert.deepEqual(answer, Buffer.from(octetsOf(again, found(40))), 'its id, its letters, and what is left');
  now = 60_000;
  assert.equal(cache.find(again, servers), undefined);
});

test('that there is nothing is kept as long as the zone says', () => {
  const asked = question('nowhere.example.org');
  assert.equal(dnsLifetimes(octetsOf(asked, absent(900, 30)))?.seconds, 30);
  assert.equal(dnsLifetimes(octetsOf(asked, absent(10, 30)))?.seconds, 10);
  assert.equal(dnsLifetimes(octetsOf(asked, { code: 3 })), undefined);
  assert.equal(dnsLifetimes(octetsOf(asked, { code: 2 })), undefined, 'a failure may be over soon');
  assert.equal(dnsLifetimes(encodeDnsAnswer(asked, found(60), 20)), undefined, 'it was cut');
});

test('answers of other servers, and to questions with other wishes, are others', () => {
  const cache = new DnsCache(() => 0);
  const asked = question('www.example.org');
  cache.put(asked, servers, octetsOf(asked, found(60)));
  assert(cache.find(asked, servers));
  assert.equal(cache.find(asked, ['2001:db8::54']), undefined);
  assert.equal(cache.find(question('www.example.org', 1, 0x0110), servers), undefined);
  assert.equal(cache.find(question('www.example.com'), servers), undefined);
});

test('there is a bound: what was not used for longest goes', () => {
  const cache = new DnsCache(() => 0);
  const names = Array.from({ length: 5_000 }, (_, number) => question(`n${number}.example.org`));
  for (const asked of names) {
    cache.put(asked, servers, octetsOf(asked, found(60)));
    assert(cache.find(names[0]!, servers), 'it is used all the time');
  }
  const kept = names.filter((asked) => cache.find(asked, servers) !== undefined).length;
  assert(kept > 500 && kept < 1_100, String(kept));
  assert(cache.find(names.at(-1)!, servers));
});

test('octets that are no answer are not kept', () => {
  const cache = new DnsCache(() => 0);
  const asked = question('www.example.org');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => cache.put(asked, servers, octets)));
  const whole = octetsOf(asked, found(60));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
      cache.put(question('cut.example.org'), servers, whole.subarray(0, length));
    }),
  );
});
