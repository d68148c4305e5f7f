/** The bridge for translations of a switch that runs: what it does with frames, and what another agent finds there. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pino from 'pino';
import { Address, Prefix } from '../../src/addressing/index.ts';
import { Nptv6Agent } from '../../src/host/nptv6/index.ts';
import { nptv6Mac } from '../../src/host-contract/nptv6-port.ts';
import { Capture } from '../../src/lab/capture.ts';
import { addressOctets, transportChecksum } from '../../src/packets/index.ts';
import { macOctets } from '../../src/packets/wire.ts';
import { attach } from '../../src/switch/attach.ts';
import { SwitchDatabase } from '../../src/switch/switch-database.ts';
import { silent, startEngine, tool } from '../engine/embedded/support.ts';
import { eventually } from '../support/eventually.ts';
import {
  attachmentOf,
  changeFacts,
  inside,
  makeNetwork,
  openFacts,
  startAgent,
  temporaryNamespace,
} from './support.ts';

const engine = await startEngine({ after });
const facts = await openFacts(engine, { after });
await startAgent(engine, { after }, facts);
const database = await SwitchDatabase.open(engine.switchDatabase, silent);
after(() => database.close());

const ROUTER = 'r1';
const [NEAR, FAR] = ['nptv6-r1', 'to-nptv6-r1'];
const TRANSLATIONS = [
  { internal: Prefix.parse('fd01:203:405::/48'), external: Prefix.parse('2001:db8:1::/48') },
];
const ofRouter = { isRouterPort: true, deviceId: ROUTER, prefixTranslations: TRANSLATIONS };
const [INNER, OUTER, AFAR] = ['fd01:203:405:1::1234', '2001:db8:1:d550::1234', '2001:db8:ffff::1'].map(
  (text) => Address.parse(text),
) as [Address, Address, Address];
const [UDP, FRAGMENT] = [17, 44];

function startTranslations(log = silent): Nptv6Agent {
  const agent = new Nptv6Agent({ database, rundir: engine.rundir, facts, log });
  after(() => agent.stop());
  return agent;
}

const numberOf = (name: string): number => database.interface(name)?.ofport ?? 0;

const header = (payload: number, next: number, from: Address, to: Address): Buffer =>
  Buffer.concat([
    ...[macOctets(nptv6Mac(ROUTER, 'translator')), macOctets(nptv6Mac(ROUTER, 'router'))],
    Buffer.from([0x86, 0xdd, 0x60, 0, 0, 0, payload >> 8, payload & 0xff, next, 64]),
    ...[addressOctets(from), addressOctets(to)],
  ]);

/** A datagram whose sum is right. */
function datagram(from: Address, to: Address): Buffer {
  const segment = Buffer.concat([Buffer.from([0x1b, 0x81, 0x1b, 0x82, 0, 16, 0, 0]), Buffer.alloc(8, 0x5a)]);
  segment.writeUInt16BE(transportChecksum(from, to, UDP, segment), 6);
  return Buffer.concat([header(segment.length, UDP, from, to), segment]);
}

/** A later fragment, all ones: what is where a datagram has its sum is none. */
const later = (from: Address, to: Address): Buffer =>
  Buffer.concat([
    header(72, FRAGMENT, from, to),
    Buffer.from([UDP, 0, 5, 0, 0, 0, 0, 9]),
    Buffer.alloc(64, 0xff),
  ]);

/** Everything but the addresses, and who they are. */
const parts = (frame: Uint8Array) => ({
  source: frame.subarray(22, 38),
  destination: frame.subarray(38, 54),
  rest: Buffer.concat([frame.subarray(12, 22), frame.subarray(54)]),
});

test('frames come back with other addresses and nothing else changed, and a second agent has nothing to do', async () => {
  await makeNetwork(engine, 'n1', { p1: 1, p2: 2 }, { p1: ofRouter });
  const agent = startTranslations();
  await attach(
    { database, namespace: engine.namespace },
    attachmentOf('p2', 2, temporaryNamespace({ after })),
  );
  await eventually(
    'the router is joined',
    () => database.interface(FAR)?.external_ids.get('iface-id') === NEAR,
  );

  await tool(engine, 'ovs-vsctl', ...'add-port br-int probe -- set interface probe type=internal'.split(' '));
  await eventually('the probe is there', () => numberOf('probe') > 0 && numberOf(FAR) > 0);
  await inside(engine.namespace!, 'ip', 'link', 'set', 'probe', 'up');
  const flow = `table=0,priority=65535,in_port=${numberOf(FAR)},actions=output:${numberOf('probe')}`;
  await tool(engine, 'ovs-ofctl', 'add-flow', 'br-int', flow);
  const capture = Capture.start(engine.namespace, 'probe');
  after(() => capture.stop());
  const toRouter = nptv6Mac(ROUTER, 'router');
  for (const make of [datagram, later])
    for (const [from, to, source, destination] of [
      [INNER, AFAR, OUTER, AFAR],
      [AFAR, OUTER, AFAR, INNER],
    ] as const) {
      const frame = make(from, to);
      const message = `in_port=${numberOf(NEAR)},packet=${frame.toString('hex')},actions=TABLE`;
      const found = capture.received().length;
      await tool(engine, 'ovs-ofctl', '-O', 'OpenFlow14', 'packet-out', 'br-nptv6', message);
      await eventually('it comes back', () => capture.received().length > found);
      const { octets } = capture.received().at(-1)!;
      const seen = parts(octets);
      assert.deepEqual(Buffer.from(octets.subarray(0, 6)), Buffer.from(macOctets(toRouter)));
      assert.deepEqual(Buffer.from(seen.source), Buffer.from(addressOctets(source)));
      assert.deepEqual(Buffer.from(seen.destination), Buffer.from(addressOctets(destination)));
      assert.equal(seen.rest.toString('hex'), parts(frame).rest.toString('hex'), make.name);
    }

  await agent.stop();
  const lines: { msg: string; added?: number; removed?: number }[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  startTranslations(log);
  await changeFacts(engine, 'p1', 1, { ...ofRouter, prefixTranslations: [] });
  await eventually('what is no more is gone', () => database.interface(FAR) === undefined);
  await eventually('its flows, too', async () => {
    const flows = await tool(engine, 'ovs-ofctl', '-O', 'OpenFlow14', 'dump-flows', 'br-nptv6');
    return !flows.includes('2001:db8:1::');
  });
  const changes = lines.filter(({ msg }) => msg === 'flows changed');
  assert.deepEqual([changes.length, changes[0]?.added, (changes[0]?.removed ?? 0) > 0], [1, 0, true]);
});
