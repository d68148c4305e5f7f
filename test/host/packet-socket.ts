/** A raw packet socket (packet(7)) on a device in a namespace. */
import { closeSync } from 'node:fs';
import koffi from 'koffi';
import {
  MSG_DONTWAIT,
  receive,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SystemCallError,
  send,
  socket,
} from '../../src/host/libc.ts';
import { findLink } from '../../src/host/link.ts';
import { inNamespace } from '../../src/host/namespace.ts';
import { NetlinkSocket } from '../../src/host/netlink.ts';
import { eventually } from '../engine/embedded/support.ts';

const AF_PACKET = 17;
const ETH_P_ALL_NETWORK_ORDER = 0x0300;
const bind = koffi.load('libc.so.6').func('int bind(int fd, const uint8_t *address, uint32_t length)');

export class PacketSocket implements Disposable {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(65_536);

  constructor(namespace: string, device: string) {
    this.#fd = inNamespace(namespace, () =>
      socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, ETH_P_ALL_NETWORK_ORDER),
    );
    using links = new NetlinkSocket(namespace);
    const address = Buffer.alloc(20); // struct sockaddr_ll
    address.writeUInt16LE(AF_PACKET, 0);
    address.writeUInt16LE(ETH_P_ALL_NETWORK_ORDER, 2);
    address.writeInt32LE(findLink(links, device)?.index ?? -1, 4);
    if (bind(this.#fd, address, address.length) === -1) throw new SystemCallError('bind', koffi.errno());
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  send(frame: Uint8Array): void {
    send(this.#fd, frame, frame.length, 0);
  }

  /** All frames up to the one for which `last` holds, which must come. */
  async receiveUntil(what: string, last: (frame: Buffer) => boolean): Promise<Buffer[]> {
    const frames: Buffer[] = [];
    await eventually(what, () => {
      for (let frame = this.#next(); frame; frame = this.#next()) {
        frames.push(frame);
        if (last(frame)) return true;
      }
      return false;
    });
    return frames;
  }

  #next(): Buffer | undefined {
    try {
      const length = receive(this.#fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT);
      return Buffer.from(this.#buffer.subarray(0, length));
    } catch (error) {
      if (error instanceof SystemCallError && error.code === 'EAGAIN') return undefined;
      throw error;
    }
  }
}
