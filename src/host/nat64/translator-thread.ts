/**
 * The thread that translates: it waits for frames, and sends what the translator makes of them, by the same socket. It is
 * no other's thread, so that what instances send cannot keep guard and services waiting.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { NAT64_ADDRESS, NAT64_CLIENTS } from '../../host-contract/index.ts';
import {
  clearEvent,
  FrameBuffer,
  lacksChecksum,
  SEGMENT_HEADER,
  segmentOf,
  sendFrame,
  type Uncut,
  waitReadable,
  writeSegmentHeader,
} from '../../linux/index.ts';
import { ETHER_TYPE } from '../../packets/index.ts';
import { completeChecksum, leaveChecksum } from './complete-checksum.ts';
import { type RouterHere, RouterTasks } from './router-tasks.ts';
import { decodeRecords, encodeRecords } from './session-record.ts';
import { mappingsOf } from './translated-router.ts';
import { Nat64Translator } from './translator.ts';
import type { FromTranslator, ToTranslator } from './translator-pool.ts';

/** Frames of a network that are translated at once: enough to be quick, few enough that others have their turn. */
const BATCH = 64;
const WAIT_MS = 1_000;
const SWEEP_SECONDS = 5;
/** What there is to tell of sessions waits so long, for more to tell at once. */
const NEWS_MS = 10;
const ETHERNET = { octets: 14, source: 6, type: 12 } as const;
/** Octets before a packet. */
const HEADERS = SEGMENT_HEADER + ETHERNET.octets;
/** Octets of what is made of the longest packet of IPv4. */
const LONGEST_PACKET = 0xffff + 40;

interface LinkedRouter extends RouterHere {
  readonly mtu: number;
}

interface OpenLink {
  /** By the number of the MAC address of a router's gateway. */
  readonly routers: Map<number, LinkedRouter>;
}

const port = parentPort!;
const { wakeUp } = workerData as { wakeUp: number };
const buffer = new FrameBuffer();
const links = new Map<number, OpenLink>();
/** What is sent: each frame is put together in the same place. */
const outgoing = Buffer.allocUnsafeSlow(HEADERS + LONGEST_PACKET);
const tasks = new RouterTasks(
  (recited) => tell({ kind: 'recited', ...recited }),
  () => secondsNow(),
);
/** Whether it may have been told what it has not looked at. */
let mayHaveMore = false;
let swept = 0;
let told = 0;

const secondsNow = (): number => performance.now() / 1000;

/** Takes over what routers there are on a link. Translators stay, and sessions by what stays of them. */
function follow({ fd, mtu, mac: own, routers }: Extract<ToTranslator, { kind: 'follow' }>): void {
  const link = links.get(fd) ?? { routers: new Map() };
  links.set(fd, link);
  const macs = new Set(routers.map(({ mac }) => mac));
  for (const [mac, { id }] of link.routers) {
    if (macs.has(mac)) continue;
    tasks.forget(id);
    link.routers.delete(mac);
  }
  for (const router of routers) {
    const known = link.routers.get(router.mac);
    const translator =
      known?.mtu === mtu
        ? known.translator
        : new Nat64Translator({ address: NAT64_ADDRESS, clients: NAT64_CLIENTS, mtu });
    const { mappings, bindings } = mappingsOf(router);
    translator.follow(mappings, bindings);
    const { id, mac } = router;
    link.routers.set(mac, { id, mtu, translator, send: (packet) => sendTo(fd, { own, mac }, packet) });
  }
}

/** Sends IPv4 to a router, as the network's translator. */
function sendTo(
  fd: number,
  { own, mac }: { readonly own: number; readonly mac: number },
  packet: Buffer,
): void {
  outgoing.writeUIntBE(mac, SEGMENT_HEADER, 6);
  outgoing.writeUIntBE(own, SEGMENT_HEADER + ETHERNET.source, 6);
  sendPacket(fd, packet);
}

/** Sends a packet between the addresses that stand before it; uncut, if that is said. */
function sendPacket(fd: number, packet: Buffer, uncut?: Uncut): void {
  const type = packet[0]! >> 4 === 6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4;
  writeSegmentHeader(outgoing, uncut);
  outgoing.writeUInt16BE(type, SEGMENT_HEADER + ETHERNET.type);
  packet.copy(outgoing, HEADERS);
  sendFrame(fd, outgoing.subarray(0, HEADERS + packet.length));
}

function* allRouters(): Generator<LinkedRouter> {
  for (const { routers } of links.values()) yield* routers.values();
}

function obey(message: ToTranslator): void {
  if (message.kind === 'follow') follow(message);
  else if (message.kind === 'close') {
    for (const { id } of links.get(message.fd)?.routers.values() ?? []) tasks.forget(id);
    links.delete(message.fd);
    tell({ kind: 'closed', fd: message.fd });
  } else doFor(message);
}

function doFor(message: Exclude<ToTranslator, { kind: 'follow' | 'close' }>): void {
  const router = allRouters().find(({ id }) => id === message.router);
  if (message.kind === 'learn') {
    router?.translator.flows.learn(decodeRecords(Buffer.from(message.records)), secondsNow());
    if (message.learner !== undefined) tell({ kind: 'learned', learner: message.learner });
  } else if (router === undefined) {
    if (message.kind === 'recite')
      tell({ ...message, kind: 'recited', records: new Uint8Array(), isLast: true });
  } else if (message.kind === 'recite') tasks.recite(router, message.reader);
  else tasks.remind(router);
}

/** Does what it is told; of what others know of sessions one part, for packets to have their turn. */
function obeySome(): void {
  mayHaveMore = false;
  for (let next = receiveMessageOnPort(port); next && !mayHaveMore; ) {
    const message = next.message as ToTranslator;
    obey(message);
    mayHaveMore = message.kind === 'learn';
    if (!mayHaveMore) next = receiveMessageOnPort(port);
  }
}

const tell = (message: FromTranslator): void => port.postMessage(message);

function takeTurn(fd: number, { routers }: OpenLink): void {
  const now = secondsNow();
  for (let count = 0; count < BATCH; count++) {
    const frame = buffer.receive(fd);
    if (frame === undefined) return;
    if (frame.length <= HEADERS) continue;
    const router = routers.get(frame.readUIntBE(SEGMENT_HEADER + ETHERNET.source, 6));
    const type = frame.readUInt16BE(SEGMENT_HEADER + ETHERNET.type);
    if (router === undefined || (type !== ETHER_TYPE.ipv4 && type !== ETHER_TYPE.ipv6)) continue;
    translate(fd, router, frame, now);
  }
}

/** Sends what is made of a frame back to whom it came from. */
function translate(fd: number, { translator, mtu }: LinkedRouter, frame: Buffer, now: number): void {
  const segment = segmentOf(frame);
  const read = frame.subarray(HEADERS);
  if (segment === undefined && lacksChecksum(frame)) completeChecksum(read);
  const [to, from] = [SEGMENT_HEADER, SEGMENT_HEADER + ETHERNET.source];
  for (const packet of translator.translate(read, now, segment !== undefined)) {
    frame.copy(outgoing, to, from, from + 6);
    frame.copy(outgoing, from, to, to + 6);
    sendPacket(fd, packet, segment === undefined ? undefined : leftToCut(packet, segment, mtu));
  }
}

/**
 * What is left to be done for what came uncut. Whoever cuts it knows the links behind: what the switch's userspace
 * datapath says of segments is by the device that they leave by, whatever their sender had in mind.
 */
function leftToCut(packet: Buffer, segment: number, mtu: number): Uncut | undefined {
  const left = leaveChecksum(packet);
  if (left === undefined) return undefined;
  const { transport, payload } = left;
  return {
    segment: Math.min(segment, mtu - payload),
    isIpv6: packet[0]! >> 4 === 6,
    transport: ETHERNET.octets + transport,
    payload: ETHERNET.octets + payload,
  };
}

/** Tells what became of sessions. */
function tellNews(): void {
  const now = secondsNow();
  if ((now - told) * 1_000 < NEWS_MS) return;
  told = now;
  for (const { id, translator } of allRouters()) {
    if (translator.flows.hasNoNews) continue;
    const records = translator.flows.takeNews(now);
    if (records.length > 0) tell({ kind: 'news', router: id, records: encodeRecords(records) });
  }
}

/** Milliseconds until there is something to do, whatever packets come. */
function waitMs(): number {
  if (mayHaveMore) return 0;
  const news = allRouters().some(({ translator }) => !translator.flows.hasNoNews) ? NEWS_MS : WAIT_MS;
  return Math.min(tasks.dueMs ?? WAIT_MS, news);
}

/** Forgets what is over, and tells how much there is. */
function sweep(): void {
  const now = secondsNow();
  if (now - swept < SWEEP_SECONDS) return;
  swept = now;
  const all = [...allRouters()];
  for (const { translator } of all) translator.sweep(now);
  tell({
    kind: 'tally',
    tallies: all.map(({ translator: { tally, flows } }) => {
      const told = { ...tally, evicted: flows.takeEvicted(), sessions: flows.size };
      Object.assign(tally, { translated: 0, dropped: 0, exhausted: 0 });
      return told;
    }),
  });
}

for (;;) {
  for (const fd of waitReadable([wakeUp, ...links.keys()], waitMs())) {
    const link = links.get(fd);
    if (fd === wakeUp) clearEvent(fd);
    else if (link !== undefined) takeTurn(fd, link);
  }
  obeySome();
  tasks.work();
  tellNews();
  sweep();
}
