import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, Mac } from '../../../addressing/index.ts';
import type { HealthCheckFacts } from '../../../host-contract/facts.ts';
import { decodeFrame, encodeFrame, type Frame, type Ipv6Packet } from '../../../packets/frame.ts';
import type { UpperLayer } from '../../../packets/upper-layer.ts';
import { answerTo, mayAnswer, PROBE_PORTS, type Probe, probeFrame } from './anycast-probe.ts';

const limits = { id: 'a1', address: Address.parse('fd99::1'), interval: 2, timeout: 1, fall: 3, rise: 2 };
const icmp: HealthCheckFacts = { ...limits, type: 'icmp' };
const tcp: HealthCheckFacts = { ...limits, type: 'tcp', port: 53 };
const service = Mac.parse('0e:00:00:00:00:01');
const member = Mac.parse('fa:16:3e:00:00:01');

const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const probes = fc
  .record({ check: fc.constantFrom(icmp, tcp), number })
  .map(({ check, number }): Probe => ({ check, number, from: service, to: member }));

/** What a host that has the address says. */
function reply(probe: Probe, flags: ('syn' | 'ack' | 'rst')[] = ['syn', 'ack']): Frame {
  const asked = probeFrame(probe);
  const packet = asked.network as Ipv6Packet;
  let upper: UpperLayer = packet.upper;
  if (upper.kind === 'icmpv6' && upper.message.kind === 'echo-request')
    upper = { kind: 'icmpv6', message: { ...upper.message, kind: 'echo-reply' } };
  if (upper.kind === 'tcp') {
    const { sourcePort, destinationPort, sequence } = upper.segment;
    const segment = {
      ...upper.segment,
      sourcePort: destinationPort,
      destinationPort: sourcePort,
      sequence: 77,
      acknowledgment: (sequence + 1) % 2 ** 32,
      flags,
    };
    upper = { kind: 'tcp', segment };
  }
  const network = { ...packet, source: packet.destination, destination: packet.source, upper };
  return { ...asked, source: asked.destination, destination: asked.source, network };
}

test('a probe goes to the member alone, from the service port', () => {
  fc.assert(
    fc.property(probes, (probe) => {
      const { source, destination, network } = decodeFrame(encodeFrame(probeFrame(probe)));
      assert.ok(source.equals(service) && destination.equals(member) && network.kind === 'ipv6');
      assert.equal(`${network.source} ${network.destination}`, 'fe80::a9fe:a9fe fd99::1');
      const { upper } = network;
      if (upper.kind === 'tcp') {
        assert.equal(upper.segment.sourcePort & PROBE_PORTS.mask, PROBE_PORTS.first);
        assert.equal(upper.segment.destinationPort, 53);
      } else assert.equal(upper.kind, 'icmpv6');
    }),
  );
});

test('the answer of a host that has the address is understood', () => {
  fc.assert(
    fc.property(probes, (probe) => {
      const octets = encodeFrame(reply(probe));
      assert.ok(mayAnswer(octets));
      assert.equal(answerTo(probe, decodeFrame(octets)), 'well');
    }),
  );
});

test('a host that does not listen refuses', () => {
  const probe: Probe = { check: tcp, number: 7, from: service, to: member };
  assert.equal(answerTo(probe, reply(probe, ['ack', 'rst'])), 'refused');
});

test('what is from another, or answers another probe, says nothing', () => {
  fc.assert(
    fc.property(probes, fc.integer({ min: 1, max: 31 }), (probe, later) => {
      const answer = reply(probe);
      assert.equal(answerTo(probe, { ...answer, source: service }), undefined);
      assert.equal(answerTo({ ...probe, number: (probe.number + later) % 2 ** 32 }, answer), undefined);
      const elsewhere = { ...probe.check, address: Address.parse('fd99::2') };
      assert.equal(answerTo({ ...probe, check: elsewhere }, answer), undefined);
      assert.equal(answerTo(probe, probeFrame(probe)), undefined);
    }),
  );
});

test('other frames are not worth decoding', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => void mayAnswer(octets)));
  assert.equal(
    mayAnswer(encodeFrame(probeFrame({ check: icmp, number: 1, from: service, to: member }))),
    false,
  );
});
