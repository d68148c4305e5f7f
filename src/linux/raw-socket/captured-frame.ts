/** What a packet socket tells of a frame, put together from recvmsg's parts. Pure. */
import { decodeTag, encodeTag } from '../../packets/index.ts';
import {
  PACKET_AUXDATA,
  type ReceivedMessage,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
} from './system-calls.ts';

/** A frame that passed a device. */
export interface CapturedFrame {
  /** When, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Whether the device sent it; else it received it. */
  readonly outgoing: boolean;
  /** Index of the device. */
  readonly device: number;
  /** From the destination MAC on; a VLAN tag is in its place. */
  readonly octets: Uint8Array;
}

const PACKET_OUTGOING = 4;
const TP_STATUS_VLAN_VALID = 1 << 4;
const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
const DEFAULT_TAG_PROTOCOL = 0x8100;
const MAC_PAIR = 12;

/** The frame of a message; its octets are a copy. `now` stands in where the kernel gave no time. */
export function capturedFrame(message: ReceivedMessage, now: bigint): CapturedFrame {
  let time = now;
  let tag = Buffer.alloc(0);
  for (const { level, type, data } of controlMessages(message.control)) {
    if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) {
      time = data.readBigInt64LE(0) * 1_000_000_000n + data.readBigInt64LE(8);
    } else if (level === SOL_PACKET && type === PACKET_AUXDATA) {
      tag = vlanTag(data);
    }
  }
  const { data } = message;
  return {
    time,
    // struct sockaddr_ll: the device's index at octet 4, the packet's type at octet 10.
    outgoing: message.address[10] === PACKET_OUTGOING,
    device: message.address.readInt32LE(4),
    octets: Buffer.concat([data.subarray(0, MAC_PAIR), tag, data.subarray(MAC_PAIR)]),
  };
}

/** struct tpacket_auxdata: the kernel takes the outermost tag off before packet sockets see a frame. */
function vlanTag(data: Buffer): Buffer<ArrayBuffer> {
  const status = data.readUInt32LE(0);
  if ((status & TP_STATUS_VLAN_VALID) === 0) return Buffer.alloc(0);
  const protocol = status & TP_STATUS_VLAN_TPID_VALID ? data.readUInt16LE(18) : DEFAULT_TAG_PROTOCOL;
  return Buffer.from(encodeTag(decodeTag(protocol, data.readUInt16LE(16))));
}

/** Splits ancillary data: struct cmsghdr, each aligned to 8 octets. */
function controlMessages(control: Buffer): { level: number; type: number; data: Buffer }[] {
  const messages: { level: number; type: number; data: Buffer }[] = [];
  for (let at = 0; at + 16 <= control.length; ) {
    const length = Number(control.readBigUInt64LE(at));
    if (length < 16) break;
    messages.push({
      level: control.readInt32LE(at + 8),
      type: control.readInt32LE(at + 12),
      data: control.subarray(at + 16, at + length),
    });
    at += (length + 7) & ~7;
  }
  return messages;
}
