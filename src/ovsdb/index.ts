/** An RFC 7047 client: replica, transactions, locks. It knows no OVN. */
export type { Change, ChangeKind, ColumnChange, RowChange } from './change.ts';
export { type ClientOptions, OvsdbClient } from './client.ts';
export {
  type ColumnKind,
  type ColumnKinds,
  type Declaration,
  declareDatabase,
  type Row,
  type TableKinds,
  type ValueOf,
} from './declaration.ts';
export {
  LockNotHeldError,
  OvsdbError,
  RefusedError,
  RetryableError,
  SchemaMismatchError,
  ValueError,
} from './errors.ts';
export type { Lock } from './lock.ts';
export { parseRemotes, type Remote, type TlsFiles } from './remote.ts';
export type { Index } from './replica-index.ts';
export type { Table } from './replica-table.ts';
export type { Atom } from './schema.ts';
export type { Mutations, Transaction, TransactionResult, Where } from './transaction.ts';
export { NamedUuid, type WritableOf, type WritableRow } from './value.ts';
