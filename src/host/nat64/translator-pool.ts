/** The main thread's side of the thread that translates: which links it has, and which routers are on them. */
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { createEvent } from '../../linux/index.ts';
import type { Counter, Gauge, Registry } from '../../metrics/index.ts';
import type { RecitedSessions } from './router-tasks.ts';
import { RECORD_OCTETS } from './session-record.ts';
import type { TranslatedRouter } from './translated-router.ts';
import type { Nat64Tally } from './translator.ts';

/** What the thread is told. */
export type ToTranslator =
  | {
      readonly kind: 'follow';
      readonly fd: number;
      readonly mtu: number;
      /** Of the translator, as a number. */
      readonly mac: number;
      readonly routers: readonly TranslatedRouter[];
    }
  /** What somebody else knows of a router's sessions. */
  | {
      readonly kind: 'learn';
      readonly router: string;
      readonly records: Uint8Array;
      /** Whom to tell that it was the last of what there was; undefined when more comes. */
      readonly learner: number | undefined;
    }
  /** A reader wants to know all of them. */
  | { readonly kind: 'recite'; readonly router: string; readonly reader: number }
  /** The router's gateway has come here. */
  | { readonly kind: 'remind'; readonly router: string }
  | { readonly kind: 'close'; readonly fd: number };

type FollowedLink = Extract<ToTranslator, { kind: 'follow' }>;

/** What the thread tells. */
export type FromTranslator =
  | { readonly kind: 'closed'; readonly fd: number }
  /** What became of sessions of a router. */
  | { readonly kind: 'news'; readonly router: string; readonly records: Uint8Array }
  | ({ readonly kind: 'recited' } & RecitedSessions)
  | { readonly kind: 'learned'; readonly learner: number }
  | {
      readonly kind: 'tally';
      readonly tallies: readonly (Nat64Tally & { readonly sessions: number; readonly evicted: number })[];
    };

const OUTCOMES = ['translated', 'dropped', 'exhausted'] as const;

/** What the thread learns at a stretch: packets are not kept waiting for longer. */
const LEARNED_OCTETS = 256 * RECORD_OCTETS;
/** Until a thread that died is followed by another. */
const RESTART_MS = 1_000;
const PROGRAM = new URL('./translator-thread.ts', import.meta.url);

/** Is told records of a router's sessions, the last of them with `isLast`. */
export type SessionReader = (records: Uint8Array, isLast: boolean) => void;

export interface TranslatorPoolOptions {
  readonly log: Logger;
  readonly metrics: Registry;
  /** Is told what becomes of sessions of a router, by the id of its gateway's port. */
  readonly onNews: (router: string, records: Uint8Array) => void;
  /** A thread has begun that knows no sessions, and the links. */
  readonly onStart: () => void;
}

export class TranslatorPool {
  readonly #options: TranslatorPoolOptions;
  readonly #log: Logger;
  readonly #packets: Counter<'outcome'>;
  readonly #evicted: Counter;
  readonly #sessions: Gauge;
  readonly #wakeUp = createEvent();
  /** What the thread is to know, by descriptor. */
  readonly #links = new Map<number, FollowedLink>();
  readonly #closing = new Map<number, () => void>();
  readonly #totals = { evicted: 0, translated: 0, dropped: 0, exhausted: 0 };
  #worker: Worker | undefined;
  #isStopped = false;

  readonly #readers = new Map<number, SessionReader>();
  #lastReader = 0;
  readonly #learners = new Map<number, () => void>();
  #lastLearner = 0;

  constructor(options: TranslatorPoolOptions) {
    const { log, metrics } = options;
    this.#options = options;
    this.#log = log;
    this.#packets = metrics.counter({
      name: 'sextant_nat64_packets_total',
      help: 'Packets at the translator of this host: translated, dropped, or without a port for their session.',
      labels: ['outcome'],
    });
    this.#evicted = metrics.counter({
      name: 'sextant_nat64_evicted_total',
      help: 'Sessions of NAT64 that ended before their time, since their source or all had too many.',
    });
    this.#sessions = metrics.gauge({
      name: 'sextant_nat64_sessions',
      help: 'Sessions of NAT64 on this host.',
    });
  }

  /** Has a socket's frames translated for these routers, from now on. */
  follow(fd: number, link: Pick<FollowedLink, 'mtu' | 'mac' | 'routers'>): void {
    const message = { kind: 'follow', fd, ...link } as const;
    this.#links.set(fd, message);
    if (this.#worker === undefined) this.#start();
    else this.#tell(message);
  }

  /**
   * Has the translator of a router know what somebody else told of its sessions, where that is newer.
   * @param onLearned is told when it does, or nobody will: whoever tells much waits for it with the rest
   */
  learn(router: string, records: Uint8Array, onLearned: () => void = () => {}): void {
    if (this.#worker === undefined || records.length === 0) {
      onLearned();
      return;
    }
    this.#lastLearner++;
    this.#learners.set(this.#lastLearner, onLearned);
    for (let at = 0; at < records.length; at += LEARNED_OCTETS) {
      const end = at + LEARNED_OCTETS;
      const learner = end >= records.length ? this.#lastLearner : undefined;
      // A copy: with a part of a buffer goes the whole of it.
      this.#tell({ kind: 'learn', router, records: new Uint8Array(records.subarray(at, end)), learner });
    }
  }

  /** Has a reader be told of all sessions of a router; it never is when the router is gone. */
  recite(router: string, reader: SessionReader): void {
    this.#lastReader++;
    this.#readers.set(this.#lastReader, reader);
    this.#tell({ kind: 'recite', router, reader: this.#lastReader });
  }

  /** Has others be reminded of connections: a router's gateway has come here. */
  remind(router: string): void {
    this.#tell({ kind: 'remind', router });
  }

  /** After this nobody uses the socket: it may be closed. */
  close(fd: number): Promise<void> {
    if (!this.#links.delete(fd) || this.#worker === undefined) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing.set(fd, resolve);
    this.#tell({ kind: 'close', fd });
    return promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#worker?.terminate();
  }

  #start(): void {
    const worker = new Worker(PROGRAM, { workerData: { wakeUp: this.#wakeUp } });
    this.#worker = worker;
    worker.on('message', (message: FromTranslator) => this.#hear(message));
    worker.on('error', (err) => this.#log.error({ err }, 'the thread that translates for NAT64 died'));
    worker.once('exit', () => this.#died());
    for (const message of this.#links.values()) this.#tell(message);
    this.#options.onStart();
  }

  #died(): void {
    this.#worker = undefined;
    this.#readers.clear();
    for (const onLearned of this.#learners.values()) onLearned();
    this.#learners.clear();
    for (const resolve of this.#closing.values()) resolve();
    this.#closing.clear();
    if (this.#isStopped) return;
    setTimeout(() => {
      if (!this.#isStopped && this.#worker === undefined && this.#links.size > 0) this.#start();
    }, RESTART_MS).unref();
  }

  #tell(message: ToTranslator): void {
    this.#worker?.postMessage(message);
    writeSync(this.#wakeUp, new BigUint64Array([1n]));
  }

  #hear(message: FromTranslator): void {
    if (message.kind === 'closed') {
      this.#closing.get(message.fd)?.();
      this.#closing.delete(message.fd);
      return;
    }
    if (message.kind === 'learned') {
      this.#learners.get(message.learner)?.();
      this.#learners.delete(message.learner);
      return;
    }
    if (message.kind === 'news') {
      this.#options.onNews(message.router, message.records);
      return;
    }
    if (message.kind === 'recited') {
      this.#readers.get(message.reader)?.(message.records, message.isLast);
      if (message.isLast) this.#readers.delete(message.reader);
      return;
    }
    let sessions = 0;
    for (const { evicted, sessions: own, ...tally } of message.tallies) {
      sessions += own;
      this.#totals.evicted += evicted;
      for (const outcome of OUTCOMES) this.#totals[outcome] += tally[outcome];
    }
    this.#evicted.follow(this.#totals.evicted);
    for (const outcome of OUTCOMES) this.#packets.follow(this.#totals[outcome], { outcome });
    this.#sessions.set(sessions);
  }
}
