import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { outcomeOf, type Packet } from '../../../test/support/flow-table.ts';
import { Address, Mac, neutralNptv6, Prefix, translateNptv6 } from '../../addressing/index.ts';
import { ETHER_TYPE, IP_PROTOCOL } from '../../packets/index.ts';
import { translationRules } from './translation-rules.ts';

const PATCH = 7;
const [ROUTER, TRANSLATOR] = ['0e:00:00:00:00:01', '0e:00:00:00:00:02'].map((text) => Mac.parse(text)) as [
  Mac,
  Mac,
];
const AFAR = '2001:db8:ffff::1';
const pair = (internal: string, external: string) => ({
  internal: Prefix.parse(internal),
  external: Prefix.parse(external),
});
const LONG = Prefix.parse('2001:db8:77:2300::/56');
const TRANSLATIONS = [
  pair('fd01:203:405::/48', '2001:db8:1::/48'),
  pair('fd01:203:406::/47', '2001:db8:8::/47'),
  pair(`${neutralNptv6(Prefix.parse('fd01:203:0:6700::/56'), LONG)}`, `${LONG}`),
];

const rulesFor = (translations = TRANSLATIONS) =>
  translationRules({ patch: PATCH, router: ROUTER, translator: TRANSLATOR, translations });

const sent = (ipv6Source: string, ipv6Destination: string, more: Packet = {}) =>
  outcomeOf(rulesFor().flows, PATCH, {
    ...{ etherType: ETHER_TYPE.ipv6, ipProtocol: IP_PROTOCOL.udp, ipv6Source, ipv6Destination },
    ...{ ethernetSource: ROUTER, ethernetDestination: TRANSLATOR },
    ...more,
  });
const ends = ({ packet }: ReturnType<typeof sent>) => [packet?.ipv6Source, packet?.ipv6Destination];

test('the source outward, the destination inward, both among those of one router', () => {
  const [inner, outer] = ['fd01:203:405:1::1234', '2001:db8:1:d550::1234'];
  assert.deepEqual(ends(sent(inner, AFAR)), [outer, AFAR]);
  assert.deepEqual(ends(sent(AFAR, outer)), [AFAR, inner]);
  const other = translateNptv6(Address.parse('fd01:203:406:9::5'), ...both(1));
  assert.deepEqual(ends(sent(inner, `${other}`)), [outer, 'fd01:203:406:9::5']);
  const { output, packet } = sent(inner, AFAR);
  assert.equal(output, 0xfffffff8, 'where it came from');
  assert.deepEqual([packet?.ethernetSource, packet?.ethernetDestination], [TRANSLATOR, ROUTER]);
});

const both = (index: number) =>
  [TRANSLATIONS[index]!.internal, TRANSLATIONS[index]!.external] as [Prefix, Prefix];

test('whichever address: flows come to what the arithmetic says, both ways', () => {
  const host = fc.bigInt({ min: 0n, max: (1n << 81n) - 1n });
  const word = fc.constantFrom(0n, 1n, 0x2ab0n, 0x2aafn, 0x2ab1n, 0xfffen, 0xffffn);
  const which = fc.integer({ min: 0, max: TRANSLATIONS.length - 1 });
  fc.assert(
    fc.property(host, word, fc.boolean(), which, fc.boolean(), (random, subnet, isEdge, index, isOut) => {
      const [internal, external] = both(index);
      const [from, to] = isOut ? [internal, external] : [external, internal];
      const bits = isEdge ? (random & ~(0xffffn << 64n)) | (subnet << 64n) : random;
      const mask = (1n << BigInt(128 - from.length)) - 1n;
      const address = Address.of(6, from.network.value | (bits & mask));
      const expected = translateNptv6(address, from, to)?.toString();
      const outcome = isOut ? sent(`${address}`, AFAR) : sent(AFAR, `${address}`);
      assert.equal(ends(outcome)[isOut ? 0 : 1], expected);
      assert.equal(outcome.output !== undefined, expected !== undefined);
    }),
  );
});

test('what is of no translation goes nowhere, errors go to the controller, so many of them', () => {
  assert.equal(sent(AFAR, '2001:db8:9999::1').output, undefined);
  const error = sent(AFAR, '2001:db8:1:d550::1234', { ipProtocol: IP_PROTOCOL.icmpv6, icmpv6Type: 2 });
  assert.deepEqual(error, { output: undefined, reported: true, meters: [PATCH] });
  const echo = { ipProtocol: IP_PROTOCOL.icmpv6, icmpv6Type: 128 };
  assert.equal(sent(AFAR, '2001:db8:1:d550::1234', echo).reported, false);
});

test('how many flows there are does not depend on how many subnets there are', () => {
  assert.ok(rulesFor(TRANSLATIONS.slice(0, 1)).flows.length < 320);
  assert.equal(rulesFor(TRANSLATIONS.slice(2)).flows.length, 9, 'nothing is to be made up for');
});
