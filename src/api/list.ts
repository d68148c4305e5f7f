/** Lists of a resource: from a parsed query to rows, and the links to the pages around them. */

import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { errors } from '../errors/index.ts';
import type { Context } from '../resources/context.ts';
import { generic, type Values } from '../resources/repository.ts';
import type { Condition, Resource } from '../resources/resource.ts';
import type { Tables } from '../resources/tables.ts';
import type { ListQuery, SortKey } from './list-query.ts';

type Builder = ExpressionBuilder<Record<string, { id: string } & Values>, string>;

/** Rows of one page, and whether there are more on either side. */
export interface Page {
  readonly rows: Values[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

const asCondition = (condition: Condition, builder: Builder): Expression<SqlBool> =>
  condition(builder as unknown as ExpressionBuilder<Tables, keyof Tables>);

/** What the caller may see: its own, and what others share with it. */
function visibleTo(
  resource: Resource,
  context: Context,
  table: string,
): ((builder: Builder) => Expression<SqlBool>) | undefined {
  if (context.isAdmin) return undefined;
  const shared = resource.visible?.(context.projectId);
  return (builder) => {
    const own = builder(sql.ref<string>(`${table}.project_id`), '=', context.projectId);
    return shared ? builder.or([own, asCondition(shared, builder)]) : own;
  };
}

function tagConditions(table: string, tags: ListQuery['tags']): Expression<SqlBool>[] {
  const has = (tag: string): Expression<SqlBool> => {
    // LIKE's wildcards in the tag itself are escaped.
    const pattern = `%${JSON.stringify(tag).replace(/[\\%_]/g, '\\$&')}%`;
    return sql<SqlBool>`${sql.ref(`${table}.tags`)} like ${pattern} escape '\\'`;
  };
  const join = (list: string[], operator: 'and' | 'or'): Expression<SqlBool> =>
    sql<SqlBool>`(${sql.join(list.map(has), sql.raw(` ${operator} `))})`;
  const conditions: Expression<SqlBool>[] = [];
  if (tags.all.length > 0) conditions.push(join(tags.all, 'and'));
  if (tags.any.length > 0) conditions.push(join(tags.any, 'or'));
  if (tags.notAll.length > 0) conditions.push(sql<SqlBool>`not ${join(tags.notAll, 'and')}`);
  if (tags.notAny.length > 0) conditions.push(sql<SqlBool>`not ${join(tags.notAny, 'or')}`);
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

const reversed = (sort: readonly SortKey[]): SortKey[] =>
  sort.map(({ column, direction }) => ({ column, direction: direction === 'asc' ? 'desc' : 'asc' }));

/**
 * Reads a page.
 * @throws RequestError 400 when the marker is no id that the caller sees
 */
export async function readPage(
  db: Kysely<Tables>,
  resource: Resource,
  context: Context,
  query: ListQuery,
): Promise<Page> {
  const table = resource.definition.collection;
  const listed = generic(db);
  let select = listed.selectFrom(table).selectAll(table);
  const where = (condition: Expression<SqlBool>): void => {
    select = select.where(condition);
  };
  const scope = visibleTo(resource, context, table);
  if (scope) select = select.where((builder) => scope(builder));
  for (const { column, values } of query.equals) {
    const reference = sql.ref(`${table}.${column}`);
    const given = values.filter((value) => value !== null);
    const parts: Expression<SqlBool>[] = [];
    if (given.length > 0) parts.push(sql<SqlBool>`${reference} in (${sql.join(given)})`);
    // Empty text and null mean the same to clients: not set.
    if (given.length < values.length)
      parts.push(sql<SqlBool>`(${reference} is null or cast(${reference} as text) = '')`);
    where(sql<SqlBool>`(${sql.join(parts, sql` or `)})`);
  }
  for (const { name, values } of query.special) {
    const condition = resource.filters?.[name]?.(values);
    if (condition) select = select.where((builder) => asCondition(condition, builder));
  }
  for (const condition of tagConditions(table, query.tags)) where(condition);

  const sort = query.pageReverse ? reversed(query.sort) : query.sort;
  if (query.marker !== undefined) {
    let find = listed.selectFrom(table).selectAll(table).where('id', '=', query.marker);
    if (scope) find = find.where((builder) => scope(builder));
    const marker = await find.executeTakeFirst();
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
  const rows: Values[] = await select.execute();
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

/**
 * The links to the next and previous page, as Neutron gives them when a limit was asked for.
 * @param url of this request, as the client sees it
 */
export function pageLinks(url: URL, page: Page, limit: number | undefined): { rel: string; href: string }[] {
  if (limit === undefined || page.rows.length === 0) return [];
  const link = (rel: 'next' | 'previous', marker: unknown) => {
    const target = new URL(url);
    target.searchParams.set('marker', String(marker));
    if (rel === 'previous') target.searchParams.set('page_reverse', 'True');
    else target.searchParams.delete('page_reverse');
    return { rel, href: target.toString() };
  };
  const links = [];
  if (page.hasNext) links.push(link('next', page.rows.at(-1)?.id));
  if (page.hasPrevious) links.push(link('previous', page.rows[0]?.id));
  return links;
}
