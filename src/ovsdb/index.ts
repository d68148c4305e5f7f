/**
 * An OVSDB client (RFC 7047): it keeps a replica of the tables that it is told of, changes them by transactions, and
 * holds locks. It knows no OVN.
 *
 * In go a remote and a declaration of tables and columns; out come typed rows, what changes in them, and transactions
 * that were carried out or refused.
 *
 * Begin with `client.ts`; `declaration.ts` says how tables are declared.
 */
export type { ChangeKind, ColumnChange, ReplicaChange, RowChange } from './change.ts';
export { type ClientOptions, OvsdbClient } from './client.ts';
export type { Clause, Conditions } from './conditions.ts';
export {
  type ColumnKind,
  type ColumnKinds,
  type ColumnValue,
  type Declaration,
  declareDatabase,
  type Row,
  type TableKinds,
} from './declaration.ts';
export {
  LockNotHeldError,
  OvsdbError,
  RefusedError,
  RetryableError,
  SchemaMismatchError,
  ServerDiskError,
  ValueError,
} from './errors.ts';
export { isJsonObject, type Json, type JsonObject } from './json.ts';
export { JsonFraming } from './json-framing.ts';
export { JsonRpcError, jsonRpcCall, transactOnce } from './json-rpc-call.ts';
export type { Lock } from './lock.ts';
export { parseRemotes, type Remote, type TlsFiles } from './remote.ts';
export type { Index } from './replica-index.ts';
export type { Table } from './replica-table.ts';
export type { Atom } from './schema.ts';
export type { Mutations, Transaction, TransactionResult, Where } from './transaction.ts';
export { NamedUuid, type WritableOf, type WritableRow } from './value.ts';
