/** How the replica tells what changed in it. */
import type { Row, TableKinds } from './declaration.ts';
import type { Atom } from './schema.ts';
import type { AnyRow } from './value.ts';

/** What happened to one column: the former value, or for a set or map what came and what went. */
export type ColumnChange =
  | { readonly form: 'scalar'; readonly was: Atom | undefined }
  | { readonly form: 'set'; readonly added: ReadonlySet<Atom>; readonly removed: ReadonlySet<Atom> }
  | {
      readonly form: 'map';
      readonly added: ReadonlyMap<Atom, Atom>;
      /** With the former values; a key whose value changed is in both. */
      readonly removed: ReadonlyMap<Atom, Atom>;
    };

export type ChangeKind = 'insert' | 'modify' | 'delete';

/** One row's part in an update of the replica. `row` is the new state, after a delete the last one. */
export interface RowChange<R = AnyRow, Table extends string = string> {
  readonly table: Table;
  readonly kind: ChangeKind;
  readonly row: R;
  /** Which columns a modification changed, and how; empty for inserts and deletes. */
  readonly columns: ReadonlyMap<string, ColumnChange>;
}

/** A change in any of the declared tables; `table` tells which row type it is about. */
export type ReplicaChange<Tables extends TableKinds> = {
  [Table in keyof Tables & string]: RowChange<Row<Tables[Table]>, Table>;
}[keyof Tables & string];
