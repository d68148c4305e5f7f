/** AF_PACKET sockets (packet(7)): whole Ethernet frames to and from one device of any network namespace. */
import { closeSync } from 'node:fs';
import { SOCK_CLOEXEC, SOCK_RAW, send, setSocketOption, socket } from '../libc.ts';
import { inNamespace } from '../namespace.ts';
import {
  AF_PACKET,
  bind,
  deviceIndex,
  PACKET_AUXDATA,
  SO_RCVBUFFORCE,
  SO_TIMESTAMPNS,
  SOL_PACKET,
  SOL_SOCKET,
} from './system-calls.ts';

const ETH_P_ALL = 0x0003;
const RECEIVE_BUFFER = 8 * 1024 * 1024;

export class PacketSocket implements Disposable {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A socket that only sends. Throws a SystemCallError when there is no such device. */
  static forSending(namespace: string | null, device: string): PacketSocket {
    return PacketSocket.#open(namespace, device, 0);
  }

  /** A socket that gets every frame that the device sends or receives, from now on. */
  static forCapture(namespace: string | null, device: string): PacketSocket {
    return PacketSocket.#open(namespace, device, ETH_P_ALL);
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
    // struct sockaddr_ll: family, protocol in network order, device.
    const address = Buffer.alloc(20);
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16BE(protocol, 2);
    address.writeInt32LE(index, 4);
    bind(fd, address, address.length);
    return opened;
  }

  /** Sends a frame as it stands. Throws a SystemCallError, `EMSGSIZE` when it is longer than the device's MTU. */
  send(frame: Uint8Array): void {
    send(this.fd, frame, frame.length, 0);
  }

  close(): void {
    closeSync(this.fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
