/** Captures as files that tcpdump and Wireshark read: the pcap format, with nanoseconds, for Ethernet. */
import type { CapturedFrame } from '../linux/index.ts';

const MAGIC_NANOSECONDS = 0xa1b23c4d;
const SNAPSHOT_LENGTH = 262_144;
const LINKTYPE_ETHERNET = 1;
const SECOND_NS = 1_000_000_000n;

/** The contents of a pcap file with these frames, in their order. The format does not tell which way they went. */
export function encodePcap(frames: readonly Pick<CapturedFrame, 'time' | 'octets'>[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC_NANOSECONDS, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAPSHOT_LENGTH, 16);
  header.writeUInt32LE(LINKTYPE_ETHERNET, 20);
  const records = frames.flatMap(({ time, octets }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Number(time / SECOND_NS), 0);
    record.writeUInt32LE(Number(time % SECOND_NS), 4);
    record.writeUInt32LE(octets.length, 8);
    record.writeUInt32LE(octets.length, 12);
    return [record, octets];
  });
  return Buffer.concat([header, ...records]);
}
