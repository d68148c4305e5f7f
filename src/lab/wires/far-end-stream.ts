/** What comes from the far end of a wire: lines, as long as it is asked for such, and then frames behind their length. */
import type { Socket } from 'node:net';

const LENGTH = 4;

export class FarEndStream {
  #held: Buffer = Buffer.alloc(0);
  #awaited: { resolve(line: string): void; reject(error: Error): void } | undefined;
  #take: ((frame: Buffer) => void) | undefined;
  #ended = false;

  constructor(socket: Socket) {
    socket.on('data', (data: Buffer) => {
      this.#held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
      this.#look();
    });
    socket.on('close', () => {
      this.#ended = true;
      this.#awaited?.reject(new Error('the connection has ended'));
    });
  }

  /** The next line. Rejects at the end of the connection. */
  line(): Promise<string> {
    if (this.#ended) return Promise.reject(new Error('the connection has ended'));
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#awaited = { resolve, reject };
    this.#look();
    return promise;
  }

  /** Hands over all that comes from now on as frames. */
  frames(take: (frame: Buffer) => void): void {
    this.#take = take;
    this.#look();
  }

  #look(): void {
    if (this.#take !== undefined) this.#held = handOver(this.#held, this.#take);
    const end = this.#held.indexOf('\n');
    if (this.#awaited === undefined || end < 0) return;
    const line = this.#held.subarray(0, end).toString();
    this.#held = this.#held.subarray(end + 1);
    this.#awaited.resolve(line);
    this.#awaited = undefined;
  }
}

/** Hands over the frames that are whole, and gives what is left. */
function handOver(held: Buffer, take: (frame: Buffer) => void): Buffer {
  let at = 0;
  while (held.length - at >= LENGTH) {
    const end = at + LENGTH + held.readUInt32BE(at);
    if (end > held.length) break;
    take(held.subarray(at + LENGTH, end));
    at = end;
  }
  return at === 0 ? held : Buffer.from(held.subarray(at));
}

/** A frame behind its length. */
export function withLength(octets: Uint8Array): Buffer {
  const whole = Buffer.allocUnsafe(LENGTH + octets.length);
  whole.writeUInt32BE(octets.length);
  whole.set(octets, LENGTH);
  return whole;
}
