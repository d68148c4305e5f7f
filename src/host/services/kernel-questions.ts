/**
 * What the kernel asks a network to answer somebody whose MAC address it does not know: a Neighbour Solicitation
 * (RFC 4861 section 7.2.2), or an ARP request. OVN answers those about instances that are plugged in, and keeps them on
 * the host: a hardware port's instance, which may know the services without having asked for them, would be looked for in
 * vain, until it asks itself.
 */
import { TokenBucket } from '../../base/index.ts';
import { PacketSocket, type Reception, receiveFrames } from '../../linux/index.ts';
import { QUESTION_FILTER } from './service-filter.ts';

/** Frames that are on their way. */
const WINDOW = 16;
/** Octets that may wait behind those. */
const BUFFER = 32 * 1024;
/** Questions of a network: all its hardware at once, and then a hundred a second. */
const BURST = 200;
const EVERY_MS = 10;

export class KernelQuestions {
  readonly #socket: PacketSocket;
  readonly #reception: Reception;

  /**
   * @param hear is told of each, as often as they may be: whole frames
   * @throws SystemCallError when there is no such device
   */
  constructor(where: { namespace: string; device: string }, hear: (frame: Uint8Array) => void) {
    const bucket = new TokenBucket(BURST, EVERY_MS);
    this.#socket = PacketSocket.forBothWays(where, QUESTION_FILTER, BUFFER);
    this.#reception = receiveFrames(
      this.#socket.fd,
      (frames) => {
        for (const { octets } of frames) if (bucket.take()) hear(octets);
      },
      WINDOW,
    );
  }

  async close(): Promise<void> {
    await this.#reception.end();
    this.#socket.close();
  }
}
