/** Reads the query of a list: filters, fields, sorting, paging. Pure. */
import { errors, RequestError } from '../errors/index.ts';
import { type Attribute, columnOf, type Definition } from '../resources/definition/definition.ts';
import { columnValue } from '../resources/repository.ts';

/** A query string as the HTTP server gives it. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

export interface SortKey {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

export interface ListQuery {
  /** Column must have one of the values. */
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

/** A value to compare with; one that the type refuses matches nothing, so it stays as it is. */
function comparable(definition: Definition, name: string, attribute: Attribute, text: string): unknown {
  if (text === '' || text === 'None' || text === 'null') return null;
  try {
    return columnValue(definition, name, attribute.type.parse(text, name));
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return text;
  }
}

function readLimit(value: string | string[] | undefined): number | undefined {
  const [text] = asList(value);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw errors.list.limit({ limit: text });
  return Number(text) || undefined;
}

function readSort(query: Query, filterable: (name: string) => boolean): SortKey[] {
  const names = asList(query.sort_key);
  const directions = asList(query.sort_dir);
  if (directions.length > 0 && names.length !== directions.length) {
    throw errors.list.sortCounts();
  }
  const sort = names.map((name, index): SortKey => {
    if (!filterable(name)) throw errors.list.sortKey({ name });
    const direction = directions[index] ?? 'asc';
    if (direction !== 'asc' && direction !== 'desc') {
      throw errors.list.sortDirection({ direction });
    }
    return { column: columnOf(name), direction };
  });
  if (!sort.some(({ column }) => column === 'id')) sort.push({ column: 'id', direction: 'asc' });
  return sort;
}

/**
 * @param special the filters that the resource itself knows
 * @throws RequestError 400 for a parameter that makes no sense, with its name
 */
export function parseListQuery(definition: Definition, special: readonly string[], query: Query): ListQuery {
  const plain = (name: string): boolean => {
    const attribute = definition.attributes[name];
    return (
      attribute !== undefined &&
      attribute.stored !== false &&
      attribute.filter !== false &&
      attribute.type.storedAs !== 'json'
    );
  };
  const equals: { column: string; values: unknown[] }[] = [];
  const specials: { name: string; values: string[] }[] = [];
  for (const [parameter, value] of Object.entries(query)) {
    if (RESERVED.has(parameter)) continue;
    const name = parameter === 'tenant_id' ? 'project_id' : parameter;
    const attribute = definition.attributes[name];
    if (special.includes(name)) specials.push({ name, values: asList(value) });
    else if (attribute && plain(name)) {
      equals.push({
        column: columnOf(name),
        values: asList(value).map((text) => comparable(definition, name, attribute, text)),
      });
    } else {
      throw errors.list.filter({
        name: parameter,
        collection: definition.collection,
        known: [...Object.keys(definition.attributes).filter(plain), ...special],
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
    fields: asList(query.fields),
    sort: readSort(query, plain),
    limit: readLimit(query.limit),
    marker,
    pageReverse: pageReverse?.toLowerCase() === 'true',
  };
}
