/**
 * A session as hosts tell each other of it, and as it is kept for whoever comes after: so many octets each, times as how
 * long ago or how long yet, as no two clocks are the same. Pure.
 */
import { hash } from 'node:crypto';
import { IP_PROTOCOL } from '../../packets/index.ts';

/** What is known of how a connection's end inside stands: its next packet may say no less. */
export interface InsideProgress {
  /** The number behind the last octet that it sent. */
  readonly sequence: number;
  readonly acknowledged: number;
  readonly window: number;
}

export interface SessionRecord {
  /** Whether it is of those who reach instances by a floating IP of IPv6, and not of instances. */
  readonly isClients: boolean;
  /** Protocol number, that of IPv4. */
  readonly protocol: number;
  /** The IPv6 end, as latin1 text of its octets. */
  readonly inside: string;
  readonly insidePort: number;
  readonly remote: number;
  readonly remotePort: number;
  readonly outsidePort: number;
  /** What the mapping is known by: `mappingKey`. */
  readonly mapping: string;
  /** Flags of TCP that were seen. */
  readonly seenInside: number;
  readonly seenOutside: number;
  readonly isAnswered: boolean;
  readonly isContinued: boolean;
  /** Of TCP; undefined when nothing was heard from inside. */
  readonly progress: InsideProgress | undefined;
  /** Milliseconds since its last packet. */
  readonly idleMs: number;
  /** Milliseconds that it lives without another; 0 when it has ended. */
  readonly leftMs: number;
}

export const RECORD_OCTETS = 60;
const MAPPING_OCTETS = 8;
const MOST_MS = 0xffff_ffff;
const AT = {
  protocol: 0,
  about: 1,
  seenInside: 2,
  seenOutside: 3,
  inside: 4,
  remote: 20,
  insidePort: 24,
  remotePort: 26,
  outsidePort: 28,
  window: 30,
  sequence: 32,
  acknowledged: 36,
  idle: 40,
  left: 44,
  mapping: 48,
  /** Zero: for what may come. */
  rest: 56,
} as const;
const ABOUT = { clients: 1, answered: 2, continued: 4, progress: 8 } as const;
const CARRIED: ReadonlySet<number> = new Set([IP_PROTOCOL.tcp, IP_PROTOCOL.udp, IP_PROTOCOL.icmp]);

/** By what a mapping is known in records: hosts have the same by the same name. */
export const mappingKey = (name: string): string =>
  Buffer.from(hash('sha256', name, 'buffer').subarray(0, MAPPING_OCTETS)).toString('latin1');

/** Records, one behind the other. */
export function encodeRecords(records: readonly SessionRecord[]): Buffer {
  const octets = Buffer.alloc(records.length * RECORD_OCTETS);
  for (const [index, record] of records.entries())
    write(record, octets.subarray(index * RECORD_OCTETS, (index + 1) * RECORD_OCTETS));
  return octets;
}

function write(record: SessionRecord, octets: Buffer): void {
  const { progress } = record;
  octets[AT.protocol] = record.protocol;
  octets[AT.about] =
    (record.isClients ? ABOUT.clients : 0) |
    (record.isAnswered ? ABOUT.answered : 0) |
    (record.isContinued ? ABOUT.continued : 0) |
    (progress ? ABOUT.progress : 0);
  octets[AT.seenInside] = record.seenInside;
  octets[AT.seenOutside] = record.seenOutside;
  octets.write(record.inside, AT.inside, 'latin1');
  octets.writeUInt32BE(record.remote, AT.remote);
  octets.writeUInt16BE(record.insidePort, AT.insidePort);
  octets.writeUInt16BE(record.remotePort, AT.remotePort);
  octets.writeUInt16BE(record.outsidePort, AT.outsidePort);
  octets.writeUInt16BE(progress?.window ?? 0, AT.window);
  octets.writeUInt32BE(progress?.sequence ?? 0, AT.sequence);
  octets.writeUInt32BE(progress?.acknowledged ?? 0, AT.acknowledged);
  octets.writeUInt32BE(bounded(record.idleMs), AT.idle);
  octets.writeUInt32BE(bounded(record.leftMs), AT.left);
  octets.write(record.mapping, AT.mapping, 'latin1');
}

const bounded = (milliseconds: number): number => Math.max(0, Math.min(Math.round(milliseconds), MOST_MS));

/** The records of which there is all; those that say what no session is are left out. */
export function decodeRecords(octets: Buffer): SessionRecord[] {
  const records: SessionRecord[] = [];
  for (let at = 0; at + RECORD_OCTETS <= octets.length; at += RECORD_OCTETS) {
    const record = read(octets.subarray(at, at + RECORD_OCTETS));
    if (CARRIED.has(record.protocol) && record.outsidePort !== 0) records.push(record);
  }
  return records;
}

function read(octets: Buffer): SessionRecord {
  const about = octets[AT.about]!;
  const progress = {
    sequence: octets.readUInt32BE(AT.sequence),
    acknowledged: octets.readUInt32BE(AT.acknowledged),
    window: octets.readUInt16BE(AT.window),
  };
  return {
    isClients: (about & ABOUT.clients) !== 0,
    protocol: octets[AT.protocol]!,
    inside: octets.toString('latin1', AT.inside, AT.inside + 16),
    insidePort: octets.readUInt16BE(AT.insidePort),
    remote: octets.readUInt32BE(AT.remote),
    remotePort: octets.readUInt16BE(AT.remotePort),
    outsidePort: octets.readUInt16BE(AT.outsidePort),
    mapping: octets.toString('latin1', AT.mapping, AT.mapping + MAPPING_OCTETS),
    seenInside: octets[AT.seenInside]!,
    seenOutside: octets[AT.seenOutside]!,
    isAnswered: (about & ABOUT.answered) !== 0,
    isContinued: (about & ABOUT.continued) !== 0,
    progress: (about & ABOUT.progress) !== 0 ? progress : undefined,
    idleMs: octets.readUInt32BE(AT.idle),
    leftMs: octets.readUInt32BE(AT.left),
  };
}

/** The records as they are so much later. */
export const aged = (records: readonly SessionRecord[], byMs: number): SessionRecord[] =>
  records.map((record) => ({
    ...record,
    idleMs: record.idleMs + byMs,
    leftMs: Math.max(0, record.leftMs - byMs),
  }));
