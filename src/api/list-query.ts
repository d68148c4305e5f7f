/** Reads the query of a list: filters, fields, sorting, paging. Pure. */

import { errors, RequestError } from '../errors/index.ts';
import { type Attribute, columnOf, columnValue, type Definition } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { mayUseAttribute } from './policy.ts';

/** A query string as the HTTP server gives it. */
export type QueryString = Readonly<Record<string, string | string[] | undefined>>;

export interface SortKey {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

export interface ListQuery {
  /** Column must have one of the values; without any, nothing matches. */
  readonly equals: readonly { column: string; values: unknown[] }[];
  /** Filters that the resource itself knows, with their values. */
  readonly special: readonly { name: string; values: string[] }[];
  readonly tags: {
    readonly all: string[];
    readonly any: string[];
    readonly notAll: string[];
    readonly notAny: string[];
  };
  readonly fields: readonly string[];
  /** Ends with the id, so that the order is total. */
  readonly sort: readonly SortKey[];
  readonly limit: number | undefined;
  readonly marker: string | undefined;
  readonly pageReverse: boolean;
}

const asList = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** The attributes that are asked for; empty for all. */
export const fieldsIn = (query: QueryString): string[] => asList(query.fields);

const splitWords = (value: string | string[] | undefined): string[] =>
  asList(value)
    .flatMap((text) => text.split(','))
    .filter((word) => word !== '');

const RESERVED = new Set([
  'fields',
  'sort_key',
  'sort_dir',
  'limit',
  'marker',
  'page_reverse',
  'tags',
  'tags-any',
  'not-tags',
  'not-tags-any',
]);

/** The values to compare with. One that the type refuses matches nothing, and the database may choke on it. */
function comparable(definition: Definition, name: string, attribute: Attribute, texts: string[]): unknown[] {
  return texts.flatMap((text) => {
    if (text === '' || text === 'None' || text === 'null') return [null];
    try {
      return [columnValue(definition, name, attribute.type.parse(text, name))];
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return [];
    }
  });
}

/** The attribute of this name, unless the caller may not see it, or neither filter nor sort by it. */
function comparableAttribute(definition: Definition, caller: Caller, name: string): Attribute | undefined {
  // Names come from outside: `constructor` is no attribute.
  const attribute = Object.hasOwn(definition.attributes, name) ? definition.attributes[name] : undefined;
  const isPlain =
    attribute?.stored !== false && attribute?.filter !== false && attribute?.type.storedAs !== 'json';
  // What filters and sorts, tells its value to who tries enough.
  return isPlain && mayUseAttribute(caller, attribute?.see) ? attribute : undefined;
}

function readLimit(value: string | string[] | undefined): number | undefined {
  const [text] = asList(value);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw errors.list.limit({ limit: text });
  return Number(text) || undefined;
}

function readSort(query: QueryString, isSortable: (name: string) => boolean): SortKey[] {
  const names = asList(query.sort_key);
  const directions = asList(query.sort_dir);
  if (directions.length > 0 && names.length !== directions.length) {
    throw errors.list.sortCounts();
  }
  const given = names.map((name, index): SortKey => {
    if (!isSortable(name)) throw errors.list.sortKey({ name });
    const direction = directions[index] ?? 'asc';
    if (direction !== 'asc' && direction !== 'desc') {
      throw errors.list.sortDirection({ direction });
    }
    return { column: columnOf(name), direction };
  });
  // A key that comes again changes nothing.
  const sort = given.filter(
    ({ column }, index) => given.findIndex((other) => other.column === column) === index,
  );
  if (!sort.some(({ column }) => column === 'id')) sort.push({ column: 'id', direction: 'asc' });
  return sort;
}

/**
 * @param special the filters that the resource itself knows
 * @throws RequestError 400 for a parameter that makes no sense, with its name
 */
export function parseListQuery(
  definition: Definition,
  special: readonly string[],
  query: QueryString,
  caller: Caller,
): ListQuery {
  const comparableBy = (name: string): Attribute | undefined => comparableAttribute(definition, caller, name);
  const equals: { column: string; values: unknown[] }[] = [];
  const specials: { name: string; values: string[] }[] = [];
  for (const [parameter, value] of Object.entries(query)) {
    if (RESERVED.has(parameter)) continue;
    const name = parameter === 'tenant_id' ? 'project_id' : parameter;
    const attribute = comparableBy(name);
    if (special.includes(name)) specials.push({ name, values: asList(value) });
    else if (attribute) {
      equals.push({
        column: columnOf(name),
        values: comparable(definition, name, attribute, asList(value)),
      });
    } else {
      throw errors.list.filter({
        name: parameter,
        collection: definition.collection,
        known: [...Object.keys(definition.attributes).filter(comparableBy), ...special],
      });
    }
  }
  const [marker] = asList(query.marker);
  const [pageReverse] = asList(query.page_reverse);
  return {
    equals,
    special: specials,
    tags: {
      all: splitWords(query.tags),
      any: splitWords(query['tags-any']),
      notAll: splitWords(query['not-tags']),
      notAny: splitWords(query['not-tags-any']),
    },
    fields: fieldsIn(query),
    sort: readSort(query, (name) => comparableBy(name) !== undefined),
    limit: readLimit(query.limit),
    marker,
    pageReverse: pageReverse?.toLowerCase() === 'true',
  };
}
