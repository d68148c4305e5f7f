import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { networkFacts, portFacts, subnetFacts } from '../../../test/support/facts.ts';
import { KnownFacts } from '../../../test/support/known-facts.ts';
import { Address, Mac, Prefix } from '../../addressing/index.ts';
import { decodeFrame, encodeFrame, frame, icmpv6, ipv6, udp } from '../../packets/frame.ts';
import { ALL_NODES, multicastMac, solicitedNode } from '../../packets/multicast.ts';
import { AddressLearner, reportsTo } from './address-learner.ts';

const MAC = Mac.parse('02:00:00:00:00:01');
const network = networkFacts([subnetFacts('fd00::/64')]);
const openPrefixes = ['fe80::/64', 'fd00::/64'].map((text) => Prefix.parse(text));

function setting(report: (address: string) => Promise<void> = async () => {}) {
  const facts = new KnownFacts();
  facts.setNetwork(network.id, network);
  facts.setPort(
    'open',
    network.id,
    portFacts(network, ['fd00::1'], { mac: Mac.parse('02:00:00:00:00:02'), openPrefixes }),
  );
  facts.setPort('strict', network.id, portFacts(network, ['fd00::2'], { mac: MAC }));
  const reported: string[] = [];
  let now = 0;
  const answered: { port: string; frame: Uint8Array }[] = [];
  const learner = new AddressLearner(
    facts,
    {
      report: async (port, addresses) => {
        reported.push(...addresses.map((address) => `${port} ${address}`));
        await report(String(addresses[0]));
      },
      answer: (port, frame) => answered.push({ port, frame }),
    },
    pino({ level: 'silent' }),
    () => now,
  );
  const wait = (milliseconds: number) => {
    now += milliseconds;
  };
  return { facts, learner, reported, answered, wait };
}

const probe = (text: string): Uint8Array => {
  const target = Address.parse(text);
  const message = { kind: 'neighbour-solicitation', target, options: [] } as const;
  const packet = ipv6(Address.parse('::'), solicitedNode(target), icmpv6(message), { hopLimit: 255 });
  return encodeFrame(frame(MAC, multicastMac(solicitedNode(target)), packet));
};
const claim = (text: string): Uint8Array => {
  const target = Address.parse(text);
  const message = {
    kind: 'neighbour-advertisement',
    router: false,
    solicited: false,
    override: true,
    target,
    options: [],
  } as const;
  return encodeFrame(
    frame(MAC, multicastMac(ALL_NODES), ipv6(target, ALL_NODES, icmpv6(message), { hopLimit: 255 })),
  );
};

test('addresses that a port takes in its open prefixes are reported', () => {
  const { learner, reported } = setting();
  learner.claimed('open', probe('fd00::abc'));
  learner.claimed('open', claim('fe80::abc'));
  assert.deepEqual(reported, ['open fd00::abc', 'open fe80::abc']);
});

test('others are not, nor is what claims nothing', () => {
  const { learner, reported } = setting();
  learner.claimed('open', probe('fd01::abc'));
  learner.claimed('strict', probe('fd00::abc'));
  learner.claimed('unknown', probe('fd00::abc'));
  const datagram = ipv6(Address.parse('fd00::abc'), ALL_NODES, udp(1, 2, new Uint8Array(3)));
  learner.claimed('open', encodeFrame(frame(MAC, multicastMac(ALL_NODES), datagram)));
  learner.claimed('open', probe('fd00::abc').subarray(0, 60));
  assert.deepEqual(reported, []);
});

test('who looks whether an address is free that another has is told so, in the name of its owner', () => {
  const { facts, learner, reported, answered } = setting();
  const mac = Mac.parse('02:00:00:00:00:09');
  const learnedAddresses = ['fd00::abc', 'fd00::2'].map((text) => Address.parse(text));
  facts.setPort(
    'other',
    network.id,
    portFacts(network, ['fd00::9'], { mac, openPrefixes, learnedAddresses }),
  );
  const owners = {
    'fd00::9': mac,
    'fe80::ff:fe00:9': mac,
    'fd00::abc': mac,
    'fd00::2': MAC,
    'fd00::1': undefined,
  };
  for (const [address, owner] of Object.entries(owners)) {
    learner.claimed('open', claim(address));
    assert.equal(answered.length, 0, 'an advertisement asks nothing');
    learner.claimed('open', probe(address));
    const { network } = decodeFrame(answered.pop()?.frame ?? claim('::'));
    const advertised = network.kind === 'ipv6' && network.upper.kind === 'icmpv6' && network.upper.message;
    if (owner === undefined) continue;
    assert.ok(advertised && advertised.kind === 'neighbour-advertisement' && !advertised.solicited);
    assert.equal(String(advertised.target), address);
    assert.deepEqual(advertised.options, [{ kind: 'target-link-layer-address', mac: owner }]);
  }
  learner.claimed('open', probe('fe80::a9fe:a9fe'));
  assert.equal(answered.length, 1, 'the service port has addresses as well');
  assert.deepEqual(reported, ['open fd00::1'], 'what is its own was not to be reported by the guard');
  facts.setPort('other', network.id, undefined);
  learner.claimed('open', probe('fd00::9'));
  assert.equal(reported.at(-1), 'open fd00::9');
});

test('an address is reported once in a while, and again when nobody took the report', async () => {
  let failing = true;
  const { learner, reported, wait } = setting(async () => {
    if (failing) throw new Error('the server is away');
  });
  learner.claimed('open', probe('fd00::abc'));
  await new Promise(setImmediate);
  failing = false;
  for (let round = 0; round < 3; round++) learner.claimed('open', probe('fd00::abc'));
  assert.equal(reported.length, 2);
  wait(11_000);
  learner.claimed('open', probe('fd00::abc'));
  assert.equal(reported.length, 3);
});

test('a port that takes addresses without end is heard with a few, and others with theirs', () => {
  const { facts, learner, reported, wait } = setting();
  facts.setPort('other', network.id, portFacts(network, ['fd00::3'], { openPrefixes }));
  for (let number = 1; number <= 1_000; number++) learner.claimed('open', probe(`fd00::a:${number}`));
  assert.equal(reported.length, 16);
  learner.claimed('other', probe('fd00::b'));
  assert.equal(reported.length, 17);
  wait(10_000);
  for (let number = 1; number <= 1_000; number++) learner.claimed('open', probe(`fd00::b:${number}`));
  assert.equal(reported.length, 19);
});

test('reports go to the server, and fail when it does not take them', async () => {
  const asked: unknown[] = [];
  const server = (status: number) =>
    reportsTo({
      request: async (request) => {
        asked.push(request);
        return { status, headers: {}, body: Buffer.from('why') };
      },
    });
  await server(204)('p1', [Address.parse('fd00::1')]);
  assert.equal(
    JSON.stringify(asked),
    '[{"method":"POST","path":"/learned-addresses","body":{"port_id":"p1","addresses":["fd00::1"]}}]',
  );
  await assert.rejects(server(409)('p1', [Address.parse('fd00::1')]), /409: why/);
});
