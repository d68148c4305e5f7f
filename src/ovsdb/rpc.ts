/** JSON-RPC, as OVSDB servers speak it. */
import type { Socket } from 'node:net';
import { OvsdbError, RetryableError, serverError } from './errors.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { JsonFraming } from './json-framing.ts';

export interface RpcOptions {
  /**
   * Silence after which the peer is asked for a sign of life; when as long again brings none, it counts as dead. 0:
   * never.
   */
  readonly probeIntervalMs: () => number;
  /** Called for each notification, in the order of arrival. */
  readonly onNotification: (method: string, params: readonly Json[]) => void;
}

interface Waiting {
  /** Takes the result before any later message is looked at. */
  resolve(result: Json): void;
  reject(error: Error): void;
}

/** One JSON-RPC 1.0 session over a stream, with the echo of RFC 7047 section 4.1.11 in both directions. */
export class RpcPeer {
  /** Resolves, with the reason, when the session has ended. */
  readonly closed: Promise<Error>;
  readonly #socket: Socket;
  readonly #options: RpcOptions;
  readonly #framing = new JsonFraming();
  readonly #waiting = new Map<number, Waiting>();
  #probe: NodeJS.Timeout | undefined;
  readonly #settleClosed: (reason: Error) => void;
  #nextId = 1;
  #heardAt = performance.now();
  /** When the peer was asked for a sign of life that has not come. */
  #askedAt: number | undefined;
  #drained: Promise<void> | undefined;
  #reason: Error | undefined;

  constructor(socket: Socket, options: RpcOptions) {
    this.#socket = socket;
    this.#options = options;
    const closed = Promise.withResolvers<Error>();
    this.closed = closed.promise;
    this.#settleClosed = closed.resolve;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.close(`connection failed: ${error.message}`));
    socket.on('close', () => this.close('the server closed the connection'));
    this.#probeLater();
  }

  /**
   * Sends a request and waits for its result. Requests leave in the order of the calls; while the socket is
   * full they wait for it to drain.
   *
   * @param take called with the result before any later message is looked at, whereas the promise settles later
   * @throws RetryableError when the session ends first; the server may or may not have acted then
   * @throws RefusedError when the server answers with an error
   */
  async request(method: string, params: Json[], take?: (result: Json) => void): Promise<Json> {
    while (this.#drained !== undefined) await this.#drained;
    if (this.#reason !== undefined) throw new RetryableError(this.#reason.message);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    this.#waiting.set(id, {
      resolve: (result) => {
        take?.(result);
        resolve(result);
      },
      reject,
    });
    this.#write({ id, method, params });
    return promise;
  }

  /** Ends the session; requests under way are rejected with a RetryableError. */
  close(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = new RetryableError(reason);
    clearTimeout(this.#probe);
    this.#socket.destroy();
    for (const { reject } of this.#waiting.values()) reject(new RetryableError(reason));
    this.#waiting.clear();
    this.#settleClosed(this.#reason);
  }

  #write(message: JsonObject): void {
    if (this.#socket.write(JSON.stringify(message)) || this.#drained !== undefined) return;
    this.#drained = Promise.race([
      new Promise<void>((resolve) => this.#socket.once('drain', resolve)),
      this.closed,
    ]).then(() => {
      this.#drained = undefined;
    });
  }

  #receive(chunk: Buffer): void {
    this.#heardAt = performance.now();
    this.#askedAt = undefined;
    try {
      for (const message of this.#framing.push(chunk)) {
        if (this.#reason !== undefined) return;
        this.#dispatch(message);
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  #dispatch(message: Json): void {
    if (!isJsonObject(message)) throw new OvsdbError('the peer sent a message that is not a JSON-RPC object');
    const { id = null, method, params } = message;
    if (typeof method === 'string') {
      if (method === 'echo') this.#write({ id, result: params ?? [], error: null });
      else if (id === null) this.#options.onNotification(method, Array.isArray(params) ? params : []);
      else this.#write({ id, result: null, error: 'unknown method' });
      return;
    }
    const waiting = typeof id === 'number' ? this.#waiting.get(id) : undefined;
    if (waiting === undefined) return;
    this.#waiting.delete(id as number);
    const error = message.error ?? null;
    if (error === null) waiting.resolve(message.result ?? null);
    else waiting.reject(replyError(error));
  }

  #probeLater(): void {
    const interval = this.#options.probeIntervalMs();
    if (interval === 0 || this.#reason !== undefined) return;
    this.#probe = setTimeout(() => {
      this.#askForLife(interval);
      this.#probeLater();
    }, interval / 2).unref();
  }

  #askForLife(interval: number): void {
    const now = performance.now();
    if (now - this.#heardAt < interval) return;
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      this.#write({ id: 'echo', method: 'echo', params: [] });
    } else if (now - this.#askedAt >= interval) {
      // This process may have been busy, or stood still: between two immediates all sockets are read.
      setImmediate(() => setImmediate(() => this.#judge()));
    }
  }

  /** Gives the peer up, unless it said something by now. */
  #judge(): void {
    if (this.#askedAt === undefined) return;
    const silence = performance.now() - this.#heardAt;
    this.close(`no sign of life from the server for ${Math.round(silence)} ms`);
  }
}

function replyError(error: Json): OvsdbError {
  if (typeof error === 'string') return serverError(error, '');
  if (!isJsonObject(error))
    return new OvsdbError(`the server answered with the error ${JSON.stringify(error)}`);
  return serverError(String(error.error), String(error.details ?? ''));
}
