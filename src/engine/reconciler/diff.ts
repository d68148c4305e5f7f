/** From plans to edits. Does no I/O. */
import type { Atom, Row } from '../../ovsdb/index.ts';
import { actualContents, type Contents, digestOf, plannedContents } from './contents.ts';
import {
  DIGEST_MARK,
  FACTS_MARK,
  isMember,
  KEY_MARK,
  type PlannedMember,
  type PlannedRow,
  type PlannedValue,
  RowRef,
  UNIT_MARK,
  type UnitName,
} from './plan.ts';
import type { ReplicaView } from './replica-view.ts';
import { markOf } from './replica-view.ts';
import type { Plans } from './resolve.ts';

/** A row that is to be inserted, as its reference, or one of the replica, as its UUID. */
export type RowTarget = RowRef | string;

export interface RowInsertion {
  readonly ref: RowRef;
  readonly planned: PlannedRow;
  readonly digest: string;
}

/** What comes into a set of atoms, and what leaves it: however large it is, the change costs what changes. */
export interface MemberChange {
  readonly table: string;
  readonly column: string;
  readonly insert: Set<Atom>;
  readonly delete: Set<Atom>;
}

export interface RowUpdate {
  readonly table: string;
  readonly uuid: string;
  readonly planned: PlannedRow;
  /** Columns to write anew. */
  readonly columns: readonly string[];
  /** Sets of which some members change. */
  readonly sets: readonly MemberChange[];
  /** The marks to write, when they are not as they should be; undefined for one that is to go. */
  readonly marks: Readonly<Record<string, string | undefined>>;
}

export interface RowDeletion {
  readonly table: string;
  readonly uuid: string;
}

/** A member that comes into a set, or leaves it. */
export interface SetEdit {
  readonly table: string;
  readonly column: string;
  readonly holder: RowTarget;
  readonly action: 'insert' | 'delete';
  readonly member: RowTarget;
}

/** What turns the replica into what the plans want. */
export interface Edits {
  readonly insertions: readonly RowInsertion[];
  readonly updates: readonly RowUpdate[];
  /** Rows to delete by themselves. */
  readonly deletions: readonly RowDeletion[];
  readonly sets: readonly SetEdit[];
  /** What becomes of sets that grow, by the UUIDs of their rows. */
  readonly members: ReadonlyMap<string, MemberChange>;
  /** Rows that will be gone: those to delete, and those that leave the set that keeps them. */
  readonly leaving: ReadonlySet<string>;
}

/** They leave everything as it is. */
export const noEdits: Edits = {
  insertions: [],
  updates: [],
  deletions: [],
  sets: [],
  members: new Map(),
  leaving: new Set(),
};

export function isEmpty({ insertions, updates, deletions, sets, members }: Edits): boolean {
  return insertions.length + updates.length + deletions.length + sets.length + members.size === 0;
}

/** Compares what units should have with what the replica has. Looks at rows of these units only. */
export function diff(plans: Plans, view: ReplicaView): Edits {
  const differ = new Differ(view);
  for (const [unit, planned] of plans) {
    const rows: PlannedRow[] = [];
    for (const one of planned) {
      if (isMember(one)) differ.member(one);
      else rows.push(one);
    }
    differ.unit(unit, rows);
  }
  return differ;
}

class Differ implements Edits {
  readonly insertions: RowInsertion[] = [];
  readonly updates: RowUpdate[] = [];
  readonly deletions: RowDeletion[] = [];
  readonly sets: SetEdit[] = [];
  readonly members = new Map<string, MemberChange>();
  readonly leaving = new Set<string>();
  readonly #view: ReplicaView;

  constructor(view: ReplicaView) {
    this.#view = view;
  }

  unit(unit: UnitName, planned: readonly PlannedRow[]): void {
    const present = new Map<string, { table: string; rows: Row[] }>();
    for (const { table, row } of this.#view.rowsOf(unit)) {
      const id = `${table} ${markOf(row, KEY_MARK)}`;
      const same = present.get(id);
      if (same === undefined) present.set(id, { table, rows: [row] });
      else same.rows.push(row);
    }
    for (const row of planned) {
      const found = present.get(`${row.table} ${row.key}`)?.rows.shift() ?? this.#takeOver(row);
      if (found === undefined) this.#insert(unit, row);
      else this.#update(unit, row, found);
    }
    // What the plan does not have, and doubles.
    for (const { table, rows } of present.values()) for (const row of rows) this.#delete(table, row);
  }

  /** A row that is not there yet is inserted with all of its set: its unit is among the plans. */
  member({ holder, member, isIn }: PlannedMember): void {
    const row = this.#view.find(holder);
    const column = this.#view.managed[holder.table]!.grows!;
    if (row === undefined || (row[column] as ReadonlySet<Atom>).has(member) === isIn) return;
    this.#changeOf(holder.table, column, row)[isIn ? 'insert' : 'delete'].add(member);
  }

  #changeOf(table: string, column: string, { _uuid }: Row): MemberChange {
    const change = this.members.get(_uuid) ?? { table, column, insert: new Set(), delete: new Set() };
    this.members.set(_uuid, change);
    return change;
  }

  /** Compares all of a set that grows. */
  #grow({ table, columns }: PlannedRow, row: Row): void {
    const { grows } = this.#view.managed[table]!;
    if (grows === undefined) return;
    const wanted = new Set(columns[grows] as readonly Atom[] | undefined);
    const actual = row[grows] as ReadonlySet<Atom>;
    const inserted = wanted.difference(actual);
    const deleted = actual.difference(wanted);
    if (inserted.size + deleted.size === 0) return;
    const change = this.#changeOf(table, grows, row);
    for (const member of inserted) change.insert.add(member);
    for (const member of deleted) change.delete.add(member);
  }

  #takeOver({ table, columns }: PlannedRow): Row | undefined {
    const { name } = columns;
    return this.#view.managed[table]?.named ? this.#view.findUnmarked(table, String(name)) : undefined;
  }

  #insert(unit: UnitName, planned: PlannedRow): void {
    const ref = new RowRef(planned.table, unit, planned.key);
    this.insertions.push({ ref, planned, digest: digestOf(plannedContents(this.#view, unit, planned)) });
    const { parent, memberOf } = this.#view.managed[planned.table]!;
    if (parent && planned.parent) this.#edit(parent, this.#target(planned.parent), 'insert', ref);
    for (const group of planned.memberOf ?? []) this.#edit(memberOf!, this.#target(group), 'insert', ref);
  }

  #update(unit: UnitName, planned: PlannedRow, row: Row): void {
    const { table } = planned;
    const wanted = plannedContents(this.#view, unit, planned);
    const actual = actualContents(this.#view, table, row);
    const different = [...wanted.columns.keys()].filter(
      (column) => wanted.columns.get(column) !== actual.columns.get(column),
    );
    const sets = different.flatMap((column) => memberChange(column, planned, row) ?? []);
    const columns = different.filter((column) => !sets.some((change) => change.column === column));
    const marks = wrongMarks(row, {
      [UNIT_MARK]: unit,
      [KEY_MARK]: planned.key,
      [DIGEST_MARK]: digestOf(wanted),
      [FACTS_MARK]: planned.facts,
    });
    if (different.length + Object.keys(marks).length > 0) {
      this.updates.push({ table, uuid: row._uuid, planned, columns, sets, marks });
    }
    this.#grow(planned, row);
    if (wanted.parent !== actual.parent) this.#move(planned, row);
    if (wanted.memberOf.join() !== actual.memberOf.join()) this.#regroup(planned, row, actual);
  }

  /** Puts a row into the strong set that should hold it. */
  #move({ table, parent }: PlannedRow, row: Row): void {
    const set = this.#view.managed[table]!.parent!;
    for (const holder of this.#view.holders(set, row._uuid))
      this.#edit(set, holder._uuid, 'delete', row._uuid);
    if (parent) this.#edit(set, this.#target(parent), 'insert', row._uuid);
  }

  #regroup({ table, memberOf = [] }: PlannedRow, row: Row, actual: Contents): void {
    const set = this.#view.managed[table]!.memberOf!;
    const names = (ref: RowRef) => `${ref.unit} ${ref.key}`;
    const wanted = new Set(memberOf.map(names));
    const present = new Set(actual.memberOf);
    for (const holder of this.#view.holders(set, row._uuid)) {
      const ref = this.#view.refOf(set.table, holder);
      if (ref !== undefined && !wanted.has(names(ref))) this.#edit(set, holder._uuid, 'delete', row._uuid);
    }
    for (const group of memberOf) {
      if (!present.has(names(group))) this.#edit(set, this.#target(group), 'insert', row._uuid);
    }
  }

  #delete(table: string, row: Row): void {
    this.leaving.add(row._uuid);
    const { parent, memberOf, holds = [] } = this.#view.managed[table]!;
    // The server takes deleted rows out of weak sets, but ovsdb-server 3.1 forgets it when such a set changes in
    // the same transaction.
    for (const holder of memberOf === undefined ? [] : this.#view.holders(memberOf, row._uuid)) {
      if (this.#view.refOf(memberOf!.table, holder)) this.#edit(memberOf!, holder._uuid, 'delete', row._uuid);
    }
    const holders = parent === undefined ? [] : [...this.#view.holders(parent, row._uuid)];
    // The server collects a row that no strong set holds, and refuses to delete one that a strong set holds.
    // What such a row holds it counts before it collects it: that could not go at the same time.
    const isHolding = holds.some((column) => row[column] !== undefined);
    if (holders.length === 0 || isHolding) this.deletions.push({ table, uuid: row._uuid });
    for (const holder of holders) this.#edit(parent!, holder._uuid, 'delete', row._uuid);
  }

  #edit(
    set: { table: string; column: string },
    holder: RowTarget,
    action: 'insert' | 'delete',
    member: RowTarget,
  ): void {
    this.sets.push({ ...set, holder, action, member });
  }

  #target(ref: RowRef): RowTarget {
    return this.#view.find(ref)?._uuid ?? ref;
  }
}

/** How a set of atoms changes; undefined for columns that hold something else. */
function memberChange(column: string, planned: PlannedRow, row: Row): MemberChange | undefined {
  const wanted = planned.columns[column];
  const actual = row[column];
  if (!(actual instanceof Set) || !isSetOfAtoms(wanted)) return undefined;
  const members = new Set<Atom>(wanted);
  return {
    table: planned.table,
    column,
    insert: members.difference(actual),
    delete: actual.difference(members),
  };
}

const isSetOfAtoms = (value: PlannedValue): value is readonly Atom[] =>
  Array.isArray(value) && !value.some((member) => member instanceof RowRef);

function wrongMarks(row: Row, marks: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(marks).filter(([mark, value]) => markOf(row, mark) !== value));
}
