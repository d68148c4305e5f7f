import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { networkFacts, portFacts } from '../../../../test/support/facts.ts';
import { serviceNetwork } from '../../../../test/support/service-network.ts';
import { Address } from '../../../addressing/index.ts';
import type { HealthCheckFacts } from '../../../host-contract/facts.ts';
import { decodeFrame, encodeFrame, type Frame, type Ipv6Packet } from '../../../packets/frame.ts';
import type { KnownPort } from '../../facts/host-facts.ts';
import type { ServerRequest } from '../../server-channel.ts';
import { AnycastHealth } from './anycast-health.ts';

const check: HealthCheckFacts = {
  id: 'a1',
  address: Address.parse('fd99::1'),
  type: 'icmp',
  interval: 2,
  timeout: 1,
  fall: 2,
  rise: 1,
};

/** A network with a member of an anycast address, whose clock is the test's. */
function stage(t: TestContext, how: Partial<HealthCheckFacts> = {}) {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const told: unknown[] = [];
  const asked: Frame[] = [];
  const state = { status: 204, here: true, ports: [] as KnownPort[] };
  const facts = networkFacts([]);
  const member: KnownPort = {
    id: 'p1',
    facts: portFacts(facts, [], { healthChecks: [{ ...check, ...how }] }),
  };
  state.ports = [member];
  const network = serviceNetwork({
    facts: () => facts,
    ports: () => state.ports,
    send: (octets) => void asked.push(decodeFrame(octets)),
  });
  const health = new AnycastHealth({
    isHere: () => state.here,
    server: {
      async request({ path, body }: ServerRequest) {
        told.push([path, body]);
        return { status: state.status, headers: {}, body: Buffer.alloc(0) };
      },
    },
    log: pino({ level: 'silent' }),
  });
  /** The member answers the last question. */
  const answer = (): void => {
    const question = asked.at(-1)!;
    const packet = question.network as Ipv6Packet;
    assert.ok(packet.upper.kind === 'icmpv6' && packet.upper.message.kind === 'echo-request');
    const message = { ...packet.upper.message, kind: 'echo-reply' } as const;
    const upper = { kind: 'icmpv6', message } as const;
    const network6 = { ...packet, source: packet.destination, destination: packet.source, upper };
    const frame = {
      ...question,
      source: question.destination,
      destination: question.source,
      network: network6,
    };
    health.received(network, encodeFrame(frame));
  };
  const seconds = (count: number): void => {
    for (let passed = 0; passed < count; passed++) {
      now += 1000;
      t.mock.timers.tick(1000);
    }
  };
  t.after(() => health.closed(network));
  return { health, network, state, told, asked, answer, seconds };
}

const report = (healthy: boolean) => ['/anycast-health', { id: 'a1', port_id: 'p1', healthy }];

test('the server is told when the health of a member changes, not with every answer', (t) => {
  const { health, network, told, asked, answer, seconds } = stage(t);
  health.opened(network);
  answer();
  assert.deepEqual(told, [report(true)]);
  seconds(2);
  answer();
  seconds(2);
  assert.equal(asked.length, 3);
  seconds(1);
  assert.equal(told.length, 1, 'one failure is not enough');
  seconds(2);
  assert.deepEqual(told.at(-1), report(false));
  assert.equal(told.length, 2);
});

test('an answer that comes too late does not count', (t) => {
  const { health, network, told, answer, seconds } = stage(t);
  health.opened(network);
  seconds(1);
  answer();
  assert.deepEqual(told, []);
});

test('with an interval that is no longer than the wait for an answer, each question counts once', (t) => {
  const { health, network, told, answer, seconds } = stage(t, { interval: 1, timeout: 1, fall: 3 });
  health.opened(network);
  answer();
  seconds(3);
  assert.equal(told.length, 1, 'two failures are not enough');
  answer();
  seconds(3);
  answer();
  assert.equal(told.length, 1, 'nor are two again');
  seconds(4);
  assert.deepEqual(told.at(-1), report(false));
  answer();
  assert.deepEqual(told.at(-1), report(true));
});

test('what could not be told is told with the next answer', async (t) => {
  const { health, network, state, told, answer, seconds } = stage(t);
  state.status = 503;
  health.opened(network);
  answer();
  await Promise.resolve();
  await Promise.resolve();
  state.status = 204;
  seconds(2);
  answer();
  assert.deepEqual(told, [report(true), report(true)]);
});

test('a server that forgot is told again after a minute', (t) => {
  const { health, network, told, answer, seconds } = stage(t);
  health.opened(network);
  answer();
  for (let passed = 0; passed <= 60; passed += 2) {
    seconds(2);
    answer();
  }
  assert.equal(told.length, 2);
});

test('instances of other hosts are not asked', (t) => {
  const { health, network, state, asked, seconds } = stage(t);
  state.here = false;
  health.opened(network);
  seconds(10);
  assert.equal(asked.length, 0);
  state.here = true;
  seconds(2);
  assert.equal(asked.length, 1);
});

test('who is no member any more is not asked any more; who still is keeps its health', (t) => {
  const { health, network, state, told, asked, answer, seconds } = stage(t);
  health.opened(network);
  answer();
  health.changed(network);
  assert.equal(asked.length, 1);
  seconds(2);
  answer();
  assert.equal(told.length, 1);
  state.ports = [];
  health.changed(network);
  seconds(10);
  assert.equal(asked.length, 2);
});
