/** AF_PACKET sockets (packet(7)): whole Ethernet frames to and from one device of any network namespace. */
import { closeSync } from 'node:fs';
import {
  getSocketOption,
  MSG_DONTWAIT,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SystemCallError,
  send,
  setSocketOption,
  socket,
} from '../libc.ts';
import { inNamespace } from '../namespace.ts';
import {
  AF_PACKET,
  attachFilter,
  bind,
  deviceIndex,
  type Instruction,
  PACKET_AUXDATA,
  PACKET_STATISTICS,
  PACKET_VNET_HDR,
  SO_RCVBUFFORCE,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
} from './system-calls.ts';

const ETH_P_ALL = 0x0003;
/** Octets of a capture: no frame may be lost. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;

const LINK_ADDRESS_LENGTH = 20;

/** struct sockaddr_ll: family, protocol in network order, device. */
function linkAddress(device: number, protocol: number): Buffer {
  const address = Buffer.alloc(LINK_ADDRESS_LENGTH);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(protocol, 2);
  address.writeInt32LE(device, 4);
  return address;
}

/** Sends a frame by the descriptor of a socket that another thread has; one that the device does not take is lost. */
export function sendFrame(fd: number, frame: Uint8Array): boolean {
  try {
    send(fd, frame, frame.length, MSG_DONTWAIT);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError) return false;
    throw error;
  }
}

export class PacketSocket implements Disposable {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /**
   * A socket that only sends.
   * @throws SystemCallError when there is no such device
   */
  static forSending(namespace: string | null, device: string): PacketSocket {
    return PacketSocket.#open(namespace, device, 0);
  }

  /** A socket that gets every frame that the device sends or receives, from now on. */
  static forCapture(namespace: string | null, device: string): PacketSocket {
    return PacketSocket.#open(namespace, device, ETH_P_ALL);
  }

  /**
   * A socket that sends, and gets those frames of one protocol that a device receives and a filter lets through.
   * @param protocol the Ethernet type
   * @param filter which of them: a program of classic BPF
   * @param buffer octets that may wait; what comes when they are full is dropped, and counted
   */
  static forProtocol(
    { namespace, device }: { namespace: string | null; device: string },
    protocol: number,
    filter: readonly Instruction[],
    buffer: number,
  ): PacketSocket {
    const [fd, index] = inNamespace(namespace, () => [
      socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0),
      deviceIndex(device),
    ]);
    attachFilter(fd, filter);
    setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, buffer);
    bind(fd, linkAddress(index, protocol), LINK_ADDRESS_LENGTH);
    return new PacketSocket(fd);
  }

  /**
   * As `forProtocol`, on a device with VLANs: frames have their tags, and the filter sees them without. (Who asks for one
   * protocol gets them when the kernel has taken the tag away.)
   */
  static forTrunk(
    where: { namespace: string | null; device: string },
    filter: readonly Instruction[],
    buffer: number,
  ): PacketSocket {
    const opened = PacketSocket.forProtocol(where, ETH_P_ALL, filter, buffer);
    setSocketOption(opened.fd, SOL_PACKET, PACKET_AUXDATA, 1);
    return opened;
  }

  /** As `forProtocol`, with what the machine itself sends by the device, of all protocols. */
  static forBothWays(
    where: { namespace: string | null; device: string },
    filter: readonly Instruction[],
    buffer: number,
  ): PacketSocket {
    return PacketSocket.forProtocol(where, ETH_P_ALL, filter, buffer);
  }

  /** As `forTrunk`, with the header of `segment-header.ts` before each frame, in and out: TCP comes and goes uncut. */
  static forUncut(
    where: { namespace: string | null; device: string },
    filter: readonly Instruction[],
    buffer: number,
  ): PacketSocket {
    const opened = PacketSocket.forTrunk(where, filter, buffer);
    setSocketOption(opened.fd, SOL_PACKET, PACKET_VNET_HDR, 1);
    return opened;
  }

  static #open(namespace: string | null, device: string, protocol: number): PacketSocket {
    // No protocol yet: until it is bound to its device, a socket would get the frames of all of them.
    const [fd, index] = inNamespace(namespace, () => [
      socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0),
      deviceIndex(device),
    ]);
    const opened = new PacketSocket(fd);
    setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
    setSocketOption(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    setSocketOption(fd, SOL_PACKET, PACKET_AUXDATA, 1);
    bind(fd, linkAddress(index, protocol), LINK_ADDRESS_LENGTH);
    return opened;
  }

  /**
   * Sends a frame as it stands.
   * @throws SystemCallError `EMSGSIZE` when it is longer than the device's MTU
   */
  send(frame: Uint8Array): void {
    send(this.fd, frame, frame.length, 0);
  }

  /** How many frames were dropped, since this was last asked, because too many waited. */
  takeDropped(): number {
    // struct tpacket_stats: packets, and drops among them.
    return getSocketOption(this.fd, SOL_PACKET, PACKET_STATISTICS, 8).readUInt32LE(4);
  }

  close(): void {
    closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
