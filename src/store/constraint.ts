/** Tells which constraint a failed statement ran into, alike for both databases. */

/**
 * @returns the table whose primary key or unique constraint the statement would have broken, or undefined when
 * `error` is something else. SQLite names the columns, PostgreSQL the constraint: both begin with the table.
 */
export function uniqueViolation(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const sqlite = /^UNIQUE constraint failed: (\w+)\./.exec(error.message);
  if (sqlite) return sqlite[1];
  const { code, table } = error as Error & { code?: string; table?: string };
  return code === '23505' ? table : undefined;
}
