/** The thread that translates, on a real device: what comes uncut leaves uncut. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Address, Mac, Prefix } from '../../src/addressing/index.ts';
import { encodeRecords, mappingKey } from '../../src/host/nat64/session-record.ts';
import { translatedRouter } from '../../src/host/nat64/translated-router.ts';
import { TranslatorPool } from '../../src/host/nat64/translator-pool.ts';
import { routedAddress } from '../../src/host-contract/index.ts';
import {
  createVeth,
  disableIpv6,
  FrameBuffer,
  findLink,
  NetlinkSocket,
  PacketSocket,
  SEGMENT_HEADER,
  segmentHeader,
  segmentOf,
  setLink,
} from '../../src/linux/index.ts';
import { Registry } from '../../src/metrics/index.ts';
import {
  decodeFrame,
  encodeFrame,
  frame,
  IP_PROTOCOL,
  ipv6,
  tcpSyn,
  type UpperLayer,
} from '../../src/packets/index.ts';
import { eventually } from '../support/eventually.ts';
import { inside, temporaryNamespace } from './support.ts';

const ROUTER = Mac.parse('fa:16:3e:00:00:01');
const TRANSLATOR = Mac.parse('fa:16:3e:00:00:02');
const FIXED = Address.parse('10.0.0.2');
const FLOATING = Address.parse('2001:db8:f::3');
const ROUTED = routedAddress(FLOATING, FIXED);
const CLIENT = Address.parse('2001:db8::c');
const PREFIX = Prefix.parse('64:ff9b::/96');
const SERVER = Address.parse('64:ff9b::cb00:7105');
const ALL = [[0x06, 0, 0, 0x40000]] as const;
const [ETHERNET, IPV6, IPV4, TCP] = [14, 40, 20, 20];
const MTU = 1500;

/** A link between a router and the translator, the router's end of it, and who has the thread. */
async function linked(scope: TestContext): Promise<{ near: PacketSocket; pool: TranslatorPool }> {
  const namespace = temporaryNamespace(scope);
  using socket = new NetlinkSocket(namespace);
  createVeth(socket, { name: 'r', mac: ROUTER }, { name: 't', mac: TRANSLATOR, namespace });
  for (const end of ['r', 't']) {
    // The kernel is to say nothing of its own.
    disableIpv6(namespace, end);
    setLink(socket, findLink(socket, end)!.index, { up: true });
  }
  await eventually('the link is up', async () =>
    (await inside(namespace, 'ip', 'link', 'show', 'r')).includes('state UP'),
  );
  const open = (device: string) => PacketSocket.forUncut({ namespace, device }, ALL, 4 * 1024 * 1024);
  const [near, far] = [open('r'), open('t')];
  const pool = new TranslatorPool({
    log: pino({ level: 'silent' }),
    metrics: new Registry(),
    onNews: () => {},
    onStart: () => {},
  });
  scope.after(async () => {
    await pool.stop();
    for (const end of [near, far]) end.close();
  });
  const floating = { floating: FLOATING, routed: ROUTED, fixed: FIXED, prefix: null };
  const facts = { mac: ROUTER, nat64Prefixes: [PREFIX], translatedFloatingIps: [floating] };
  const routers = [translatedRouter('edge', facts)];
  pool.follow(far.fd, { mtu: MTU, mac: Number(TRANSLATOR.value), routers });
  return { near, pool };
}

const link = async (scope: TestContext): Promise<PacketSocket> => (await linked(scope)).near;

const tcp = (sourcePort: number, destinationPort: number, data: Uint8Array): UpperLayer => ({
  kind: 'tcp',
  segment: {
    ...{ sourcePort, destinationPort, sequence: 1, acknowledgment: 1, flags: ['ack'], window: 65535 },
    ...{ urgentPointer: 0, options: new Uint8Array(), data },
  },
});

/** What comes back, with what is left to be done for it, by whoever has what was sent translated. */
async function translated(near: PacketSocket, sent: Buffer) {
  const buffer = new FrameBuffer();
  while (buffer.receive(near.fd) !== undefined);
  near.send(sent);
  let seen: Buffer | undefined;
  await eventually('it is translated', async () => {
    for (let next = buffer.receive(near.fd); next; next = buffer.receive(near.fd)) {
      const source = next.readUIntBE(SEGMENT_HEADER + 6, 6);
      if (source === Number(TRANSLATOR.value)) seen = Buffer.from(next);
    }
    return seen !== undefined;
  });
  return { segment: segmentOf(seen!), octets: seen!.subarray(SEGMENT_HEADER) };
}

/** A frame that the router's device leaves to be cut. */
const uncut = (octets: Uint8Array, isIpv6: boolean, segment: number): Buffer => {
  const transport = ETHERNET + (isIpv6 ? IPV6 : IPV4);
  return Buffer.concat([segmentHeader({ isIpv6, segment, transport, payload: transport + TCP }), octets]);
};

const DATA = Buffer.alloc(10_000, 'x');

test('TCP of IPv6 that is not cut yet leaves as one packet of IPv4, to be cut as it was', async (scope) => {
  const near = await link(scope);
  const sent = encodeFrame(frame(ROUTER, TRANSLATOR, ipv6(CLIENT, SERVER, tcp(4000, 80, DATA))));
  const { segment, octets } = await translated(near, uncut(sent, true, 1426));
  assert.equal(segment, 1426);
  const { network } = decodeFrame(octets);
  assert.ok(network.kind === 'ipv4', network.kind);
  assert.equal(octets.length, ETHERNET + IPV4 + TCP + DATA.length);
});

test('TCP of IPv4 that is not cut yet is no packet too big: its segments are as IPv6 carries them', async (scope) => {
  const near = await link(scope);
  const first = encodeFrame(frame(ROUTER, TRANSLATOR, ipv6(CLIENT, ROUTED, tcpSyn(4000, 80))));
  const opened = await translated(near, Buffer.concat([segmentHeader(), first]));
  assert.equal(opened.segment, undefined);
  const { network } = decodeFrame(opened.octets);
  assert.ok(network.kind === 'ipv4' && network.upper.kind === 'tcp', network.kind);
  const port = network.upper.segment.sourcePort;
  const { source, destination, timeToLive } = network;
  const answer = encodeFrame(
    frame(ROUTER, TRANSLATOR, {
      ...network,
      ...{ source: destination, destination: source, timeToLive, dontFragment: true },
      upper: tcp(80, port, DATA),
    }),
  );
  const { segment, octets } = await translated(near, uncut(answer, false, 1446));
  // With a longer header, no longer than the link carries.
  assert.equal(segment, MTU - IPV6 - TCP);
  assert.equal(octets.length, ETHERNET + IPV6 + TCP + DATA.length);
  assert.equal(decodeFrame(octets).network.kind, 'ipv6');
});

test('what another host tells of sessions, however much, keeps no packet waiting', async (scope) => {
  const { near, pool } = await linked(scope);
  const record = {
    ...{ isClients: false, protocol: IP_PROTOCOL.tcp, remote: 0xcb007105, remotePort: 80, outsidePort: 4000 },
    ...{ mapping: mappingKey(`${PREFIX}`), seenInside: 0x12, seenOutside: 0x12, progress: undefined },
    ...{ isAnswered: true, isContinued: true, idleMs: 0, leftMs: 7_200_000 },
  };
  // Of as many instances as there are records: each makes room for the next.
  const records = encodeRecords(
    Array.from({ length: 200_000 }, (_, index) => {
      const inside = Buffer.alloc(16);
      inside.writeUInt32BE(index, 8);
      return { ...record, inside: inside.toString('latin1'), insidePort: index % 65_536 };
    }),
  );
  let isLearned = false;
  pool.learn('edge', records, () => {
    isLearned = true;
  });
  const sent = encodeFrame(frame(ROUTER, TRANSLATOR, ipv6(CLIENT, SERVER, tcpSyn(4000, 80))));
  const { octets } = await translated(near, Buffer.concat([segmentHeader(), sent]));
  assert.equal(decodeFrame(octets).network.kind, 'ipv4');
  assert.equal(isLearned, false);
  await eventually('all of it is known in the end', async () => isLearned);
});
