/** The JSON of long lists, from rows as the store has them: what stands there as JSON is neither parsed nor made anew. Pure. */
import { type Attribute, columnOf, type Definition, type Values } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { shownTo } from './response-body.ts';

/** Writes a row, and what stands elsewhere, as JSON. */
export type RowWriter = (row: Values, supplied: Values) => string;

/** Writes the member of an attribute, with the comma behind it. */
type Member = RowWriter;

/** What a value comes to, and what came to the same before it: from row to row, most stay as they are. */
function remembering(write: (value: unknown) => string): (value: unknown) => string {
  let last: unknown;
  let written = write(last);
  return (value) => {
    if (value === last) return written;
    written = write(value);
    last = value;
    return written;
  };
}

/** How the column of an attribute becomes JSON, as `fromRow` and `JSON.stringify` make it. */
const COLUMN_TO_JSON: Readonly<Record<Attribute['type']['storedAs'], (value: unknown) => string>> = {
  plain: (value) => JSON.stringify(value),
  boolean: (value) => String(value === 1),
  json: (value) => String(value),
};

function memberOf(name: string, { stored, type, omitNull }: Attribute): Member {
  const key = `${JSON.stringify(name)}:`;
  const toJson = stored === false ? JSON.stringify : COLUMN_TO_JSON[type.storedAs];
  const write = remembering((value) =>
    value === undefined || (omitNull && value === null) ? '' : `${key}${toJson(value)},`,
  );
  if (name === 'tenant_id') return (row) => write(row.project_id);
  if (stored === false) return (_row, supplied) => write(supplied[name]);
  const column = columnOf(name);
  return (row) => write(row[column]);
}

/**
 * Writes what `viewer` shows of the resource, as JSON.
 * @param fields names from `?fields=`; empty for all
 */
export function rowWriter(definition: Definition, caller: Caller, fields: readonly string[]): RowWriter {
  const members = shownTo(definition, caller, fields).map(([name, attribute]) => memberOf(name, attribute));
  return (row, supplied) => {
    let text = '';
    for (const member of members) text += member(row, supplied);
    return `{${text.slice(0, -1)}}`;
  };
}
