import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { Address, Prefix } from '../../../addressing/index.ts';
import {
  DNS_CODE,
  DNS_TYPE,
  type DnsAnswer,
  type DnsQuery,
  type DnsReading,
  type DnsRecord,
  decodeDnsQuery,
  encodeDnsAnswer,
  encodeDnsQuestion,
  readDnsAnswer,
} from '../../../packets/index.ts';
import { respond } from './dns-responder.ts';
import { DnsZone } from './dns-zone.ts';

const OWN = Prefix.parse('64:ff9b:1::/96');
const WELL_KNOWN = Prefix.parse('64:ff9b::/96');

const address = (text: string, ttl = 100): DnsRecord => ({
  ttl,
  data: { kind: 'address', address: Address.parse(text) },
});
const none: DnsAnswer = {
  code: DNS_CODE.noError,
  authority: [{ name: ['test'], ttl: 40, data: { kind: 'soa', server: ['ns', 'test'], minimum: 50 } }],
};

/** What the world says, by name and type; others have no such name. */
type World = Record<string, DnsAnswer | 'silence' | 'cut'>;

interface Asked {
  readonly prefix?: Prefix;
  readonly type?: number;
  readonly world: World;
  /** Flags of the query beside "recursion desired", and of EDNS. */
  readonly checkingDisabled?: boolean;
  readonly dnssecOk?: boolean;
}

/** Asks a server on a network with DNS64; what it asked others is in `questions`. */
async function ask(
  name: string,
  asked: Asked,
): Promise<DnsReading & { octets: Uint8Array; questions: string[] }> {
  const { prefix = OWN, type = DNS_TYPE.aaaa, world } = asked;
  const head = Buffer.from('123401000001000000000000', 'hex');
  if (asked.checkingDisabled) head.writeUInt16BE(0x0110, 2);
  const opt =
    asked.dnssecOk === undefined ? '' : `0000291000${'0000'}${asked.dnssecOk ? '8000' : '0000'}0000`;
  if (opt !== '') head.writeUInt16BE(1, 10);
  const octets = Buffer.concat([head, encodeDnsQuestion(name.split('.'), type), Buffer.from(opt, 'hex')]);
  const network = networkFacts([subnetFacts('fd00::/64')], { dnsDomain: 'net.test', nat64Prefix: prefix });
  const questions: string[] = [];
  const forward = async ({ question, ...query }: DnsQuery): Promise<Uint8Array | undefined> => {
    const key = `${question.name.join('.')} ${question.type}`;
    questions.push(key);
    const said = world[key] ?? { code: DNS_CODE.nameError };
    if (said === 'silence') return undefined;
    if (said === 'cut') return encodeDnsAnswer({ question, ...query }, { code: 0 }, 0);
    return encodeDnsAnswer({ question, ...query }, said, 0xffff);
  };
  const answer = await respond({
    octets,
    transport: 'udp',
    zone: new DnsZone(network, []),
    nat64Prefix: prefix,
    forward,
  });
  assert.ok(answer !== undefined);
  assert.equal(decodeDnsQuery(answer).id, 0x1234);
  return { ...readDnsAnswer(answer), octets: answer, questions };
}

const addressesOf = ({ answers }: DnsReading): string[] =>
  answers.flatMap(({ data }) => (data.kind === 'address' ? `${data.address}` : []));

test('a name with IPv4 alone gets addresses of the prefix, for as long as both answers hold', async () => {
  const world = { 'v4.test 28': none, 'v4.test 1': { code: 0, answers: [address('192.0.2.1', 300)] } };
  const answer = await ask('v4.test', { world });
  assert.deepEqual(addressesOf(answer), ['64:ff9b:1::c000:201']);
  assert.deepEqual(answer.answers[0]?.ttl, 40, 'the denial of AAAA held so long (RFC 6147 section 5.1.7)');
  assert.equal(answer.octets[3]! & 0x20, 0, 'nobody vouches for what was made up');
});

test('a name with IPv6 keeps what it has', async () => {
  const world = { 'v6.test 28': { code: 0, answers: [address('2001:db8::1')] } };
  const { questions, ...answer } = await ask('v6.test', { world });
  assert.deepEqual(addressesOf(answer), ['2001:db8::1']);
  assert.deepEqual(questions, ['v6.test 28']);
});

test('mapped addresses are as good as none (RFC 6147 section 5.1.4)', async () => {
  const v4 = { code: 0, answers: [address('192.0.2.1')] };
  const mapped = { code: 0, answers: [address('::ffff:192.0.2.9')] };
  assert.deepEqual(addressesOf(await ask('m.test', { world: { 'm.test 28': mapped, 'm.test 1': v4 } })), [
    '64:ff9b:1::c000:201',
  ]);
  const mixed = { code: 0, answers: [address('::ffff:192.0.2.9'), address('2001:db8::1')] };
  assert.deepEqual(addressesOf(await ask('m.test', { world: { 'm.test 28': mixed, 'm.test 1': v4 } })), [
    '2001:db8::1',
  ]);
});

test('other names on the way stay', async () => {
  const alias: DnsRecord = { ttl: 9, data: { kind: 'cname', name: ['web', 'test'] } };
  const world = {
    'www.test 28': { ...none, answers: [alias] },
    'www.test 1': { code: 0, answers: [alias, { ...address('192.0.2.1'), name: ['web', 'test'] }] },
  };
  const { answers } = await ask('www.test', { world });
  assert.deepEqual(
    answers.map(({ name, data }) => [name.join('.'), data.kind]),
    [
      ['www.test', 'cname'],
      ['web.test', 'address'],
    ],
  );
});

test('no such name is no such name; a server that fails for AAAA is asked for A', async () => {
  const absent = await ask('absent.test', { world: {} });
  assert.deepEqual([absent.code, absent.questions], [DNS_CODE.nameError, ['absent.test 28']]);
  const v4 = { code: 0, answers: [address('192.0.2.1')] };
  for (const failure of ['silence', { code: DNS_CODE.serverFailure }] as const)
    assert.deepEqual(
      addressesOf(await ask('odd.test', { world: { 'odd.test 28': failure, 'odd.test 1': v4 } })),
      ['64:ff9b:1::c000:201'],
    );
  const silent = await ask('mute.test', { world: { 'mute.test 28': 'silence', 'mute.test 1': 'silence' } });
  assert.equal(silent.code, DNS_CODE.serverFailure);
});

test('a name with neither has none, and how long that holds is told', async () => {
  const { code, answers, denialSeconds } = await ask('n.test', {
    world: { 'n.test 28': none, 'n.test 1': none },
  });
  assert.deepEqual([code, answers, denialSeconds], [0, [], 40]);
});

test('the well-known prefix is not for private addresses (RFC 6052 section 3.1), an own one is', async () => {
  const world = {
    'p.test 28': none,
    'p.test 1': { code: 0, answers: [address('10.0.0.1'), address('169.254.169.254'), address('192.0.2.1')] },
  };
  assert.deepEqual(addressesOf(await ask('p.test', { world, prefix: WELL_KNOWN })), ['64:ff9b::c000:201']);
  assert.deepEqual(addressesOf(await ask('p.test', { world })), ['64:ff9b:1::a00:1', '64:ff9b:1::c000:201']);
});

test('who looks at signatures itself gets nothing made up (RFC 6147 section 5.5); who only wants them does', async () => {
  const world = { 'v4.test 28': none, 'v4.test 1': { code: 0, answers: [address('192.0.2.1')] } };
  const own = await ask('v4.test', { world, dnssecOk: true, checkingDisabled: true });
  assert.deepEqual([addressesOf(own), own.questions], [[], ['v4.test 28']]);
  assert.deepEqual(addressesOf(await ask('v4.test', { world, dnssecOk: true })), ['64:ff9b:1::c000:201']);
});

test('what was cut is to be asked for again by TCP', async () => {
  for (const world of [{ 'v4.test 28': 'cut' }, { 'v4.test 28': none, 'v4.test 1': 'cut' }] as World[])
    assert.equal((await ask('v4.test', { world })).isTruncated, true);
});

test('ipv4only.arpa tells the prefix, and nobody is asked (RFC 7050, RFC 8880)', async () => {
  const answer = await ask('IPv4Only.arpa', { world: {}, prefix: WELL_KNOWN });
  assert.deepEqual(addressesOf(answer), ['64:ff9b::c000:aa', '64:ff9b::c000:ab']);
  assert.deepEqual(answer.questions, []);
  const v4 = await ask('ipv4only.arpa', { world: {}, type: DNS_TYPE.a });
  assert.deepEqual(addressesOf(v4), ['192.0.0.170', '192.0.0.171']);
  assert.equal((await ask('x.ipv4only.arpa', { world: {} })).code, DNS_CODE.nameError);
});

test('the name of an address in the prefix is that of the one in it', async () => {
  const pointer: DnsRecord = { ttl: 60, data: { kind: 'ptr', name: ['web', 'test'] } };
  const digits = [...'0064ff9b0001000000000000c0000201'].reverse().join('.');
  const { answers, questions } = await ask(`${digits}.ip6.arpa`, {
    type: DNS_TYPE.ptr,
    world: { '1.2.0.192.in-addr.arpa 12': { code: 0, answers: [pointer] } },
  });
  assert.deepEqual(questions, ['1.2.0.192.in-addr.arpa 12']);
  assert.deepEqual(
    answers.map(({ data }) => data),
    [{ kind: 'cname', name: ['1', '2', '0', '192', 'in-addr', 'arpa'] }, pointer.data],
  );
});
