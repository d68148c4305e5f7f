/** The main thread's side of the thread that receives: one for all sockets of the process. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CapturedFrame } from './captured-frame.ts';
import { createEvent } from './system-calls.ts';

/** What the main thread asks. */
export type ToReceiver =
  | { readonly kind: 'add'; readonly fd: number; readonly window: number }
  | { readonly kind: 'credit'; readonly fd: number; readonly frames: number }
  | { readonly kind: 'remove' | 'drain'; readonly fd: number; readonly request: number }
  | { readonly kind: 'stop' };

/** What the receiving thread tells. */
export type FromReceiver =
  | { readonly kind: 'frames'; readonly fd: number; readonly frames: readonly CapturedFrame[] }
  | { readonly kind: 'done'; readonly request: number };

type Listener = (frames: readonly CapturedFrame[]) => void;
type Request = Extract<ToReceiver, { readonly request: number }>;

/** How a thread that died is followed by another. */
const RESTART = {
  /** Until the next one starts. */
  pauseMs: 200,
  /** One that dies so often within this time cannot be helped. */
  most: 10,
  withinMs: 60_000,
} as const;

const PROGRAM = new URL('./receiver-worker.ts', import.meta.url);

/** The thread, and whoever wants frames of it. When it dies, another takes its place. */
export class Receiver {
  readonly #program: URL;
  readonly #wakeUp = createEvent();
  #worker: Worker;
  readonly #deaths: number[] = [];
  readonly #listeners = new Map<number, { readonly hear: Listener; readonly window: number }>();
  readonly #pending = new Map<number, { readonly message: Request; resolve(): void }>();
  #requests = 0;

  constructor(program = PROGRAM) {
    this.#program = program;
    this.#worker = this.#start();
    process.once('exit', () => this.#tell({ kind: 'stop' }));
  }

  /** @param window frames that are handed over and not yet heard, at most */
  add(fd: number, hear: Listener, window: number): void {
    this.#listeners.set(fd, { hear, window });
    this.#tell({ kind: 'add', fd, window });
  }

  /** After this the listener has heard all that the socket got before, as far as its window has room. */
  drain(fd: number): Promise<void> {
    return this.#ask('drain', fd);
  }

  /** Like `drain`; then the socket may be closed. */
  async remove(fd: number): Promise<void> {
    await this.#ask('remove', fd);
    this.#listeners.delete(fd);
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { workerData: { wakeUp: this.#wakeUp } });
    worker.on('message', (message: FromReceiver) => this.#hear(message));
    let reason: unknown = 'it ended by itself';
    worker.on('error', (error) => {
      reason = error;
    });
    worker.once('exit', () => this.#died(reason));
    // It keeps the process alive only while somebody awaits an answer. (Listening is what refers to it.)
    if (this.#pending.size === 0) worker.unref();
    return worker;
  }

  /** Nobody would hear anything any more, and nothing would show it. */
  #died(reason: unknown): void {
    const detail = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
    process.emitWarning('the thread that receives frames died', { type: 'ReceiverWarning', detail });
    const now = performance.now();
    this.#deaths.push(now);
    const [first = now] = this.#deaths.slice(-RESTART.most);
    // What runs this process starts it again.
    if (this.#deaths.length >= RESTART.most && now - first < RESTART.withinMs) process.exit(1);
    setTimeout(() => {
      this.#worker = this.#start();
      for (const [fd, { window }] of this.#listeners) this.#tell({ kind: 'add', fd, window });
      for (const { message } of this.#pending.values()) this.#tell(message);
    }, RESTART.pauseMs);
  }

  #ask(kind: Request['kind'], fd: number): Promise<void> {
    const message: Request = { kind, fd, request: ++this.#requests };
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pending.set(message.request, { message, resolve });
    this.#worker.ref();
    this.#tell(message);
    return promise;
  }

  #tell(message: ToReceiver): void {
    this.#worker.postMessage(message);
    writeSync(this.#wakeUp, new BigUint64Array([1n]));
  }

  #hear(message: FromReceiver): void {
    if (message.kind === 'frames') {
      this.#handOver(message.fd, message.frames);
      return;
    }
    this.#pending.get(message.request)?.resolve();
    this.#pending.delete(message.request);
    if (this.#pending.size === 0) this.#worker.unref();
  }

  #handOver(fd: number, frames: readonly CapturedFrame[]): void {
    const listener = this.#listeners.get(fd);
    if (listener === undefined) return;
    try {
      listener.hear(frames);
    } finally {
      if (Number.isFinite(listener.window)) this.#tell({ kind: 'credit', fd, frames: frames.length });
    }
  }
}

/** Starting a thread takes a tenth of a second, so that it stays until the process ends. */
let shared: Receiver | undefined;

/** A socket whose frames go to a listener. */
export interface Reception {
  /** After this the listener has seen all that the socket got before, as far as its window has room. */
  drain(): Promise<void>;
  /** Like `drain`, and the last of it: the socket may be closed then. */
  end(): Promise<void>;
}

/**
 * Hands the frames of a socket to `listener` as they come, in batches; sockets take turns.
 * @param window frames that are on their way to the listener at most: while it does not keep up, others stay in the
 *   socket, which drops what it has no room for; no limit when left out
 */
export function receiveFrames(fd: number, listener: Listener, window = Number.POSITIVE_INFINITY): Reception {
  shared ??= new Receiver();
  const receiver = shared;
  receiver.add(fd, listener, window);
  return { drain: () => receiver.drain(fd), end: () => receiver.remove(fd) };
}
