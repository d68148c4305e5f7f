/** HTTP/1.1 on one connection, with as little of it as a load generator needs: it must not be slower than the server. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface LoadAnswer {
  readonly status: number;
  readonly body: string;
}

export type LoadMethod = 'GET' | 'POST' | 'DELETE';

/** Sends requests, one after the other. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #head: string;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve(answer: LoadAnswer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket, head: string) {
    this.#socket = socket;
    this.#head = head;
    socket.on('data', (chunk: Buffer) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#read();
    });
    const end = (error?: Error) => this.#fail(error ?? new Error('The server ended the connection.'));
    socket.on('error', end);
    socket.on('close', () => end());
  }

  /**
   * @param endpoint an http URL; requests go below its path
   * @param headers of every request
   */
  static async open(endpoint: URL, headers: Readonly<Record<string, string>>): Promise<LoadConnection> {
    if (endpoint.protocol !== 'http:') throw new Error('Load is put on plain http alone.');
    const host = endpoint.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(endpoint.port || 80), noDelay: true });
    await once(socket, 'connect');
    const lines = Object.entries({ host: endpoint.host, ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return new LoadConnection(socket, `HTTP/1.1\r\n${lines.join('\r\n')}\r\n`);
  }

  /** @throws Error when the connection ends before the answer, or the answer is in chunks */
  send(method: LoadMethod, path: string, body?: string): Promise<LoadAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadAnswer>();
    this.#waiting = { resolve, reject };
    const about =
      body === undefined
        ? ''
        : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    this.#socket.write(`${method} ${path} ${this.#head}${about}\r\n${body ?? ''}`);
    return promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #read(): void {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? (status === 204 ? 0 : Number.NaN));
    if (Number.isNaN(length)) this.#fail(new Error(`An answer has no length: ${head}`));
    const begin = end + 4;
    if (!(this.#received.length >= begin + length)) return;
    const body = this.#received.toString('utf8', begin, begin + length);
    this.#received = this.#received.subarray(begin + length);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ status, body });
  }

  #fail(error: Error): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}
