/**
 * Where a network's services hear and send frames. Each network has a socket of its own: what its instances send too
 * much of is dropped there, by the kernel, and keeps nobody else's waiting.
 */

import { PacketSocket, type Reception, receiveFrames } from '../../linux/index.ts';
import { ETHER_TYPE } from '../../packets/index.ts';
import { SERVICE_FILTER } from './service-filter.ts';

/** Frames of a network that are on their way to the services: what they do in some ten milliseconds. */
const WINDOW = 64;
/** Octets that may wait behind those: some hundred frames, for when all instances of a network start at once. */
const BUFFER = 256 * 1024;

export class ServiceSocket {
  readonly #socket: PacketSocket;
  readonly #reception: Reception;

  /** @throws SystemCallError when there is no such device */
  constructor(where: { namespace: string; device: string }, hear: (frame: Uint8Array) => void) {
    this.#socket = PacketSocket.forProtocol(where, ETHER_TYPE.ipv6, SERVICE_FILTER, BUFFER);
    this.#reception = receiveFrames(
      this.#socket.fd,
      (frames) => {
        for (const { octets } of frames) hear(octets);
      },
      WINDOW,
    );
  }

  /** @throws SystemCallError */
  send(frame: Uint8Array): void {
    this.#socket.send(frame);
  }

  /** Frames that were dropped since this was last asked: more than the services could look at. */
  takeDropped(): number {
    return this.#socket.takeDropped();
  }

  async close(): Promise<void> {
    await this.#reception.end();
    this.#socket.close();
  }
}
