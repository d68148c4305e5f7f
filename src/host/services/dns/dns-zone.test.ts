import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { characters } from '../../../../test/support/characters.ts';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { Mac } from '../../../addressing/index.ts';
import { DNS_CODE, DNS_TYPE, type DnsAnswer } from '../../../packets/dns.ts';
import { DnsZone } from './dns-zone.ts';

const network = networkFacts([subnetFacts('2001:db8:1::/64'), subnetFacts('10.0.0.0/22')], {
  dnsDomain: 'red.example',
});
const port = (id: string, hostname: string, ...addresses: string[]) => ({
  id,
  facts: portFacts(network, addresses, { mac: Mac.parse('fa:16:3e:00:00:01'), hostname }),
});
const zone = new DnsZone(network, [
  port('a', 'Web', '2001:db8:1::a', '10.0.1.10'),
  port('b', 'six', '2001:db8:1::b'),
  port('c', '', '2001:db8:1::c', '10.0.1.12'),
  port('d', 'no.label', '2001:db8:1::d'),
]);
const reverse6 = (last: string): string =>
  `${last}.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa`;

const ask = (name: string, type: keyof typeof DNS_TYPE): DnsAnswer | undefined =>
  zone.answer(name === '' ? [] : name.split('.'), DNS_TYPE[type]);

/** An answer in words: code, and what it says. */
function told(name: string, type: keyof typeof DNS_TYPE): string {
  const answer = ask(name, type);
  if (answer === undefined) return 'elsewhere';
  const records = (answer.answers ?? []).map(({ data }) =>
    data.kind === 'address' ? `${data.address}` : data.kind === 'ptr' ? data.name.join('.') : 'soa',
  );
  const zoneOf = answer.authority?.[0]?.name?.join('.');
  const [code] = Object.entries(DNS_CODE).find(([, value]) => value === answer.code)!;
  return [code, ...records, ...(zoneOf === undefined ? [] : [`soa ${zoneOf}`])].join(' ');
}

test('names below the domain and alone, in any case', () => {
  assert.equal(told('web.red.example', 'aaaa'), 'noError 2001:db8:1::a');
  assert.equal(told('WEB.Red.Example', 'a'), 'noError 10.0.1.10');
  assert.equal(told('web', 'aaaa'), 'noError 2001:db8:1::a');
  assert.equal(told('web', 'any'), 'noError 2001:db8:1::a 10.0.1.10');
  assert.equal(ask('web', 'aaaa')?.authoritative, true);
});

test('a name below a domain of the port’s own, which is nobody’s here beside it', () => {
  const facts = { hostname: 'Web', domain: 'Shop.Example' };
  const one = { id: 'a', facts: portFacts(network, ['2001:db8:1::a', '10.0.1.10'], facts) };
  const changing = new DnsZone(network, [one]);
  const say = (name: string, type: keyof typeof DNS_TYPE) => {
    const answer = changing.answer(name.split('.'), DNS_TYPE[type]);
    const records = answer?.answers?.map(({ data }) =>
      data.kind === 'address' ? `${data.address}` : data.kind,
    );
    return answer && [answer.code, ...(records ?? [])];
  };
  const { noError } = DNS_CODE;
  assert.deepEqual(say('web.shop.example', 'aaaa'), [noError, '2001:db8:1::a']);
  assert.deepEqual(say('WEB.SHOP.example', 'a'), [noError, '10.0.1.10']);
  assert.deepEqual(say('web.shop.example', 'soa'), [noError]);
  assert.deepEqual(say('web.red.example', 'a'), [noError, '10.0.1.10']);
  assert.deepEqual(say('web', 'a'), [noError, '10.0.1.10']);
  for (const name of ['other.shop.example', 'shop.example', 'a.web.shop.example'])
    assert.equal(say(name, 'a'), undefined, name);
  const other = { id: 'b', facts: portFacts(network, ['10.0.1.11'], facts) };
  changing.put(other);
  assert.deepEqual(say('web.shop.example', 'a'), [noError, '10.0.1.10', '10.0.1.11']);
  changing.delete('a');
  assert.deepEqual(say('web.shop.example', 'a'), [noError, '10.0.1.11']);
  changing.put({ ...other, facts: { ...other.facts, domain: '' } });
  assert.equal(say('web.shop.example', 'a'), undefined);
});

test('ports without a name have one for each address', () => {
  assert.equal(told('host-2001-db8-1--c.red.example', 'any'), 'noError 2001:db8:1::c');
  assert.equal(told('host-10-0-1-12', 'a'), 'noError 10.0.1.12');
  assert.equal(told(reverse6('c'), 'ptr'), 'noError host-2001-db8-1--c.red.example');
  assert.equal(told('host-2001-db8-1--a.red.example', 'aaaa'), 'nameError soa red.example');
  const changing = new DnsZone(network, [port('e', '', '10.0.1.14')]);
  changing.delete('e');
  assert.equal(changing.answer(['host-10-0-1-14'], DNS_TYPE.a)?.code, DNS_CODE.nameError);
});

test('a name without such records, and no such name', () => {
  assert.equal(told('six.red.example', 'a'), 'noError soa red.example');
  assert.equal(told('nobody.red.example', 'aaaa'), 'nameError soa red.example');
  assert.equal(told('www.web.red.example', 'aaaa'), 'nameError soa red.example');
  assert.equal(told('nobody', 'aaaa'), 'nameError');
  assert.equal(told('red.example', 'aaaa'), 'noError soa red.example');
  assert.equal(told('red.example', 'soa'), 'noError soa');
});

test('what is not the network’s', () => {
  for (const name of ['www.example.org', 'example', 'xred.example', '', '1.ip6.arpa'])
    assert.equal(told(name, name === 'example' ? 'ns' : 'aaaa'), 'elsewhere', name);
  assert.equal(told('1.1.168.192.in-addr.arpa', 'ptr'), 'elsewhere');
});

test('addresses in the network’s prefixes', () => {
  const zone6 = '0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa';
  assert.equal(told(reverse6('a'), 'ptr'), 'noError web.red.example');
  assert.equal(told(reverse6('a').toUpperCase(), 'ptr'), 'noError web.red.example');
  assert.equal(told(reverse6('a'), 'aaaa'), `noError soa ${zone6}`);
  assert.equal(told(reverse6('e'), 'ptr'), `nameError soa ${zone6}`);
  assert.equal(told(zone6, 'ptr'), `noError soa ${zone6}`);
  assert.equal(told(`0.${zone6}`, 'ptr'), `noError soa ${zone6}`);
  assert.equal(told(`f.${zone6}`, 'ptr'), `nameError soa ${zone6}`);
  assert.equal(told(zone6.slice(2), 'ptr'), 'elsewhere');
  assert.equal(told('10.1.0.10.in-addr.arpa', 'ptr'), 'noError web.red.example');
  assert.equal(told('11.3.0.10.in-addr.arpa', 'ptr'), 'nameError soa 0.10.in-addr.arpa');
  assert.equal(told('11.4.0.10.in-addr.arpa', 'ptr'), 'elsewhere');
});

test('any name gets an answer, or is elsewhere', () => {
  const label = fc.oneof(
    fc.constantFrom('web', 'red', 'example', 'ip6', 'in-addr', 'arpa', '0', '1', 'f', '10', '256', '00'),
    fc.string({ unit: characters, minLength: 1, maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(label, { maxLength: 40 }), fc.nat(0xffff), (name, type) => {
      const answer = zone.answer(name, type);
      assert.ok(answer === undefined || answer.authoritative);
    }),
    { numRuns: 1000 },
  );
});

test('without a domain there are bare names alone', () => {
  const bare = new DnsZone({ ...network, dnsDomain: '' }, [port('a', 'web', '2001:db8:1::a')]);
  assert.equal(bare.answer(['web'], DNS_TYPE.aaaa)?.answers?.length, 1);
  assert.equal(bare.answer(['web', 'red', 'example'], DNS_TYPE.aaaa), undefined);
});
