/** From edits to the operations of a transaction. */
import type {
  Atom,
  ColumnKinds,
  Mutations,
  NamedUuid,
  TableKinds,
  Transaction,
  WritableRow,
} from '../../ovsdb/index.ts';
import type { Edits, MemberChange, RowInsertion, RowTarget, RowUpdate, SetEdit } from './diff.ts';
import {
  DIGEST_MARK,
  FACTS_MARK,
  KEY_MARK,
  type ManagedTables,
  type PlannedRow,
  type PlannedValue,
  RowRef,
  UNIT_MARK,
} from './plan.ts';
import type { ReplicaView } from './replica-view.ts';

type Writable = WritableRow<ColumnKinds>[string];

/**
 * Adds the operations for some edits to a transaction: insertions with what the new rows hold, then mutations
 * of the sets that change (never the whole set), then updates and deletions.
 *
 * @returns the names of the rows that are inserted
 */
export function writeEdits(
  transaction: Transaction<TableKinds>,
  edits: Edits,
  view: ReplicaView,
): Iterable<NamedUuid> {
  const writer = new EditWriter(transaction, view);
  const sets = setChanges(edits.sets);
  for (const insertion of inOrder(edits.insertions, view.managed)) {
    writer.insert(insertion, sets.get(String(insertion.ref)) ?? []);
  }
  // The sets of a row that goes go with it: some must not be empty before.
  const gone = new Set<RowTarget>(edits.deletions.map(({ uuid }) => uuid));
  for (const change of [...sets.values()].flat()) if (!gone.has(change.holder)) writer.change(change);
  for (const update of edits.updates) writer.update(update, edits.members.get(update.uuid));
  const updated = new Set(edits.updates.map(({ uuid }) => uuid));
  for (const [uuid, change] of edits.members)
    if (!updated.has(uuid)) transaction.mutate(change.table, uuid, mutationOf(change));
  for (const { table, uuid } of edits.deletions) transaction.delete(table, uuid);
  return writer.inserted.values();
}

/** All that changes in one set of one row. */
interface SetChange {
  readonly table: string;
  readonly column: string;
  readonly holder: RowTarget;
  readonly insert: RowTarget[];
  readonly delete: RowTarget[];
}

/** The changes by the row that holds the set. */
function setChanges(edits: readonly SetEdit[]): Map<string, SetChange[]> {
  const byHolder = new Map<string, SetChange[]>();
  for (const { table, column, holder, action, member } of edits) {
    const changes = byHolder.get(String(holder)) ?? [];
    byHolder.set(String(holder), changes);
    let change = changes.find((one) => one.column === column);
    if (change === undefined) {
      change = { table, column, holder, insert: [], delete: [] };
      changes.push(change);
    }
    change[action].push(member);
  }
  return byHolder;
}

/** Rows that others refer to come first. */
function inOrder(insertions: readonly RowInsertion[], managed: ManagedTables): RowInsertion[] {
  return Object.keys(managed).flatMap((table) => insertions.filter(({ ref }) => ref.table === table));
}

const defined = (marks: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(marks).filter((mark): mark is [string, string] => mark[1] !== undefined));

type SetMutations = Record<string, NonNullable<Mutations<ColumnKinds>[string]>>;

const mutationOf = ({ column, insert, delete: leave }: MemberChange): SetMutations => ({
  [column]: { delete: [...leave], insert: [...insert] },
});

class EditWriter {
  readonly inserted = new Map<string, NamedUuid>();
  readonly #transaction: Transaction<TableKinds>;
  readonly #view: ReplicaView;

  constructor(transaction: Transaction<TableKinds>, view: ReplicaView) {
    this.#transaction = transaction;
    this.#view = view;
  }

  /** @param sets what the new row is to hold */
  insert({ ref, planned, digest }: RowInsertion, sets: readonly SetChange[]): void {
    const row = this.columns(planned, this.#view.columnsOf(ref.table));
    row.external_ids = defined({
      [UNIT_MARK]: ref.unit,
      [KEY_MARK]: ref.key,
      [DIGEST_MARK]: digest,
      [FACTS_MARK]: planned.facts,
    });
    for (const { column, insert } of sets) row[column] = this.#references(insert);
    this.inserted.set(String(ref), this.#transaction.insert(ref.table, row));
  }

  /** Changes a set of a row that is there already; new rows have theirs from the start. */
  change({ table, column, holder, insert, delete: leave }: SetChange): void {
    if (holder instanceof RowRef) return;
    this.#transaction.mutate(table, holder, {
      [column]: { delete: leave.map(String), insert: this.#references(insert) },
    });
  }

  /** @param growth what becomes of the row's set that grows */
  update({ table, uuid, planned, columns, sets, marks }: RowUpdate, growth?: MemberChange): void {
    if (columns.length > 0) this.#transaction.update(table, uuid, this.columns(planned, columns));
    const mutations: SetMutations = {};
    for (const change of growth === undefined ? sets : [...sets, growth])
      Object.assign(mutations, mutationOf(change));
    const names = Object.keys(marks);
    if (names.length > 0) mutations.external_ids = { delete: names, insert: defined(marks) };
    if (Object.keys(mutations).length > 0) this.#transaction.mutate(table, uuid, mutations);
  }

  columns(planned: PlannedRow, columns: readonly string[]): Record<string, Writable> {
    return Object.fromEntries(columns.map((column) => [column, this.#value(planned.columns[column])]));
  }

  #value(value: PlannedValue): Writable {
    if (value instanceof RowRef) return this.#reference(value);
    return Array.isArray(value) ? this.#references(value) : (value as Writable);
  }

  #references(targets: readonly (RowTarget | Atom)[]): (Atom | NamedUuid)[] {
    return targets.map((target) => (target instanceof RowRef ? this.#reference(target) : target));
  }

  #reference(ref: RowRef): string | NamedUuid {
    return this.inserted.get(String(ref)) ?? this.#view.find(ref)!._uuid;
  }
}
