/**
 * One writer at a time, whose waiting operations share a commit: one disk sync serves them all. So every operation sees
 * all that those before it did, and what it checks holds until it is done.
 */
import type { Kysely } from 'kysely';
import { type Change, ChangeRecord, writeJournal } from './journal.ts';
import type { DialectName, StoreTables } from './tables.ts';

/** What an operation works on: its transaction, and the journal that it writes. `T`: the tables that there are. */
export interface StoreTx<T> {
  readonly db: Kysely<T>;
  readonly dialect: DialectName;
  /** Notes what changed; written to the journal when the operation ends. */
  record(change: Change): void;
}

export interface TransactionOptions {
  /** Why, for those who follow the journal: the id of a request. */
  readonly cause?: string | undefined;
}

/** The transaction of a group of operations, as a database has it. */
export interface GroupTransaction<T> {
  readonly db: Kysely<T>;
  /** Before each operation: from here on it can be undone. */
  begin(): Promise<void>;
  /** Undoes the operation that has begun, and no other. */
  undo(): Promise<void>;
}

export interface GroupCommitOptions<T> {
  readonly dialect: DialectName;
  /**
   * Runs `work` in a transaction, which no other writer's overlaps; it is on disk when this resolves.
   * @throws RetryError when nothing was kept, and the same may go through now
   */
  transact(work: (group: GroupTransaction<T>) => Promise<{ changed: boolean }>): Promise<void>;
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
        try {
          const result = await operation({ db: group.db, dialect, record: changes.add });
          if (!changes.isEmpty) journal.push({ changes, cause });
          return () => resolve(result);
        } catch (error) {
          await group.undo();
          return () => reject(error);
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
        await writeJournal(transaction.db, journal);
        return { changed };
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
