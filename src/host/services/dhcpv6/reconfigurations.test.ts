import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { networkFacts, portFacts, subnetFacts } from '../../../../test/support/facts.ts';
import { serviceNetwork } from '../../../../test/support/service-network.ts';
import { linkLocalAddress, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts, PortFacts } from '../../../host-contract/facts.ts';
import { Registry } from '../../../metrics/index.ts';
import { type Dhcpv6Message, decodeDhcpv6, encodeDhcpv6 } from '../../../packets/dhcpv6.ts';
import { type Dhcpv6Option, findOption } from '../../../packets/dhcpv6-options.ts';
import { decodeFrame } from '../../../packets/frame.ts';
import { answer, serverDuid } from './answer.ts';
import { Reconfigurations } from './reconfigurations.ts';

const START = 1_800_000_000_000;
const stateful = networkFacts([subnetFacts('fd00:1::/64')]);
const port = portFacts(stateful, ['fd00:1::a']);
const moved = portFacts(stateful, ['fd00:1::b']);
const duid = Uint8Array.of(0, 99, 7);
const source = linkLocalAddress(port.mac);
const client: Dhcpv6Option = { kind: 'client-id', duid };
const accept: Dhcpv6Option = { kind: 'reconfigure-accept' };
const server: Dhcpv6Option = { kind: 'server-id', duid: serverDuid(stateful) };
const association: Dhcpv6Option = { kind: 'ia-na', iaid: 1, t1: 0, t2: 0, options: [] };

/** A host with one instance, what it sends on its own, and what it keeps. */
function stage(t: TestContext, kept = new Map<string, string>(), facts = { network: stateful, port }) {
  const now: { network: NetworkFacts; port: PortFacts | undefined } = { ...facts };
  const sent: Dhcpv6Message[] = [];
  const network = serviceNetwork({
    facts: () => now.network,
    ports: () => (now.port === undefined ? [] : [{ id: 'p', facts: now.port }]),
    send(octets) {
      const { destination, network: packet } = decodeFrame(octets);
      assert(packet.kind === 'ipv6' && packet.upper.kind === 'udp');
      assert.deepEqual([String(destination), String(packet.destination)], [String(port.mac), String(source)]);
      assert.deepEqual([packet.upper.datagram.sourcePort, packet.upper.datagram.destinationPort], [547, 546]);
      sent.push(decodeDhcpv6(packet.upper.datagram.data));
    },
  });
  const memory = {
    all: () => kept,
    keep: (id: string, text: string | undefined) =>
      void (text === undefined ? kept.delete(id) : kept.set(id, text)),
  };
  const reconfigurations = new Reconfigurations(memory, new Registry());
  reconfigurations.opened(network);
  t.after(() => reconfigurations.closed(network));
  return {
    kept,
    sent: () => sent.splice(0),
    close: () => reconfigurations.closed(network),
    ask(type: Dhcpv6Message['type'], ...options: Dhcpv6Option[]): Dhcpv6Message {
      const message = { type, transaction: 1, options };
      const known = { id: 'p', facts: now.port! };
      const reply = answer({ message, unicast: false }, known.facts, now.network)!;
      return reconfigurations.answering(network, known, { type, options, source }, reply);
    },
    change(next: Partial<typeof now>) {
      Object.assign(now, next);
      const ports = new Set('port' in next ? ['p'] : []);
      reconfigurations.changed(network, { ports, itself: 'network' in next });
    },
  };
}

const authentication = ({ options }: Dhcpv6Message) => findOption(options, 'authentication');
/** The key that an answer gives. */
function keyIn(reply: Dhcpv6Message): Uint8Array {
  const option = authentication(reply);
  assert(option !== undefined && findOption(reply.options, 'reconfigure-accept') !== undefined);
  assert.deepEqual([option.protocol, option.algorithm, option.method], [3, 1, 0]);
  assert.equal(option.information.length, 17);
  assert.equal(option.information[0], 1);
  return option.information.subarray(1);
}

/** Whether the client may believe a message: what it names, and its digest. */
function assertGenuine(message: Dhcpv6Message, key: Uint8Array, asked: number): void {
  assert.deepEqual([message.type, message.transaction], ['reconfigure', 0]);
  assert.deepEqual(findOption(message.options, 'client-id')?.duid, duid);
  assert.deepEqual(findOption(message.options, 'server-id')?.duid, serverDuid(stateful));
  assert.equal(findOption(message.options, 'reconfigure-message')?.message, asked);
  const octets = Buffer.from(encodeDhcpv6(message));
  const { information } = authentication(message)!;
  assert.equal(information[0], 2);
  const at = octets.indexOf(information.subarray(1));
  octets.fill(0, at, at + 16);
  assert.deepEqual(Buffer.from(information.subarray(1)), createHmac('md5', key).update(octets).digest());
}

/** A test whose clock stands still. */
const timed = (what: string, act: (t: TestContext) => void): void =>
  void test(what, (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: START });
    act(t);
  });

timed('who accepts it is told of a change, again at doubling intervals, until it asks anew', (t) => {
  const { ask, change, sent } = stage(t);
  assert(findOption(ask('solicit', client, association, accept).options, 'reconfigure-accept'));
  const first = ask('request', client, server, association, accept);
  const key = keyIn(first);
  change({ port });
  assert.deepEqual(sent(), []);
  change({ port: moved });
  const [told, ...others] = sent();
  assert.deepEqual(others, []);
  assertGenuine(told!, key, 5);
  assert(authentication(told!)!.replay > authentication(first)!.replay);
  for (const seconds of [2, 4]) {
    t.mock.timers.tick(seconds * 1_000 - 1);
    assert.equal(sent().length, 0);
    t.mock.timers.tick(1);
    assert.deepEqual(sent(), [told]);
  }
  const renewed = ask('renew', client, server, association, accept);
  assert.deepEqual(keyIn(renewed), key);
  assert(authentication(renewed)!.replay > authentication(told!)!.replay);
  t.mock.timers.tick(1_000_000);
  assert.deepEqual(sent(), []);
});

timed('who does not answer is told eight times', (t) => {
  const { ask, change, sent } = stage(t);
  ask('request', client, server, association, accept);
  change({ port: moved });
  for (let times = 0; times < 20; times++) t.mock.timers.tick(600_000);
  assert.equal(sent().length, 8);
  change({ port });
  change({ port: portFacts(stateful, ['fd00:1::c']) });
  assert.equal(sent().length, 1, 'with the next change again');
});

timed('what is taken back needs not be told', (t) => {
  const { ask, change, sent } = stage(t);
  ask('request', client, server, association, accept);
  change({ port: moved });
  assert.equal(sent().length, 1);
  change({ port });
  t.mock.timers.tick(1_000_000);
  assert.deepEqual(sent(), []);
});

timed('settings, lifetimes and prefixes are told too; to who asked for settings alone, these', (t) => {
  const { ask, change, sent } = stage(t);
  const renamed = { ...stateful, dnsDomain: 'example.org' };
  const key = keyIn(ask('information-request', client, accept));
  change({ port: moved });
  assert.deepEqual(sent(), [], 'it has no lease');
  change({ port: { ...moved, hostname: 'web' } });
  assertGenuine(sent()[0]!, key, 11);
  keyIn(ask('request', client, server, association, accept));
  change({ network: renamed });
  assert.equal(sent().length, 1);
  ask('renew', client, server, association, accept);
  change({ port: { ...moved, hostname: 'web', delegatedPrefixes: [Prefix.parse('fd0a::/56')] } });
  assert.equal(sent().length, 1);
});

timed('who does not accept it, or does no more, is left alone', (t) => {
  const { ask, change, sent, kept } = stage(t);
  const plain = ask('request', client, server, association);
  assert.equal(authentication(plain), undefined);
  assert.equal(findOption(plain.options, 'reconfigure-accept'), undefined);
  change({ port: moved });
  ask('request', client, server, association, accept);
  assert.equal(kept.size, 1);
  ask('release', client, server, association);
  change({ port });
  ask('request', client, server, association, accept);
  ask('request', client, server, association);
  assert.equal(kept.size, 0);
  change({ port: moved });
  assert.deepEqual(sent(), []);
});

timed('who renews without a word of it keeps its key', (t) => {
  const { ask, change, sent } = stage(t);
  const key = keyIn(ask('request', client, server, association, accept));
  change({ port: moved });
  assert.equal(sent().length, 1);
  assert.equal(authentication(ask('renew', client, server, association)), undefined);
  change({ port });
  assertGenuine(sent()[0]!, key, 5);
});

timed('another client of the port has another key', (t) => {
  const { ask } = stage(t);
  const other: Dhcpv6Option = { kind: 'client-id', duid: Uint8Array.of(0, 99, 8) };
  const keys = [client, other].map((one) => keyIn(ask('request', one, server, association, accept)));
  assert.notDeepEqual(keys[0], keys[1]);
});

timed('a successor goes on with the same key, and numbers that grow, though the clock was set back', (t) => {
  const first = stage(t);
  const key = keyIn(first.ask('request', client, server, association, accept));
  first.change({ port: moved });
  const [before] = first.sent();
  first.close();

  t.mock.timers.setTime(START - 1_000_000_000);
  const second = stage(t, first.kept, { network: stateful, port: moved });
  const [told] = second.sent();
  assertGenuine(told!, key, 5);
  assert(authentication(told!)!.replay > authentication(before!)!.replay);
  second.ask('renew', client, server, association, accept);
  second.close();

  const third = stage(t, first.kept, { network: stateful, port: moved });
  assert.deepEqual(third.sent(), [], 'it has been told');
});

timed('what is remembered and makes no sense is forgotten; a port that is gone is told nothing', (t) => {
  for (const text of [
    '',
    '{}',
    '[]',
    '{"duid":"00","address":"x","key":"","replay":"1","by":"renew","told":""}',
  ])
    assert.deepEqual(stage(t, new Map([['p', text]])).sent(), []);
  const { ask, change, sent } = stage(t);
  ask('request', client, server, association, accept);
  change({ port: undefined });
  assert.deepEqual(sent(), []);
});

timed('one that asks over and over, each time as another, costs the memory little', (t) => {
  const { ask, kept } = stage(t);
  const texts = new Set<string>();
  for (let times = 0; times < 1_000; times++) {
    const other: Dhcpv6Option = { kind: 'client-id', duid: Uint8Array.of(0, 99, times >> 8, times & 255) };
    ask('request', other, server, association, accept);
    texts.add(kept.get('p')!);
  }
  assert(texts.size <= 11, `${texts.size} notes`);
});
