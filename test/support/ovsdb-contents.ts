import { execFileSync } from 'node:child_process';

interface Dump {
  /** `NAME table`. */
  readonly caption: string;
  readonly headings: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

type Row = Record<string, unknown>;

/**
 * All rows of a database as sorted lines, in a form that is equal for equal contents: rows are called by their
 * external_ids instead of their UUIDs, sets and maps are sorted.
 *
 * @param options.without tables to leave out
 * @param options.withoutKey leaves pairs with this key out of maps
 */
export function databaseContents(
  remote: string,
  database: string,
  options: { without: readonly string[]; withoutKey: string },
): string[] {
  const dump = execFileSync('ovsdb-client', ['--format=json', 'dump', remote, database], {
    encoding: 'utf8',
  });
  const rows = dump
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Dump)
    .map(({ caption, headings, data }) => ({ table: caption.split(' ')[0]!, headings, data }))
    .filter(({ table }) => !options.without.includes(table))
    .flatMap(({ table, headings, data }) =>
      data.map((values) => ({
        table,
        row: Object.fromEntries(headings.map((name, at) => [name, values[at]])) as Row,
      })),
    );
  const names = new Map<unknown, string>();
  const plain = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    const [kind, content] = value as [string, unknown];
    if (kind === 'uuid') return names.get(content) ?? content;
    if (kind === 'set') return (content as unknown[]).map((member) => JSON.stringify(plain(member))).sort();
    return (content as [unknown, unknown][])
      .filter(([key]) => key !== options.withoutKey)
      .map(([key, of]) => `${JSON.stringify(plain(key))}: ${JSON.stringify(plain(of))}`)
      .sort();
  };
  for (const { row } of rows)
    names.set((row._uuid as [string, string])[1], JSON.stringify(plain(row.external_ids)));
  return rows
    .map(({ table, row: { _uuid, ...columns } }) => {
      const entries = Object.entries(columns).map(([name, value]) => [name, plain(value)]);
      return `${table} ${JSON.stringify(Object.fromEntries(entries))}`;
    })
    .sort();
}
