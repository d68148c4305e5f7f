/** From units to transactions: plans, differences, and what to do when the database refuses. */
import type { Logger } from 'pino';
import {
  LockNotHeldError,
  type NamedUuid,
  type OvsdbClient,
  OvsdbError,
  RetryableError,
  type TableKinds,
  type TransactionResult,
} from '../../ovsdb/index.ts';
import type { Cursor, JournalPosition } from './cursor.ts';
import { diff, type Edits, isEmpty, noEdits } from './diff.ts';
import type { Expected } from './drift.ts';
import { MissingRowError } from './failure.ts';
import type { Planned, Planner, UnitName } from './plan.ts';
import type { ReplicaView } from './replica-view.ts';
import { missingUnits, type Plans, withoutDangling } from './resolve.ts';
import type { Retries } from './retries.ts';
import { writeEdits } from './write-edits.ts';

/** What a reconciler has done since it started. */
export interface Counters {
  /** Units whose plan was made and compared. */
  units: number;
  /** Transactions that the database accepted. */
  transactions: number;
  /** Operations in them. */
  operations: number;
  /** Units put right because somebody else had changed their rows. */
  repairs: number;
}

export interface ApplierOptions {
  readonly client: OvsdbClient<TableKinds>;
  readonly view: ReplicaView;
  readonly planner: Planner;
  readonly cursor: Cursor;
  /** The lock that every transaction asserts. */
  readonly lock: string;
  readonly retries: Retries;
  readonly counters: Counters;
  readonly log: Logger;
}

/** What goes for all parts of one application. */
interface Application {
  /** The units that it leaves out, and why. */
  readonly failed: Map<UnitName, Error>;
  /** Ids of the requests that it is made for. */
  readonly causes: readonly string[];
}

/** Makes the database have what the plans of some units say. */
export class Applier {
  readonly #options: ApplierOptions;
  /** Empty while no transaction is under way. */
  #expected: Expected = noEdits;

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /** What the transaction under way does that no digest tells. */
  get expected(): Expected {
    return this.#expected;
  }

  /**
   * Applies the units in one transaction, together with the position in the journal. When the database refuses
   * it, for whatever reason, halves are tried, so that what is wrong with one unit does not keep the others back;
   * such units are noted in `retries`.
   *
   * @param causes ids of the requests that asked for what is new; the server's transaction log and ours name them
   * @returns units that must be looked at again, because a row of theirs did not last
   * @throws RetryableError, LockNotHeldError: then nothing was done, or it is not known what; errors of the store;
   *   other OvsdbErrors when the database takes nothing at all
   */
  async apply(
    units: readonly UnitName[],
    position?: JournalPosition,
    causes: readonly string[] = [],
  ): Promise<UnitName[]> {
    const application: Application = { failed: new Map(), causes };
    const lost = await this.#applyOrDivide(units, position, application, true);
    for (const [unit, error] of application.failed) this.#note(unit, error);
    return lost;
  }

  /** @param all whether these are all the units of an application, not a part that is tried by itself */
  async #applyOrDivide(
    units: readonly UnitName[],
    position: JournalPosition | undefined,
    application: Application,
    all: boolean,
  ): Promise<UnitName[]> {
    try {
      return await this.#commit(units, position, application);
    } catch (error) {
      if (!isRefusal(error) || units.length === 0) throw error;
      // A database that takes nothing at all has nothing against these units.
      if (all) await this.#send(noEdits, undefined);
      if (units.length === 1) {
        application.failed.set(units[0]!, error);
        return position === undefined ? [] : this.#commit([], position, application);
      }
      const half = Math.ceil(units.length / 2);
      const first = await this.#applyOrDivide(units.slice(0, half), undefined, application, false);
      return [...first, ...(await this.#applyOrDivide(units.slice(half), position, application, false))];
    }
  }

  async #commit(
    units: readonly UnitName[],
    position: JournalPosition | undefined,
    { failed, causes }: Application,
  ): Promise<UnitName[]> {
    const { view, counters, retries } = this.#options;
    let { sound, dangling } = withoutDangling(await this.#plan(units, failed), view);
    if (dangling.size > 0) {
      // Units are read one kind after another: what they refer to may have been deleted in between, and so may they.
      const again = await this.#plan([...dangling.keys()], failed);
      ({ sound, dangling } = withoutDangling(new Map([...sound, ...again]), view));
    }
    for (const [unit, ref] of dangling) failed.set(unit, new MissingRowError(ref));
    // From here to the sending nothing may wait: the edits are true of the replica as it is now.
    const edits = diff(sound, view);
    counters.units += sound.size;
    const isNeeded = !isEmpty(edits) || position !== undefined;
    const lost = isNeeded ? await this.#send(edits, position, [...sound.keys()], causes) : [];
    for (const unit of sound.keys()) retries.succeeded(unit);
    return lost;
  }

  /** @returns the units of rows that did not last */
  async #send(
    edits: Edits,
    position: JournalPosition | undefined,
    units: readonly UnitName[] = [],
    causes: readonly string[] = [],
  ): Promise<UnitName[]> {
    const { client, view, cursor, lock, counters, log } = this.#options;
    const transaction = client.transaction();
    transaction.assertLock(lock);
    const inserted = writeEdits(transaction, edits, view);
    cursor.write(transaction, position);
    if (causes.length > 0) transaction.comment(`Sextant: ${someOf(causes)}`);
    const result = await this.#expecting(edits, () => client.transact(transaction));
    counters.transactions++;
    const operations = transaction.operations.length;
    counters.operations += operations;
    log.debug({ units: someOf(units), causes: someOf(causes), operations }, 'a transaction went through');
    return lostRows(edits, inserted, result, view);
  }

  /** Plans the units, and those that they turn out to need. */
  async #plan(units: readonly UnitName[], failed: Application['failed']): Promise<Plans> {
    const { planner, view } = this.#options;
    const plans = new Map<UnitName, readonly Planned[]>();
    const asked = new Set<UnitName>(failed.keys());
    for (let next = units.filter((unit) => !asked.has(unit)); next.length > 0; ) {
      for (const unit of next) asked.add(unit);
      for (const [unit, plan] of await planner.plan(next)) {
        if (plan instanceof Error) failed.set(unit, plan);
        else plans.set(unit, plan);
      }
      next = [...missingUnits(plans, view)].filter((unit) => !asked.has(unit));
    }
    return plans;
  }

  async #expecting(edits: Edits, send: () => Promise<TransactionResult>): Promise<TransactionResult> {
    this.#expected = edits;
    try {
      return await send();
    } finally {
      this.#expected = noEdits;
    }
  }

  #note(unit: UnitName, error: Error): void {
    const { retries, log } = this.#options;
    const { attempts, reason } = retries.failed(unit, error, performance.now());
    log.error({ unit, reason, attempts }, 'this unit cannot be applied; it will be tried again');
  }
}

/** Names that are given at most: a line is to be read. */
const MOST_NAMES = 20;

/** The first of some names, and how many more there are. */
function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Whether the database did not take a transaction because of what is in it. */
const isRefusal = (error: unknown): error is OvsdbError =>
  error instanceof OvsdbError && !(error instanceof RetryableError || error instanceof LockNotHeldError);

/**
 * The units of rows that were inserted and are not there: what should hold them was deleted at the same moment,
 * and the server collected them at once.
 */
function lostRows(
  { insertions }: Edits,
  inserted: Iterable<NamedUuid>,
  result: TransactionResult,
  view: ReplicaView,
): UnitName[] {
  const names = [...inserted];
  const lost = names.filter((name) => view.table(name.table).get(result.uuid(name)) === undefined);
  return lost.length === 0 ? [] : insertions.map(({ ref }) => ref.unit);
}
