/** What the API needs of a resource beside its definition. */
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { ActionName, LookName, NestedAction, NestedName } from '../errors/index.ts';
import type { Context } from './context.ts';
import type { Schema } from './definition/attribute-types.ts';
import type { CreateOf, Definition, ResourceOf, UpdateOf } from './definition/definition.ts';
import type { SharedKind } from './rbac-policy/definition.ts';
import type { Values } from './repository.ts';
import type { Store, Tables, Tx } from './tables.ts';

/** Builds a condition on the resource's table, with other tables in reach for subqueries. */
export type Condition = (builder: ExpressionBuilder<Tables, keyof Tables>) => Expression<SqlBool>;

/** What a further look shows; a method, as `Action` is. */
type Look<R> = { look(record: R, db: Kysely<Tables>): Values | Promise<Values> }['look'];

/** An operation beside create, update and delete; returns the answer. */
export type Action<R = ResourceRecord> = {
  // As a method, so that an action on one kind of resource can stand in a list of all.
  act(tx: Tx, context: Context, current: R, body: unknown): Promise<object>;
}['act'];

/**
 * What a resource has several of, each known by a key of its own, below its path: `/v2.0/ports/ID/bindings/HOST`. Like
 * operations, these run inside a transaction of the caller's, and throw RequestError.
 */
export interface Nested<R = ResourceRecord> {
  /** As policies name it. */
  readonly policy: NestedName;
  /** As answers name one, and all: `binding`, `bindings`, which is the last word of the path, too. */
  readonly name: string;
  readonly collection: string;
  /** What the key is, for the documentation. */
  readonly key: string;
  /** One of it, and what POST takes: JSON Schema. */
  readonly schema: Schema;
  readonly request: Schema;
  /** By what lists are filtered. */
  readonly filters: readonly string[];
  list(db: Kysely<Tables>, context: Context, owner: R): Promise<Values[]>;
  show(db: Kysely<Tables>, context: Context, owner: R, key: string): Promise<Values>;
  /** @param body as it came */
  create(tx: Tx, context: Context, owner: R, body: unknown): Promise<Values>;
  /** @param body as it came */
  update(tx: Tx, context: Context, owner: R, key: string, body: unknown): Promise<Values>;
  delete(tx: Tx, context: Context, owner: R, key: string): Promise<void>;
  /** Further operations: `PUT /v2.0/ports/ID/bindings/HOST/activate`. */
  readonly actions: Readonly<Partial<Record<NestedAction, NestedActing<R>>>>;
}

type NestedActing<R> = {
  act(tx: Tx, context: Context, owner: R, key: string): Promise<Values>;
}['act'];

/** A resource as generic code sees it. */
export interface ResourceRecord extends Values {
  id: string;
  project_id: string;
  revision_number: number;
  updated_at: string;
}

/**
 * What makes, changes and removes the resources of one kind. Operations run inside a transaction of the caller's, so
 * that bulk requests are all or nothing; they throw RequestError.
 * @typeParam R the resource, C a validated POST, U a validated PUT, Row a row of its table
 */
export interface Operations<R = ResourceRecord, C = Values, U = Values, Row = Values> {
  /** Completes rows of the table with the attributes that stand elsewhere; the order stays. */
  load(db: Kysely<Tables>, rows: Row[], settings: Context['settings']): Promise<R[]>;
  /**
   * What `load` completes rows with, the attributes with `stored: false`: long lists are written from the rows as they
   * are, which costs less. For what lists are long of.
   */
  supply?(db: Kysely<Tables>, rows: Row[], settings: Context['settings']): Promise<Partial<R>[]>;
  /**
   * What others than the owner see: for each way in which rows are shared with `projectId` a condition that an index
   * serves, so that lists cost what is shared.
   */
  visible?(projectId: string): Condition[];
  /** As what projects share it: then `shared` of an answer says whether its caller may use it as its own. */
  readonly sharedAs?: SharedKind;
  /** Filters beside `attribute=value` on stored attributes, by parameter name; `projectId` is who asks. */
  readonly filters?: Readonly<Record<string, (values: string[], projectId: string) => Condition>>;
  /** Makes sure that what always exists does, before a list. */
  beforeList?(store: Store, context: Context): Promise<void>;
  /** None for what comes into being by itself. */
  create?(tx: Tx, context: Context, request: C): Promise<R>;
  /** As `create` for each, with fewer questions to the store. */
  createAll?(tx: Tx, context: Context, requests: readonly C[]): Promise<R[]>;
  update?(tx: Tx, context: Context, current: R, changes: U): Promise<R>;
  delete(tx: Tx, context: Context, current: R): Promise<void>;
  /** Further operations: `PUT /v2.0/routers/ID/add_router_interface`. */
  readonly actions?: Readonly<Partial<Record<ActionName, Action<R>>>>;
  /** Further looks at it: `GET /v2.0/trunks/ID/get_subports`. */
  readonly looks?: Readonly<Partial<Record<LookName, Look<R>>>>;
  /** What stands below its path. */
  readonly nested?: readonly Nested<R>[];
}

/** The operations on resources with this definition, which come into being by themselves. */
export type OperationsOnFound<D extends Definition, R = ResourceOf<D>> = Operations<
  R,
  CreateOf<D>,
  UpdateOf<D>,
  Tables[D['collection'] & keyof Tables]
>;

/** The operations on resources with this definition. */
export type OperationsOn<D extends Definition, R = ResourceOf<D>> = OperationsOnFound<D, R> &
  Required<Pick<OperationsOnFound<D, R>, 'create'>>;

/** A resource: its definition, and the operations on it. */
export interface Resource extends Operations {
  readonly definition: Definition;
}
