/**
 * One writer at a time, whose waiting operations share a commit: one disk sync serves them all. So every operation sees
 * all that those before it did, and what it checks holds until it is done.
 */
import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import { type Change, ChangeRecord, journalInserts } from './journal.ts';
import type { DialectName, StoreTables } from './tables.ts';

/** What an operation works on: its transaction, and the journal that it writes. `T`: the tables that there are. */
export interface StoreTx<T> {
  readonly db: Kysely<T>;
  readonly dialect: DialectName;
  /**
   * Has a statement run whose outcome nobody needs, without waiting for it: after all that was asked before, ahead of
   * all that is asked later. When it fails, so does the operation.
   */
  send(statement: Compilable | CompiledQuery): void;
  /** Resolves when what was sent is done; rejects with the first failure, once. */
  sent(): Promise<void>;
  /** Notes what changed; written to the journal when the operation ends. */
  record(change: Change): void;
}

/**
 * Waits for parts of an operation that ask at the same time. None goes on when this returns, or throws what one threw:
 * what is asked after an operation has failed would be part of the next one.
 */
export async function together<R>(parts: readonly Promise<R>[]): Promise<R[]> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

export interface TransactionOptions {
  /** Why, for those who follow the journal: the id of a request. */
  readonly cause?: string | undefined;
}

/** The transaction of a group of operations, as a database has it. */
export interface GroupTransaction<T> {
  readonly db: Kysely<T>;
  /** Runs a statement after those that were run before, whether these are done or not. */
  readonly send: (statement: CompiledQuery) => Promise<unknown>;
  /** Before each operation: from here on it can be undone. */
  begin(): Promise<void>;
  /** Undoes the operation that has begun, and no other. */
  undo(): Promise<void>;
}

/**
 * What is done in a transaction.
 * @returns what it has sent last, which the commit need not wait for; nothing when no resource was changed
 */
export type GroupWork<T> = (group: GroupTransaction<T>) => Promise<readonly Promise<unknown>[]>;

export interface GroupCommitOptions<T> {
  readonly dialect: DialectName;
  /**
   * Runs `work` in a transaction, which no other writer's overlaps; it is on disk when this resolves.
   * @throws RetryError when nothing was kept, and the same may go through now
   */
  transact(work: GroupWork<T>): Promise<void>;
  /** After each commit that wrote to the journal. */
  onChange(): void;
}

/** Nothing of a transaction was kept, through no fault of its operations. */
export class RetryError extends Error {}

/** How often an operation is begun again when its transaction is lost. */
const MAX_ATTEMPTS = 3;

/** Operations that take long share their commit with no more than they have to: others wait for it, in other processes too. */
const LONGEST_GROUP_MS = 50;

interface Waiting<T> {
  /** @returns how its promise is settled once the transaction has ended */
  run(group: GroupTransaction<T>, journal: JournalPart[]): Promise<() => void>;
  fail(error: unknown): void;
  attempts: number;
}

/** Statements that were sent, and nobody waited for yet. */
class Outbox {
  #waiting: Promise<unknown>[] = [];
  #failure: unknown;
  readonly #run: (statement: CompiledQuery) => Promise<unknown>;

  constructor(run: (statement: CompiledQuery) => Promise<unknown>) {
    this.#run = run;
  }

  readonly send = (statement: Compilable | CompiledQuery): void => {
    const done = this.#run('compile' in statement ? statement.compile() : statement);
    // Whoever waits learns of it.
    done.catch((error) => {
      this.#failure ??= error;
    });
    this.#waiting.push(done);
  };

  readonly sent = async (): Promise<void> => {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.allSettled(waiting);
    const failure = this.#failure;
    // Whoever is told may tell it in better words.
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  };

  /** The first failure of what was sent that nobody was told of. */
  async failure(): Promise<unknown> {
    await Promise.allSettled(this.#waiting);
    return this.#failure;
  }
}

interface JournalPart {
  readonly changes: ChangeRecord;
  readonly cause: string | undefined;
}

/** Runs operations one after the other, those that wait at the same time in one transaction. */
export class GroupCommit<T extends StoreTables> {
  readonly #options: GroupCommitOptions<T>;
  #queue: Waiting<T>[] = [];
  #working: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /** Runs `operation`; when it throws, nothing of it is kept, and the others of its group are. */
  transaction<R>(operation: (tx: StoreTx<T>) => Promise<R>, { cause }: TransactionOptions = {}): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const { dialect } = this.#options;
    this.#queue.push({
      attempts: 0,
      fail: reject,
      async run(group, journal) {
        await group.begin();
        const changes = new ChangeRecord();
        const outbox = new Outbox(group.send);
        try {
          const { db } = group;
          const result = await operation({ db, dialect, record: changes.add, ...outbox });
          await outbox.sent();
          if (!changes.isEmpty) journal.push({ changes, cause });
          return () => resolve(result);
        } catch (error) {
          const failure = await outbox.failure();
          await group.undo();
          // What follows a statement that failed, fails for that reason.
          return () => reject(failure ?? error);
        }
      },
    });
    this.#working ??= this.#work();
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    // Let every request that has arrived by now join this commit.
    await new Promise(setImmediate);
    while (this.#queue.length > 0) await this.#commit();
    // In the same step as the last look at the queue: who comes later starts anew.
    this.#working = undefined;
  }

  async #commit(): Promise<void> {
    const { transact, onChange } = this.#options;
    const group: Waiting<T>[] = [];
    const finish: (() => void)[] = [];
    let changed = false;
    try {
      await transact(async (transaction) => {
        const journal: JournalPart[] = [];
        // Those who came while this waited for its turn go along.
        const endsAt = performance.now() + LONGEST_GROUP_MS;
        for (let left = this.#queue.length; left > 0 && performance.now() < endsAt; left--) {
          const waiting = this.#queue.shift() as Waiting<T>;
          group.push(waiting);
          finish.push(await waiting.run(transaction, journal));
        }
        changed = journal.length > 0;
        return journalInserts(transaction.db, journal).map(transaction.send);
      });
    } catch (error) {
      // Whoever waits would meet the same now.
      if (group.length === 0) group.push(...this.#queue.splice(0));
      const again: Waiting<T>[] = [];
      for (const waiting of group) {
        if (!(error instanceof RetryError)) waiting.fail(error);
        else if (++waiting.attempts < MAX_ATTEMPTS) again.push(waiting);
        else waiting.fail(error.cause);
      }
      this.#queue.unshift(...again);
      return;
    }
    for (const settle of finish) settle();
    if (changed) onChange();
  }
}
