/** Lists of a resource: from a parsed query to rows, and the links to the pages around them. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import { errors } from '../errors/index.ts';
import {
  type Condition,
  type Context,
  generic,
  MOST_TAGS,
  perTable,
  type Resource,
  type SharedKind,
  sharedWith,
  slices,
  type Tables,
  type Values,
} from '../resources/index.ts';
import { type Statement, statement } from '../store/index.ts';
import type { ListQuery, SortKey } from './list-query.ts';
import { isTaken } from './request-body.ts';

type AnyTables = Record<string, { id: string } & Values>;
type Builder = ExpressionBuilder<AnyTables, string>;
type Select = SelectQueryBuilder<AnyTables, string, Values>;

/** Rows of one page, or of the part of one, and whether there are more on either side. */
export interface Page {
  readonly rows: Values[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

const asCondition = (condition: Condition, builder: Builder): Expression<SqlBool> =>
  condition(builder as unknown as ExpressionBuilder<Tables, keyof Tables>);

/** What a project may see, as conditions of which one must hold: its own, and what others share with it in some way. */
function visibleTo(resource: Resource, projectId: string): [Condition, ...Condition[]] {
  const own: Condition = (builder) =>
    builder(sql.ref<string>(`${resource.definition.collection}.project_id`), '=', projectId);
  return [own, ...(resource.visible?.(projectId) ?? [])];
}

/**
 * The rows that the caller may see. Each condition is looked up by itself, which an index serves; of several joined by
 * "or", databases make a scan of everybody's rows.
 */
function visibleRows(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  columns: readonly string[] | undefined,
): Select {
  const { collection } = resource.definition;
  const table = generic(db).selectFrom(collection);
  const rows: Select =
    columns === undefined
      ? table.selectAll(collection)
      : table.select(columns.map((one) => `${collection}.${one}`));
  if (context.isAdmin) return rows;
  const [own, ...shared] = visibleTo(resource, context.projectId);
  let found = rows.where((builder) => asCondition(own, builder));
  for (const [index, condition] of shared.entries()) {
    found = found.unionAll(
      rows.where((builder) =>
        builder.and([
          asCondition(condition, builder),
          // What an earlier part has is not listed twice.
          ...[own, ...shared.slice(0, index)].map((earlier) => builder.not(asCondition(earlier, builder))),
        ]),
      ),
    );
  }
  return shared.length === 0 ? found : generic(db).selectFrom(found.as(collection)).selectAll(collection);
}

/**
 * The row with this id, if the caller may see it.
 * @returns undefined also for what can be no id
 */
export async function readVisible(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  id: string,
): Promise<Values | undefined> {
  if (!isTaken(() => resource.definition.attributes.id?.type.parse(id, 'id'))) return undefined;
  const { isAdmin, projectId } = context;
  const { any, own } = visibleOf(resource);
  return isAdmin ? any.first(generic(db), id) : own.first(generic(db), id, projectId);
}

interface VisibleRow {
  /** The row with an id, whoever may see it. */
  readonly any: Statement<AnyTables, [id: string], Values>;
  /** The same if a project may see it. */
  readonly own: Statement<AnyTables, [id: string, projectId: string], Values>;
}

const visibleRow = new WeakMap<Resource, VisibleRow>();

function visibleOf(resource: Resource): VisibleRow {
  const known = visibleRow.get(resource);
  if (known) return known;
  const { collection } = resource.definition;
  const withId = (db: Kysely<AnyTables>, id: string) =>
    db.selectFrom(collection).selectAll(collection).where('id', '=', id);
  const made: VisibleRow = {
    any: statement(withId),
    own: statement((db: Kysely<AnyTables>, id: string, projectId: string) =>
      withId(db, id).where((builder) =>
        builder.or(visibleTo(resource, projectId).map((condition) => asCondition(condition, builder))),
      ),
    ),
  };
  visibleRow.set(resource, made);
  return made;
}

/**
 * Conditions on the tags of a table's rows: an index has whose they are. All of some words are looked for one by one, so
 * that the rarest decides what it costs; what does not match has more words than a resource has tags.
 */
function tagConditions(table: string, tags: ListQuery['tags']): Expression<SqlBool>[] {
  const id = sql.ref(`${table}.id`);
  // No tag has a NUL, and PostgreSQL does not take one.
  const possible = (words: ReadonlySet<string>) =>
    sql.join([...words].filter((word) => !word.includes('\0')).concat(''));
  const having = (words: ReadonlySet<string>) =>
    sql`select tags.id from tags where tags.collection = ${sql.lit(table)} and tags.tag in (${possible(words)})`;
  const all = new Set(tags.all);
  const conditions =
    all.size > MOST_TAGS
      ? [sql<SqlBool>`1 = 0`]
      : Array.from(all, (word) => sql<SqlBool>`${id} in (${having(new Set([word]))})`);
  const [any, notAll, notAny] = [new Set(tags.any), new Set(tags.notAll), new Set(tags.notAny)];
  if (any.size > 0) conditions.push(sql<SqlBool>`${id} in (${having(any)})`);
  if (notAll.size > 0)
    conditions.push(
      sql<SqlBool>`${id} not in (${having(notAll)} group by tags.id having count(*) = ${sql.lit(notAll.size)})`,
    );
  if (notAny.size > 0) conditions.push(sql<SqlBool>`${id} not in (${having(notAny)})`);
  return conditions;
}

/**
 * "Comes after the marker in this order", as a condition that an index can serve: the first key that differs decides.
 * Nulls sort before everything, on both databases.
 */
function after(table: string, sort: readonly SortKey[], marker: Values): Expression<SqlBool> {
  const alternatives = sort.map((key, index) => {
    const same = sort.slice(0, index).map(({ column }) => {
      const value = marker[column];
      const reference = sql.ref(`${table}.${column}`);
      return value === null ? sql<SqlBool>`${reference} is null` : sql<SqlBool>`${reference} = ${value}`;
    });
    return sql<SqlBool>`(${sql.join([...same, beyond(table, key, marker[key.column])], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(alternatives, sql` or `)})`;
}

function beyond(table: string, { column, direction }: SortKey, value: unknown): Expression<SqlBool> {
  const reference = sql.ref(`${table}.${column}`);
  if (value === null)
    return direction === 'asc' ? sql<SqlBool>`${reference} is not null` : sql<SqlBool>`1 = 0`;
  if (direction === 'asc') return sql<SqlBool>`${reference} > ${value}`;
  return sql<SqlBool>`(${reference} < ${value} or ${reference} is null)`;
}

/** Whether it is shared, as its caller sees that: with everybody, or with the caller's project. */
function sharedIs(
  builder: Builder,
  table: string,
  kind: SharedKind,
  { projectId }: Context,
  values: readonly unknown[],
): Expression<SqlBool> {
  const wanted = new Set(values.filter((value) => value !== null));
  if (wanted.size !== 1) return sql<SqlBool>`${sql.lit(wanted.size)} = 2`;
  const policies = builder as unknown as ExpressionBuilder<Tables, keyof Tables>;
  const shared = builder.or([
    sql<SqlBool>`${sql.ref(`${table}.shared`)} = 1`,
    sql<SqlBool>`${sql.ref(`${table}.id`)} in (${sharedWith(policies, kind, projectId, 'access_as_shared')})`,
  ]);
  return wanted.has(1) ? shared : builder.not(shared);
}

const reversed = (sort: readonly SortKey[]): SortKey[] =>
  sort.map(({ column, direction }) => ({ column, direction: direction === 'asc' ? 'desc' : 'asc' }));

/** Rows that are read at once: others are served in between, and what waits to be sent is bounded. */
const CHUNK = 250;
/** Of few columns, more of them. */
const NARROW_CHUNK = 2_500;

/**
 * Reads a page, in chunks that are one page together. Each has what is committed when it is read: in the order of ids, a
 * resource that is there all the time is there once.
 * @param columns those that are needed; all when left out
 * @throws RequestError 400 when the marker is no id that the caller sees
 */
export async function* readChunks(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  query: ListQuery,
  columns?: readonly string[],
): AsyncGenerator<Page> {
  // What a resource's own filters look at, only they know.
  const narrow = query.special.length > 0 ? undefined : withKeys(columns ?? [], query);
  if (query.limit !== undefined && query.limit <= CHUNK) {
    yield await readPart(db, resource, context, query, columns && narrow, undefined);
    return;
  }
  for await (const page of readNarrow(db, resource, context, query, narrow)) {
    if (columns !== undefined || page.rows.length === 0) yield page;
    // Who is on the page is found once, and then looked up by id: to find them may take a sort.
    else
      for (const part of slices(page.rows, CHUNK)) {
        const isLast = part.at(-1) === page.rows.at(-1);
        yield {
          ...page,
          rows: narrow === undefined ? part : await readWhole(db, resource, part),
          hasNext: page.hasNext || !isLast,
        };
        await nextTurn();
      }
  }
}

/** With those by which a list is filtered and sorted, and its next part is found. */
const withKeys = (columns: readonly string[], { sort, equals }: ListQuery): string[] => [
  ...new Set([...columns, 'id', ...[...sort, ...equals].map(({ column }) => column)]),
];

async function* readNarrow(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  query: ListQuery,
  columns: readonly string[] | undefined,
): AsyncGenerator<Page> {
  const { limit = Number.POSITIVE_INFINITY } = query;
  // From its end, a page is known when all of it is read.
  if (query.pageReverse) {
    yield await readPart(db, resource, context, query, columns, undefined);
    return;
  }
  let last: Values | undefined;
  for (let read = 0; ; ) {
    const part = { ...query, limit: Math.min(NARROW_CHUNK, limit - read) };
    const page = await readPart(db, resource, context, part, columns, last);
    read += page.rows.length;
    yield page;
    last = page.rows.at(-1);
    if (!page.hasNext || read >= limit) return;
    await nextTurn();
  }
}

/** Rows by their ids, in any order. */
const rowsWithIds = perTable((table) =>
  statement((db: Kysely<AnyTables>, ids: readonly string[]) =>
    db.selectFrom(table).selectAll().where('id', 'in', ids),
  ),
);

/** All columns of rows, in their order, of those that are still there. */
async function readWhole(
  db: Kysely<Tables>,
  { definition }: Resource,
  narrow: readonly Values[],
): Promise<Values[]> {
  const ids = narrow.map(({ id }) => String(id));
  const rows = await rowsWithIds(definition.collection).all(generic(db), ids);
  const byId = new Map<unknown, Values>(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
}

/** @param last the row before the first; that of the marker when left out */
async function readPart(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  query: ListQuery,
  columns: readonly string[] | undefined,
  last: Values | undefined,
): Promise<Page> {
  const table = resource.definition.collection;
  let select = visibleRows(db, resource, context, columns);
  const where = (condition: Expression<SqlBool>): void => {
    select = select.where(condition);
  };
  for (const { column, values } of query.equals) {
    const reference = sql.ref(`${table}.${column}`);
    if (column === 'shared' && resource.sharedAs) {
      const { sharedAs } = resource;
      select = select.where((builder) => sharedIs(builder, table, sharedAs, context, values));
      continue;
    }
    const given = values.filter((value) => value !== null);
    const parts: Expression<SqlBool>[] = [];
    if (given.length > 0) parts.push(sql<SqlBool>`${reference} in (${sql.join(given)})`);
    // Empty text and null mean the same to clients: not set.
    if (given.length < values.length)
      parts.push(sql<SqlBool>`(${reference} is null or cast(${reference} as text) = '')`);
    where(parts.length > 0 ? sql<SqlBool>`(${sql.join(parts, sql` or `)})` : sql<SqlBool>`1 = 0`);
  }
  for (const { name, values } of query.special) {
    const condition = resource.filters?.[name]?.(values, context.projectId);
    if (condition) select = select.where((builder) => asCondition(condition, builder));
  }
  for (const condition of tagConditions(table, query.tags)) where(condition);

  const sort = query.pageReverse ? reversed(query.sort) : query.sort;
  if (last !== undefined) where(after(table, sort, last));
  else if (query.marker !== undefined) {
    const marker = await readVisible(db, resource, context, query.marker);
    if (!marker) throw errors.list.marker({ marker: query.marker, collection: table });
    where(after(table, sort, marker));
  }
  for (const { column, direction } of sort) {
    // PostgreSQL would put nulls last.
    select = select.orderBy(sql.ref(`${table}.${column}`), (order) =>
      direction === 'asc' ? order.asc().nullsFirst() : order.desc().nullsLast(),
    );
  }
  if (query.limit !== undefined) select = select.limit(query.limit + 1);
  const rows = (await select.execute()) as Values[];
  const more = query.limit !== undefined && rows.length > query.limit;
  if (more) rows.pop();
  const beforeThese = query.marker !== undefined;
  if (query.pageReverse) rows.reverse();
  return {
    rows,
    hasNext: query.pageReverse ? beforeThese : more,
    hasPrevious: query.pageReverse ? more : beforeThese,
  };
}

/** A page without its rows. */
export interface PageEnds {
  /** Ids. */
  readonly first: unknown;
  readonly last: unknown;
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/**
 * The links to the next and previous page, as Neutron gives them when a limit was asked for.
 * @param url of this request, as the client sees it
 */
export function pageLinks(
  url: URL,
  page: PageEnds,
  limit: number | undefined,
): { rel: string; href: string }[] {
  if (limit === undefined || page.first === undefined) return [];
  const link = (rel: 'next' | 'previous', marker: unknown) => {
    const target = new URL(url);
    target.searchParams.set('marker', String(marker));
    if (rel === 'previous') target.searchParams.set('page_reverse', 'True');
    else target.searchParams.delete('page_reverse');
    return { rel, href: target.toString() };
  };
  const links = [];
  if (page.hasNext) links.push(link('next', page.last));
  if (page.hasPrevious) links.push(link('previous', page.first));
  return links;
}
