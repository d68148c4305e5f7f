/** Takes what another host says so much at a stretch, whatever it sends: who says too much keeps nobody else waiting. */
import type { TLSSocket } from 'node:tls';

/** What is taken at a stretch, and the pause after it. */
const CREDIT_OCTETS = 64 * 1024;
const PAUSE_MS = 20;

export class UnhurriedListener {
  readonly #connection: TLSSocket;
  #credit = CREDIT_OCTETS;
  #isResting = false;
  #isToWait = false;

  /** @param take is given all that comes by the connection, in order */
  constructor(connection: TLSSocket, take: (data: Buffer) => void) {
    this.#connection = connection;
    connection.on('data', (data: Buffer) => {
      this.#credit -= data.length;
      if (this.#credit <= 0) this.#rest();
      take(data);
    });
  }

  /** Takes nothing more until `goOn`. */
  wait(): void {
    this.#isToWait = true;
    this.#connection.pause();
  }

  /** Undoes `wait`. */
  goOn(): void {
    this.#isToWait = false;
    if (!this.#isResting) this.#connection.resume();
  }

  #rest(): void {
    this.#credit = CREDIT_OCTETS;
    this.#isResting = true;
    this.#connection.pause();
    setTimeout(() => {
      this.#isResting = false;
      if (!this.#isToWait) this.#connection.resume();
    }, PAUSE_MS);
  }
}
