/** A TCP connection to an echo server that stays open while the network around it changes. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Address } from '../../addressing/index.ts';
import { connectTcp, type LabInstance, withPatience } from '../../lab/index.ts';

/** TCP repeats what was lost after one, three and seven seconds (RFC 6298). */
const CONNECT_MS = 10_000;

export class LiveConnection {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // it shows as silence
  }

  /** Throws when the connection does not come about in time. */
  static async open(from: LabInstance, target: Address, port: number): Promise<LiveConnection> {
    const socket = connectTcp(from, target, port);
    await once(socket, 'connect', { signal: AbortSignal.timeout(withPatience(CONNECT_MS)) });
    return new LiveConnection(socket);
  }

  /** Sends an octet; whether one came back within `milliseconds`, this or one that was sent before. */
  async echoes(milliseconds: number): Promise<boolean> {
    const echo = once(this.#socket, 'data', { signal: AbortSignal.timeout(withPatience(milliseconds)) });
    this.#socket.write('.');
    return echo.then(
      () => true,
      () => false,
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}
