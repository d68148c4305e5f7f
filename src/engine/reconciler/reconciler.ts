/** The loop by which a database follows the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Allowance, TokenBucket as Pacer } from '../../base/index.ts';
import {
  type Lock,
  LockNotHeldError,
  RetryableError,
  type Row,
  type RowChange,
  ServerDiskError,
} from '../../ovsdb/index.ts';
import { journalEnd, readJournal, StoreFullError } from '../../store/index.ts';
import { Applier, type Counters } from './applier.ts';
import { Audit } from './audit.ts';
import { Contention } from './contention.ts';
import { Cursor, type JournalPosition } from './cursor.ts';
import { driftedUnits } from './drift.ts';
import type { Failure } from './failure.ts';
import { JournalWatch } from './journal-watch.ts';
import { type CompleteOptions, completed, type ReconcilerOptions } from './options.ts';
import type { UnitName } from './plan.ts';
import type { ReplicaView } from './replica-view.ts';
import { Retries } from './retries.ts';
import { Signal } from './signal.ts';
import type { ReconcilerStatus } from './status.ts';
import { Succession } from './succession.ts';

/** The OVSDB lock that the acting reconciler holds. */
export const RECONCILER_LOCK = 'sextant_reconciler';

/**
 * A person's sequence of commands goes through at once, a stream of them in 50 transactions a second: OVN works through
 * every transaction by itself, so a steady stream of small ones would keep it busy for nothing. What waits for its turn
 * is joined by what comes meanwhile.
 */
const PACE = { burst: 5, everyMs: 20 };
const TRIM_EVERY_MS = 1_000;
/** How long to wait after an error before everything is looked at again: one that passes, and one that may not. */
const SHORT_PAUSE_MS = 20;
const LONG_PAUSE_MS = 1_000;
/** Lines of log a second about the same trouble. */
const LINES = 1 / 60;

/**
 * Keeps a database equal to what the store's units plan. Of all the reconcilers of a database, the holder of an
 * OVSDB lock acts; the others stand by, and one of them takes the lock when its holder says nothing more.
 */
export class Reconciler {
  readonly counters: Counters = { units: 0, transactions: 0, operations: 0, repairs: 0 };
  readonly #options: CompleteOptions;
  readonly #view: ReplicaView;
  readonly #cursor: Cursor;
  readonly #applier: Applier;
  readonly #lock: Lock;
  readonly #retries: Retries;
  readonly #journal: JournalWatch;
  readonly #pacer = new Pacer(PACE.burst, PACE.everyMs, performance.now());
  readonly #signal = new Signal();
  readonly #stop = new AbortController();
  readonly #succession: Succession | undefined;
  readonly #unsubscribe: (() => void)[];
  readonly #running: Promise<void>;
  /** Units that somebody else touched. */
  readonly #drifted = new Set<UnitName>();
  readonly #contention = new Contention();
  readonly #waiting = new Set<() => void>();
  /** What is said of a trouble that lasts. */
  readonly #lines = new Allowance<string>(1, LINES);
  /** Whether an error that may not pass was the last that happened. */
  #isTroubled = false;
  #acting = false;
  #applying = false;
  #audit: Audit | undefined;
  #nextAuditAt = 0;
  #trimmedAt = 0;

  private constructor(options: ReconcilerOptions, lock: Lock) {
    this.#options = completed(options);
    const { client, view, cursorRow, store, failureLog, onFollowed } = this.#options;
    this.#lock = lock;
    this.#retries = new Retries(failureLog);
    this.#view = view;
    this.#cursor = new Cursor(client, cursorRow);
    this.#journal = new JournalWatch(store, this.#cursor, (ms) => this.#acting && onFollowed?.(ms));
    this.#applier = new Applier({
      ...this.#options,
      cursor: this.#cursor,
      lock: lock.name,
      retries: this.#retries,
      counters: this.counters,
    });
    const { peers } = store;
    const databaseId = () => this.#cursor.databaseId;
    this.#succession = peers && new Succession({ ...this.#options, peers, lock, databaseId });
    const wake = () => this.#signal.notify();
    this.#unsubscribe = [
      store.onChange(wake),
      lock.onChange(wake),
      client.onConnection(wake),
      client.onChange((changes) => this.#notice(changes)),
    ];
    this.#running = this.#run();
  }

  /** Starts to reconcile; asks for the lock first, and stands by while another reconciler has it. */
  static async start(options: ReconcilerOptions): Promise<Reconciler> {
    return new Reconciler(options, await options.client.lock(RECONCILER_LOCK));
  }

  /** Whether this is the reconciler that acts. */
  get isActing(): boolean {
    return this.#acting;
  }

  /** Units that the database does not take, or that refer to something that is not there. */
  get failures(): Failure[] {
    return this.#retries.failures;
  }

  /** How it is doing; whether it acts or not, it knows how far the database follows the store. */
  async status(): Promise<ReconcilerStatus> {
    const { client, failureLog } = this.#options;
    const role = !client.isConnected ? 'disconnected' : this.#acting ? 'acting' : 'standing by';
    const journalEnd = await this.#journal.end();
    const position = this.#journal.followed;
    const failures = this.#acting ? this.failures : await failureLog?.read().catch(() => undefined);
    return {
      role,
      position,
      journalEnd,
      waiting: journalEnd === undefined ? undefined : Math.max(0, journalEnd - (position ?? 0)),
      oldestWaitingMs: this.#journal.oldestWaitingMs,
      failures,
      counters: { ...this.counters },
    };
  }

  /**
   * Resolves when everything committed to the store before the call has been applied, by whichever reconciler
   * acts. Units that failed count as handled.
   *
   * @throws Error when this reconciler is stopped first
   */
  async settled(): Promise<void> {
    const { store } = this.#options;
    const end = await journalEnd(store.read, store.dialect);
    const reached = () => {
      // The replica has a transaction before its reply is in.
      if (this.#applying) return false;
      return (this.#journal.followed ?? -1) >= end;
    };
    await this.#until(reached);
  }

  /**
   * Compares everything with the store, at low priority; resolves when that is through. Only the reconciler that
   * acts gets there.
   *
   * @throws Error when this reconciler is stopped first
   */
  async audit(): Promise<void> {
    const audit = this.#audit ?? new Audit(() => this.#everything());
    this.#audit = audit;
    this.#signal.notify();
    await this.#until(() => audit.isDone);
  }

  /** Stops after the transaction under way, and gives the lock back. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#succession?.stop();
    for (const end of this.#unsubscribe) end();
    this.#journal.stop();
    this.#signal.notify();
    this.#tell();
    await this.#running;
    if (this.#options.client.isConnected) await this.#lock.stop();
  }

  async #run(): Promise<void> {
    const { client, pollMs, log } = this.#options;
    while (!this.#stopped) {
      try {
        if (client.isConnected && this.#lock.held) await this.#act();
        else {
          await this.#journal.look(pollMs);
          await this.#signal.wait(pollMs);
        }
      } catch (error) {
        if (this.#stopped) break;
        const reason = error instanceof Error ? error.message : String(error);
        this.#isTroubled = !isPassing(error);
        if (!this.#isTroubled) log.debug({ reason }, 'reconciling again');
        else if (this.#lines.take(reason)) log.error({ reason }, 'reconciling again');
        await this.#pause(this.#isTroubled ? LONG_PAUSE_MS : SHORT_PAUSE_MS);
      } finally {
        this.#acting = false;
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#stop;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }

  /** Works while it holds the lock. */
  async #act(): Promise<void> {
    const { log, pollMs } = this.#options;
    this.#acting = true;
    await this.#takeOverFailures();
    await this.#begin();
    log[this.#isTroubled ? 'debug' : 'info']({ position: this.#cursor.read() }, 'this reconciler acts');
    while (!this.#stopped && this.#lock.held) {
      const isBusy = (await this.#work()) || (await this.#auditStep());
      // Under steady load, too: the journal would grow for as long as that lasts.
      await this.#trim();
      this.#isTroubled = false;
      if (isBusy) continue;
      await this.#signal.wait(Math.min(pollMs, this.#retries.untilDue(performance.now())));
    }
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Goes on where the last reconciler stopped; from scratch when the database did not follow this journal. */
  async #begin(): Promise<void> {
    const { store, log, prepare } = this.#options;
    await this.#cursor.prepare();
    await prepare?.((units) => this.#apply(units));
    const position = this.#cursor.read();
    const end = await journalEnd(store.read, store.dialect);
    if (position?.store === store.id && position.cursor <= end) {
      // While another reconciler acted, or none did, nobody watched for drift.
      this.#nextAuditAt = 0;
      return;
    }
    log.info({ position, store: store.id, end }, 'bringing the whole database up to date');
    for await (const units of this.#everything()) await this.#apply(units);
    await this.#apply([], { store: store.id, cursor: end });
    this.#nextAuditAt = performance.now() + this.#options.auditEveryMs;
  }

  /** What the last reconciler could not apply may have healed. */
  async #takeOverFailures(): Promise<void> {
    const { failureLog } = this.#options;
    if (failureLog) this.#retries.takeOver(await failureLog.read(), performance.now());
  }

  /** Whoever had the lead before may have kept a failure late, when nobody was to say any more that it is over. */
  async #disownFailures(): Promise<void> {
    const { failureLog } = this.#options;
    for (const { unit } of (await failureLog?.read()) ?? []) {
      if (!this.#retries.has(unit)) failureLog?.recovered(unit);
    }
  }

  /** Applies what the journal, drift and failed units ask for; false when there is nothing. */
  async #work(): Promise<boolean> {
    const { store, planner, batchSize } = this.#options;
    // What comes while this waits for its turn goes along.
    const delay = this.#pacer.delay(performance.now());
    if (delay > 0) await this.#pause(delay);
    const { followed } = this.#journal;
    // Gone from under us: the lead starts anew.
    if (followed === undefined) throw new RetryableError('the cursor is gone');
    const entries = await readJournal(store.read, followed, batchSize);
    const drifted = [...this.#drifted].slice(0, batchSize);
    const retried = this.#retries.due(performance.now());
    const last = entries.at(-1);
    this.#journal.saw(last?.seq ?? followed);
    if (last === undefined && drifted.length === 0 && retried.length === 0) return false;
    const concerned = entries.length === 0 ? [] : await planner.concerned(entries);
    const units = [...new Set([...concerned, ...drifted, ...retried])];
    if (units.length === 0 && last) {
      this.#journal.pass(last.seq);
      this.#tell();
      return true;
    }
    const causes = [...new Set(entries.flatMap(({ cause }) => cause ?? []))];
    for (const unit of drifted) this.#drifted.delete(unit);
    this.#pacer.spend(performance.now());
    try {
      // Few changes may concern many units. Only with the last of them the journal has been followed so far.
      while (units.length > batchSize) await this.#apply(units.splice(0, batchSize), undefined, causes);
      await this.#apply(units, last && { store: store.id, cursor: last.seq }, causes);
    } catch (error) {
      for (const unit of drifted) this.#drifted.add(unit);
      throw error;
    }
    this.counters.repairs += drifted.length;
    return true;
  }

  async #apply(
    units: readonly UnitName[],
    position?: JournalPosition,
    causes?: readonly string[],
  ): Promise<void> {
    // A look at everything ends with the portion under way.
    this.#stop.signal.throwIfAborted();
    this.#applying = true;
    try {
      for (const unit of await this.#applier.apply(units, position, causes)) this.#drifted.add(unit);
      if (position) this.#journal.note();
    } finally {
      this.#applying = false;
      this.#tell();
    }
  }

  /** Everything that the store or the database has, in portions. */
  async *#everything(): AsyncGenerator<readonly UnitName[]> {
    const { planner, batchSize } = this.#options;
    const seen = new Set<UnitName>();
    for await (const units of planner.units()) {
      for (const unit of units) seen.add(unit);
      yield units;
    }
    const others = [...this.#view.units()].filter((unit) => !seen.has(unit));
    for (let start = 0; start < others.length; start += batchSize)
      yield others.slice(start, start + batchSize);
  }

  /** Does a portion of the audit, if there is one; rests as long as that took, so that it is never in the way. */
  async #auditStep(): Promise<boolean> {
    const startedAt = performance.now();
    if (this.#audit === undefined) {
      if (startedAt < this.#nextAuditAt) return false;
      this.#audit = new Audit(() => this.#everything());
    }
    const units = await this.#audit.next();
    if (units === undefined) {
      await this.#disownFailures();
      this.#audit = undefined;
      this.#nextAuditAt = performance.now() + this.#options.auditEveryMs;
      this.#tell();
      return true;
    }
    try {
      await this.#apply(units);
    } catch (error) {
      for (const unit of units) this.#drifted.add(unit);
      throw error;
    }
    await this.#signal.wait(performance.now() - startedAt);
    return true;
  }

  /** Now and then: forgets the journal entries that are applied, those that concerned nothing too. */
  async #trim(): Promise<void> {
    const { store, writes } = this.#options;
    const { followed: cursor } = this.#journal;
    if (cursor === undefined || performance.now() < this.#trimmedAt + TRIM_EVERY_MS) return;
    this.#trimmedAt = performance.now();
    if (this.#cursor.read()?.cursor !== cursor) await this.#apply([], { store: store.id, cursor });
    const [entry] = await readJournal(store.read, 0, 1);
    if (entry === undefined || entry.seq > cursor) return;
    try {
      await writes.trimJournal(cursor);
    } catch (error) {
      // OVN can be written all the same.
      if (!(error instanceof StoreFullError)) throw error;
    }
  }

  #notice(changes: readonly RowChange<Row>[]): void {
    if (this.#acting) {
      const now = performance.now();
      for (const unit of driftedUnits(changes, this.#view, this.#applier.expected)) this.#repair(unit, now);
    }
    this.#tell();
  }

  #repair(unit: UnitName, now: number): void {
    const { repairs, isTooOften } = this.#contention.repair(unit, now);
    if (isTooOften) this.#retries.failed(unit, new Error('somebody else keeps changing its rows'), now);
    else this.#drifted.add(unit);
    this.#options.log.warn({ unit, repairs }, 'somebody else changed rows of this unit');
    this.#signal.notify();
  }

  async #until(condition: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      if (condition()) resolve();
      else if (this.#stopped) reject(new Error('the reconciler was stopped'));
    };
    this.#waiting.add(check);
    check();
    try {
      await promise;
    } finally {
      this.#waiting.delete(check);
    }
  }

  #tell(): void {
    for (const check of this.#waiting) check();
  }
}

/** Whether the same goes through in a moment. */
const isPassing = (error: unknown): boolean =>
  error instanceof LockNotHeldError ||
  (error instanceof RetryableError && !(error instanceof ServerDiskError));
