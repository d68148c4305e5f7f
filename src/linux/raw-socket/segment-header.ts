/** What stands before frames on a socket that takes them uncut: struct virtio_net_hdr (virtio 1.2 section 5.1.6). Pure. */

/** Octets of the header. */
export const SEGMENT_HEADER = 10;

const NEEDS_CHECKSUM = 1;
const TCP_OVER_IPV4 = 1;
const TCP_OVER_IPV6 = 4;
/** Added to a kind. */
const WITH_ECN = 0x80;
/** Where the checksum stands in a header of TCP. */
const CHECKSUM_AT = 16;

/** TCP that whoever has the device is to cut, and to complete the checksums of. */
export interface Uncut {
  /** Of what is carried, in each segment: octets. */
  readonly segment: number;
  readonly isIpv6: boolean;
  /** From the start of the frame: where TCP begins, and what it carries. */
  readonly transport: number;
  readonly payload: number;
}

/** The octets that each segment of a frame is to carry; undefined where nothing is to be cut. */
export function segmentOf(header: Buffer): number | undefined {
  const kind = header.readUInt8(1) & ~WITH_ECN;
  return kind === TCP_OVER_IPV4 || kind === TCP_OVER_IPV6 ? header.readUInt16LE(4) : undefined;
}

/** Whether the checksum of a frame's transport was left to a device to complete, by a sender on this machine. */
export const lacksChecksum = (header: Buffer): boolean => (header.readUInt8(0) & NEEDS_CHECKSUM) !== 0;

/** The header of a frame; of one that is as it is to be, when nothing is said. */
export function segmentHeader(uncut?: Uncut): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER);
  writeSegmentHeader(header, uncut);
  return header;
}

/** Writes it to where octets begin. */
export function writeSegmentHeader(octets: Buffer, uncut?: Uncut): void {
  octets.fill(0, 0, SEGMENT_HEADER);
  if (uncut === undefined) return;
  octets.writeUInt8(NEEDS_CHECKSUM, 0);
  octets.writeUInt8(uncut.isIpv6 ? TCP_OVER_IPV6 : TCP_OVER_IPV4, 1);
  octets.writeUInt16LE(uncut.payload, 2);
  octets.writeUInt16LE(uncut.segment, 4);
  octets.writeUInt16LE(uncut.transport, 6);
  octets.writeUInt16LE(CHECKSUM_AT, 8);
}
