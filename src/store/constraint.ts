/** Tells which constraint a failed statement ran into, alike for both databases. */

/**
 * @returns the table of which the statement would have broken a unique or a foreign key, or undefined when `error` is
 * something else. SQLite does not say which table it is when it is about a foreign key: '' then.
 */
export function brokenKey(error: unknown): string | undefined {
  const unique = uniqueViolation(error);
  if (unique !== undefined || !(error instanceof Error)) return unique;
  if (error.message.startsWith('FOREIGN KEY constraint failed')) return '';
  const { code, table } = error as Error & { code?: string; table?: string };
  return code === '23503' ? table : undefined;
}

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
