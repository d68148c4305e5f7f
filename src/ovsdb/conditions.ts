/** Which rows of a database are followed: a server sends no others (`monitor_cond`, ovsdb-server(7)). */
import type { Json, JsonObject } from './json.ts';

/** A row fits when this column has this value; a UUID is written `['uuid', ...]`. */
export type Clause = readonly [column: string, value: string | readonly ['uuid', string]];

/** By table, of those of which not all rows are followed: a row is when it fits one of the clauses. */
export type Conditions = Readonly<Record<string, readonly Clause[]>>;

/** What a request says of them for one table; nothing where all rows are followed. */
export function wherePartOf(conditions: Conditions, table: string): JsonObject {
  const clauses = conditions[table];
  if (clauses === undefined) return {};
  // An empty list would be all rows.
  const where: Json[] = clauses.map(([column, value]) => [column, '==', value as Json]);
  return { where: where.length === 0 ? [false] : where };
}
