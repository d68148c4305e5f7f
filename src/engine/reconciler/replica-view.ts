/** The replica as the reconciler sees it: rows by the units that they belong to. */
import type { ColumnKinds, Index, Row, Table } from '../../ovsdb/index.ts';
import {
  KEY_MARK,
  type ManagedTable,
  type ManagedTables,
  RowRef,
  type SetColumn,
  UNIT_MARK,
  type UnitName,
} from './plan.ts';

/** What a replica has to offer; an OvsdbClient or a bare Replica. */
export interface TableSource {
  table(name: string): Table<ColumnKinds>;
}

/** A row of a managed table. */
export interface ManagedRow {
  readonly table: string;
  readonly row: Row;
}

/** The replica as the reconciler sees it: rows of ours by unit, and who holds whom. */
export class ReplicaView {
  readonly managed: ManagedTables;
  readonly #source: TableSource;
  readonly #byUnit = new Map<string, Index<UnitName, Row>>();
  /** Rows without a mark of ours, by name. */
  readonly #unmarked = new Map<string, Index<string, Row>>();

  constructor(source: TableSource, managed: ManagedTables) {
    this.#source = source;
    this.managed = managed;
    for (const [name, { named }] of Object.entries(managed)) {
      const table = source.table(name);
      this.#byUnit.set(
        name,
        table.index((row) => markOf(row, UNIT_MARK)),
      );
      if (!named) continue;
      const nameOf = (row: Row) => (markOf(row, UNIT_MARK) === undefined ? String(row.name) : undefined);
      this.#unmarked.set(name, table.index(nameOf));
    }
  }

  table(name: string): Table<ColumnKinds> {
    return this.#source.table(name);
  }

  /** How a table is managed; undefined for tables that are not. */
  management(table: string): ManagedTable | undefined {
    return this.managed[table];
  }

  /** The managed columns that the server has. */
  columnsOf(table: string): string[] {
    const replicated = this.table(table);
    return this.managed[table]!.columns.filter((column) => replicated.has(column));
  }

  /** Those of them whose values the digest of a row tells: all but one that grows. */
  digestedColumnsOf(table: string): string[] {
    const { grows } = this.managed[table]!;
    return this.columnsOf(table).filter((column) => column !== grows);
  }

  /** All rows of a unit. */
  *rowsOf(unit: UnitName): Generator<ManagedRow> {
    for (const [table, index] of this.#byUnit) {
      for (const row of index.get(unit)) yield { table, row };
    }
  }

  /** The row that a reference means, if it is there. */
  find({ table, unit, key }: RowRef): Row | undefined {
    for (const row of this.#byUnit.get(table)?.get(unit) ?? []) {
      if (markOf(row, KEY_MARK) === key) return row;
    }
    return undefined;
  }

  /** A row with this name that carries no mark of ours; only for tables that go by name. */
  findUnmarked(table: string, name: string): Row | undefined {
    const [row] = this.#unmarked.get(table)?.get(name) ?? [];
    return row;
  }

  /** How plans call a row; undefined when it is none of ours. */
  refOf(table: string, row: Row): RowRef | undefined {
    const unit = markOf(row, UNIT_MARK);
    const key = markOf(row, KEY_MARK);
    return unit === undefined || key === undefined ? undefined : new RowRef(table, unit, key);
  }

  /** The rows whose set holds a row. */
  holders(set: SetColumn, uuid: string): ReadonlySet<Row> {
    return this.table(set.table).referrers(set.column).get(uuid);
  }

  /** Every unit that has a row. */
  units(): Set<UnitName> {
    const units = new Set<UnitName>();
    for (const index of this.#byUnit.values()) for (const unit of index.keys()) units.add(unit);
    return units;
  }
}

/** A mark in a row's external_ids. */
export function markOf(row: Row, mark: string): string | undefined {
  const marks = row.external_ids;
  const value = marks instanceof Map ? marks.get(mark) : undefined;
  return value === undefined ? undefined : String(value);
}
