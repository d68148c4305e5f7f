/** The main thread's side of the thread that receives: one for all captures of the process. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CapturedFrame } from './captured-frame.ts';
import { createEvent } from './system-calls.ts';

/** What the main thread asks. */
export type ToReceiver =
  | { readonly kind: 'add'; readonly fd: number }
  | { readonly kind: 'remove' | 'drain'; readonly fd: number; readonly request: number }
  | { readonly kind: 'stop' };

/** What the receiving thread tells. */
export type FromReceiver =
  | { readonly kind: 'frames'; readonly fd: number; readonly frames: readonly CapturedFrame[] }
  | { readonly kind: 'done'; readonly request: number };

type Listener = (frames: readonly CapturedFrame[]) => void;

class Receiver {
  readonly #wakeUp = createEvent();
  readonly #worker = new Worker(new URL('./receiver-worker.ts', import.meta.url), {
    workerData: { wakeUp: this.#wakeUp },
  });
  readonly #listeners = new Map<number, Listener>();
  readonly #pending = new Map<number, PromiseWithResolvers<void>>();
  #requests = 0;

  constructor() {
    this.#worker.on('message', (message: FromReceiver) => this.#hear(message));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#pending.values()) reject(error);
    });
    // It keeps the process alive only while somebody awaits an answer. (Listening is what refers to it.)
    this.#worker.unref();
    process.once('exit', () => this.#tell({ kind: 'stop' }));
  }

  add(fd: number, listener: Listener): void {
    this.#listeners.set(fd, listener);
    this.#tell({ kind: 'add', fd });
  }

  /** After this the listener has seen all that the socket got before. */
  drain(fd: number): Promise<void> {
    return this.#ask('drain', fd);
  }

  /** Like `drain`; then the socket may be closed. */
  async remove(fd: number): Promise<void> {
    await this.#ask('remove', fd);
    this.#listeners.delete(fd);
  }

  #ask(kind: 'drain' | 'remove', fd: number): Promise<void> {
    const request = ++this.#requests;
    const answer = Promise.withResolvers<void>();
    this.#pending.set(request, answer);
    this.#worker.ref();
    this.#tell({ kind, fd, request });
    return answer.promise;
  }

  #tell(message: ToReceiver): void {
    this.#worker.postMessage(message);
    writeSync(this.#wakeUp, new BigUint64Array([1n]));
  }

  #hear(message: FromReceiver): void {
    if (message.kind === 'frames') {
      this.#listeners.get(message.fd)?.(message.frames);
      return;
    }
    this.#pending.get(message.request)?.resolve();
    this.#pending.delete(message.request);
    if (this.#pending.size === 0) this.#worker.unref();
  }
}

/** Starting a thread takes a tenth of a second, so that it stays until the process ends. */
let shared: Receiver | undefined;

/** A socket whose frames go to a listener. */
export interface Reception {
  /** After this the listener has seen all that the socket got before. */
  drain(): Promise<void>;
  /** Like `drain`, and the last of it: the socket may be closed then. */
  end(): Promise<void>;
}

/** Hands the frames of a socket to `listener` as they come, in batches. */
export function receiveFrames(fd: number, listener: Listener): Reception {
  shared ??= new Receiver();
  const receiver = shared;
  receiver.add(fd, listener);
  return { drain: () => receiver.drain(fd), end: () => receiver.remove(fd) };
}
