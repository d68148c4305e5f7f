/** The engine's hold on OVN in a thread of its own, as the API's thread sees it. */
import { Worker } from 'node:worker_threads';
import { type Logger, symbols } from 'pino';
import { patiently } from '../api/index.ts';
import { type ReconcilerStatus, type StoreWrites, storeWrites } from '../engine/index.ts';
import type { MetricFamily, Registry } from '../metrics/index.ts';
import type { Store } from '../resources/index.ts';
import { StoreFullError } from '../store/index.ts';
import type {
  EngineAnswers,
  EngineQuestion,
  EngineThreadData,
  FromEngine,
  StoreWrite,
  ToEngine,
} from './engine-messages.ts';
import { PendingAnswers } from './pending-answers.ts';

const PROGRAM = new URL('./engine-worker.ts', import.meta.url);

/** What it may take to stop in order. What it has not written by then is found by the next one. */
const GRACE_MS = 1_500;

export interface EngineThreadOptions extends Omit<EngineThreadData, 'logLevel'> {
  /** The store of this thread: the engine is told of its commits, and has it written. */
  readonly store: Pick<Store, 'onChange' | 'peers' | 'transaction'>;
  readonly metrics: Registry;
  readonly log: Logger;
  /** Gives up the start. */
  readonly signal?: AbortSignal | undefined;
}

/** Follows the store in a thread of its own. An error in it that nobody expects ends the process, as one here would. */
export class EngineThread {
  readonly #worker: Worker;
  readonly #answers = new PendingAnswers();
  readonly #writes: StoreWrites;
  readonly #started = Promise.withResolvers<void>();
  readonly #ended: Promise<void>;
  readonly #unsubscribe: (() => void)[];
  #stopping: Promise<void> | undefined;
  #families: readonly MetricFamily[] = [];
  #ovnVersion: string | undefined;

  private constructor({ store, metrics, log, signal: _, ...data }: EngineThreadOptions) {
    const workerData: EngineThreadData = { ...data, logLevel: log.level };
    this.#writes = storeWrites(store);
    this.#worker = new Worker(PROGRAM, { workerData, name: 'engine' });
    const output = (log as unknown as Record<symbol, { write(line: string): void }>)[symbols.streamSym]!;
    this.#worker.on('message', (message: FromEngine) => {
      if (message.kind === 'log') output.write(message.line);
      else if (message.kind === 'answer') this.#answers.take(message.id, message.answer, message.error);
      else if (message.kind === 'started') this.#begin(message);
      else {
        const { id, write } = message;
        this.#write(write).then(
          () => this.#send({ kind: 'written', id, error: undefined, isFull: false }),
          (error: Error) =>
            this.#send({ kind: 'written', id, error, isFull: error instanceof StoreFullError }),
        );
      }
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        const reason = new Error('the engine has stopped');
        this.#answers.end(reason);
        this.#started.reject(reason);
        resolve();
      });
    });
    this.#unsubscribe = [
      // Processes that share a store tell each other, and so do their threads.
      store.peers === undefined ? store.onChange(() => this.#send({ kind: 'committed' })) : () => undefined,
      metrics.beforeRead(async () => {
        // Others may be reading what was answered last. A thread that is busy has no numbers, and nobody waits for it.
        this.#families = await patiently(this.#ask('metrics'), []).catch(() => []);
      }),
      metrics.addSource(() => this.#families),
    ];
  }

  /**
   * Starts it; resolves when it follows the store.
   * @throws OvsdbError, StoreError, as errors of another thread: without their class
   */
  static async start(options: EngineThreadOptions): Promise<EngineThread> {
    const thread = new EngineThread(options);
    const { signal } = options;
    const abort = () => void thread.stop();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await thread.#started.promise;
      return thread;
    } catch (error) {
      await thread.stop();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** OVN's version, such as `26.03.2`, as it was when the status was asked for last; undefined while it is not known. */
  get ovnVersion(): string | undefined {
    return this.#ovnVersion;
  }

  /** How far OVN follows the store, and what could not be brought into it. */
  async status(): Promise<ReconcilerStatus> {
    const { reconciler, ovnVersion } = await this.#ask('status');
    this.#ovnVersion = ovnVersion;
    return reconciler;
  }

  /** Resolves when everything committed to the store before the call is in the northbound database. */
  async settled(): Promise<void> {
    await this.#ask('settled');
  }

  /** Stops it, in order if it does not take long. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    const timer = setTimeout(() => this.#worker.terminate(), GRACE_MS);
    await this.#ask('stop').catch(() => undefined);
    clearTimeout(timer);
    await this.#worker.terminate();
    await this.#ended;
  }

  #ask<Q extends EngineQuestion>(question: Q): Promise<EngineAnswers[Q]> {
    return this.#answers.ask((id) => this.#send({ kind: 'question', id, question }));
  }

  #begin({ ovnVersion, error }: Extract<FromEngine, { kind: 'started' }>): void {
    this.#ovnVersion = ovnVersion;
    if (error === undefined) this.#started.resolve();
    else this.#started.reject(error);
  }

  async #write({ name, values }: StoreWrite): Promise<void> {
    // Which values go with which name is what the type of both says, together.
    await (this.#writes[name] as (...values: readonly unknown[]) => Promise<void>)(...values);
  }

  #send(message: ToEngine): void {
    this.#worker.postMessage(message);
  }
}
