/** What a plan is, who makes it, and how its rows are known again in the database: begin here. */
import type { Atom } from '../../ovsdb/index.ts';
import type { Change } from '../../store/index.ts';

/** Names a unit: `<kind>/<id>`, for instance `port/4f2a…`. */
export type UnitName = string;

/** Names a planned row, wherever it is: in the replica, or in the transaction that is being made. */
export class RowRef {
  readonly table: string;
  readonly unit: UnitName;
  /** Tells the unit's rows apart; the same in every plan of the unit. */
  readonly key: string;

  constructor(table: string, unit: UnitName, key: string) {
    this.table = table;
    this.unit = unit;
    this.key = key;
  }

  toString(): string {
    return `${this.table} ${this.key} of ${this.unit}`;
  }
}

/** What a plan gives for a column: an atom, members of a set, a map, or references to planned rows. */
export type PlannedValue =
  | Atom
  | undefined
  | RowRef
  | readonly (Atom | RowRef)[]
  | Readonly<Record<string, string | number>>;

/** One row that a unit should have. */
export interface PlannedRow {
  readonly table: string;
  readonly key: string;
  /** Managed columns of the table. Optional columns, sets and maps that are left out are to be empty. */
  readonly columns: Readonly<Record<string, PlannedValue>>;
  /** Text for those who read the database beside OVN, in external_ids. */
  readonly facts?: string;
  /** The row whose strong set holds this one, for tables that have such a parent. */
  readonly parent?: RowRef;
  /** Rows of ours whose weak set this one is a member of. */
  readonly memberOf?: readonly RowRef[];
}

/** One member that a large set of atoms should have, or not: a row of another unit's holds the set. */
export interface PlannedMember {
  /** The row with the set, in its table's column that grows. */
  readonly holder: RowRef;
  readonly member: Atom;
  readonly isIn: boolean;
}

/** What a unit should have: rows of its own, or members of a set. */
export type Planned = PlannedRow | PlannedMember;

export const isMember = (planned: Planned): planned is PlannedMember => 'holder' in planned;

/** Why a unit has no plan, in words for whoever owns the unit. */
export class PlanError extends Error {
  override name = 'PlanError';
}

/** What a unit should have; nothing when the unit is gone. An Error when that cannot be told. */
export type Plan = readonly Planned[] | Error;

/**
 * Every unit's plan, from the store. It is asked again and again: after each change, when a unit that failed is due,
 * when somebody else changed its rows, and for all of them now and then. What it throws (a store that is away) makes
 * the reconciler begin anew after a pause; what is wrong with one unit is that unit's plan, an Error, and the reconciler
 * tries the unit again (`retries.ts`).
 */
export interface Planner {
  /**
   * The units whose plans may be others after these changes, as the store is now. What a change concerned when it was
   * made and no longer does need not be among them, if a later change concerns it.
   */
  concerned(changes: readonly Change[]): Promise<ReadonlySet<UnitName>>;
  /** Reads what the plans need, and makes them; the result has every unit asked for. */
  plan(units: readonly UnitName[]): Promise<ReadonlyMap<UnitName, Plan>>;
  /** All the units that the store has, in portions that are worth a transaction each. */
  units(): AsyncIterable<readonly UnitName[]>;
}

/** A column that holds a set of rows. */
export interface SetColumn {
  readonly table: string;
  readonly column: string;
}

/** How a table's rows are managed. */
export interface ManagedTable {
  /** The columns that plans give; every other column is somebody else's. */
  readonly columns: readonly string[];
  /** Which table a column with UUIDs refers to. */
  readonly references?: Readonly<Record<string, string>>;
  /** Those of these columns that keep the row which they refer to from being deleted. */
  readonly holds?: readonly string[];
  /** The strong set that a row must be in, else the server collects it. */
  readonly parent?: SetColumn;
  /**
   * The one of these columns that has a set of atoms which may be very large. Its members are compared one by one and
   * are not in the row's digest, so that a change of the set costs what changes.
   */
  readonly grows?: string;
  /** The weak set in which rows may be members. */
  readonly memberOf?: SetColumn;
  /** Rows are told apart by their name: one with the planned name and without a mark of ours is taken over. */
  readonly named?: boolean;
}

/**
 * The managed tables of a database. A table stands after those whose rows its columns and sets refer to, so
 * that rows are inserted in this order.
 */
export type ManagedTables = Readonly<Record<string, ManagedTable>>;

/** Keys in a row's external_ids by which it is known as ours. */
export const UNIT_MARK = 'sextant:unit';
export const KEY_MARK = 'sextant:key';
export const DIGEST_MARK = 'sextant:digest';
/** The key that facts for others stand under. */
export const FACTS_MARK = 'sextant:facts';
