import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { serviceNetwork } from '../../../../test/support/service-network.ts';
import { Address, linkLocalAddress, Mac, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../../host-contract/facts.ts';
import { Registry } from '../../../metrics/index.ts';
import {
  ALL_DHCPV6_SERVERS,
  type Dhcpv6Message,
  decodeDhcpv6,
  duidOfMac,
  encodeDhcpv6,
} from '../../../packets/dhcpv6.ts';
import { decodeFrame, encodeFrame, frame, ipv6, udp } from '../../../packets/frame.ts';
import { multicastMac } from '../../../packets/multicast.ts';
import type { ClientMemory } from './client-memory.ts';
import { Dhcpv6Service } from './dhcpv6-service.ts';

const facts = networkFacts([subnetFacts('fd00:1::/64')]);
const port = portFacts(facts, ['fd00:1::a']);
const client = port.mac;

/** Nothing is remembered. */
const memory: ClientMemory = { all: () => new Map(), keep: () => {} };

/** A network whose frames to instances are kept. */
function serve(network: NetworkFacts, ports: readonly PortFacts[]) {
  const sent: Uint8Array[] = [];
  const served = serviceNetwork({
    facts: () => network,
    ports: () => ports.map((one) => ({ id: 'p', facts: one })),
    send: (octets) => void sent.push(octets),
  });
  const service = new Dhcpv6Service(memory, pino({ level: 'silent' }), new Registry());
  service.opened(served);
  const hear = (octets: Uint8Array): void => service.received(served, octets);
  return { service, served, sent, hear };
}

const solicit = (mac: Mac, more: Partial<Dhcpv6Message> = {}): Uint8Array =>
  encodeDhcpv6({
    type: 'solicit',
    transaction: 7,
    options: [
      { kind: 'client-id', duid: duidOfMac(mac) },
      { kind: 'ia-na', iaid: 0, t1: 0, t2: 0, options: [] },
    ],
    ...more,
  });

const asked = (
  data: Uint8Array,
  { mac = client, source = linkLocalAddress(mac), destination = ALL_DHCPV6_SERVERS, toPort = 547 } = {},
): Uint8Array =>
  encodeFrame(frame(mac, multicastMac(destination), ipv6(source, destination, udp(546, toPort, data))));

test('the answer goes to whom asked, from the service port', () => {
  const { sent, hear } = serve(facts, [port]);
  hear(asked(solicit(client)));
  const { source, destination, network } = decodeFrame(sent[0]!);
  assert.deepEqual([String(source), String(destination)], [String(facts.mac), String(client)]);
  assert(network.kind === 'ipv6' && network.upper.kind === 'udp');
  assert.deepEqual(
    [String(network.source), String(network.destination)],
    ['fe80::a9fe:a9fe', String(linkLocalAddress(client))],
  );
  const { sourcePort, destinationPort, data } = network.upper.datagram;
  assert.deepEqual([sourcePort, destinationPort], [547, 546]);
  assert.equal(decodeDhcpv6(data).type, 'advertise');
});

const silent: [string, Uint8Array][] = [
  ['a MAC that no port has', asked(solicit(client), { mac: Mac.parse('fa:16:3e:00:00:99') })],
  ['a source that is not link-local', asked(solicit(client), { source: Address.parse('fd00:1::a') })],
  ['no source', asked(solicit(client), { source: Address.parse('::') })],
  ['another port', asked(solicit(client), { toPort: 548 })],
  ['a relay agent', asked(Uint8Array.of(12, 0, ...new Uint8Array(32)))],
  ['half a message', asked(solicit(client).subarray(0, 20))],
  ['nothing', new Uint8Array()],
  ['half a frame', asked(solicit(client)).subarray(0, 60)],
];
for (const [name, octets] of silent) {
  test(`${name}: no answer`, () => {
    const { sent, hear } = serve(facts, [port]);
    hear(octets);
    assert.equal(sent.length, 0);
    hear(asked(solicit(client)));
    assert.equal(sent.length, 1);
  });
}

test('one that floods is not answered any more, the others are', () => {
  const other = { ...port, mac: Mac.parse('fa:16:3e:00:00:02') };
  const { service, sent, hear } = serve(facts, [port, other]);
  for (let times = 0; times < 1000; times++) hear(asked(solicit(client)));
  assert(sent.length < 100, `${sent.length} answers`);
  assert(service.tally(facts.id)!.limited > 900);
  const before = sent.length;
  hear(asked(solicit(other.mac), { mac: other.mac }));
  assert.equal(sent.length, before + 1);
});

test('an answer that does not fit into a packet comes without settings, never without addresses', () => {
  const codes = [201, 202, 203, 204, 205];
  const dhcpOptions = codes.map((code) => ({
    name: String(code),
    value: 'x'.repeat(255),
    family: 6 as const,
  }));
  const { service, sent, hear } = serve({ ...facts, mtu: 1280 }, [{ ...port, dhcpOptions }]);
  const options = [
    { kind: 'client-id', duid: duidOfMac(client) },
    { kind: 'option-request', codes },
  ] as const;
  hear(asked(solicit(client, { options })));
  assert.equal(service.tally(facts.id)!.shortened, 1);
  const { network } = decodeFrame(sent[0]!);
  assert(network.kind === 'ipv6' && network.upper.kind === 'udp');
  const told = decodeDhcpv6(network.upper.datagram.data).options;
  assert.equal(told.filter(({ kind }) => kind === 'other').length, 4);
  assert(sent[0]!.length <= 14 + 1280);
});

test('the longest answer of all is sent, and fits', () => {
  const addresses = Array.from({ length: 20 }, (_, index) => `fd00:1::${index + 10}`);
  const delegatedPrefixes = Array.from({ length: 16 }, (_, index) => Prefix.parse(`fd01:${index + 1}::/48`));
  const { service, sent, hear } = serve({ ...facts, mtu: 1280 }, [
    { ...portFacts(facts, addresses), delegatedPrefixes },
  ]);
  const associations = (kind: 'ia-na' | 'ia-pd', count: number) =>
    Array.from({ length: count }, (_, iaid) => ({ kind, iaid, t1: 0, t2: 0, options: [] }) as const);
  for (const [many, few] of [
    [12, 12],
    [24, 0],
    [0, 24],
    [1, 1],
    [0, 1],
  ] as const) {
    const duid = new Uint8Array(130).fill(7);
    const wishes = [...associations('ia-na', many), ...associations('ia-pd', few)];
    hear(asked(solicit(client, { options: [{ kind: 'client-id', duid }, ...wishes] })));
    const { network } = decodeFrame(sent.at(-1)!);
    assert(sent.at(-1)!.length <= 14 + 1280);
    assert(network.kind === 'ipv6' && network.upper.kind === 'udp');
    const { options } = decodeDhcpv6(network.upper.datagram.data);
    const answered = options.filter(({ kind }) => kind === 'ia-na' || kind === 'ia-pd');
    assert.equal(answered.length, many + few, 'each association has an answer');
    for (const one of answered) assert('options' in one && one.options.length > 0);
  }
  assert.equal(sent.length, 5);
  assert(service.tally(facts.id)!.shortened > 0);
});

test('an address that is declined is not offered again at once', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const { sent, hear } = serve(facts, [port]);
  const address = port.fixedIps[0]!.address;
  const lease = { kind: 'ia-address', address, preferredLifetime: 0, validLifetime: 0, options: [] } as const;
  const association = { kind: 'ia-na', iaid: 1, t1: 0, t2: 0, options: [lease] } as const;
  const identifier = { kind: 'client-id', duid: duidOfMac(client) } as const;
  const server = { kind: 'server-id', duid: duidOfMac(facts.mac) } as const;
  const offers = () => {
    hear(asked(solicit(client, { options: [identifier, { ...association, options: [] }] })));
    const { network } = decodeFrame(sent.at(-1)!);
    assert(network.kind === 'ipv6' && network.upper.kind === 'udp');
    return JSON.stringify(decodeDhcpv6(network.upper.datagram.data).options).includes(String(address));
  };
  assert(offers());
  const decline = { type: 'decline', transaction: 1, options: [identifier, server, association] } as const;
  hear(asked(encodeDhcpv6(decline)));
  now += 60_000;
  assert(!offers());
  now += 600_000;
  assert(offers());
});

test('a network that is closed is silent', () => {
  const { service, served, sent, hear } = serve(facts, [port]);
  service.closed(served);
  hear(asked(solicit(client)));
  assert.equal(sent.length, 0);
});

test('no frame stops it', () => {
  const { hear } = serve(facts, [port]);
  const whole = asked(solicit(client));
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 });
  fc.assert(
    fc.property(edits, fc.nat(whole.length), fc.uint8Array({ maxLength: 100 }), (changes, cut, garbage) => {
      const octets = Uint8Array.from(whole);
      for (const [at, value] of changes) octets[at] = value;
      hear(octets);
      hear(octets.subarray(0, cut));
      hear(asked(garbage));
      hear(garbage);
    }),
  );
});
