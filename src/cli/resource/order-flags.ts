/** The flags for the order of a list, as the `openstack` command has them: it is sorted here, by what is shown. */
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Column } from '../output/columns.ts';
import type { Body } from './flag.ts';

export interface OrderFlags {
  readonly sortColumn: readonly string[];
  readonly sortDescending?: true;
}

export function addOrderFlags(command: Command): void {
  command
    .option(
      '--sort-column <column>',
      'sort by this column, by its title or attribute. Repeatable.',
      (text: string, before: string[]) => [...before, text],
      [],
    )
    .option('--sort-ascending', 'the least first. The default.')
    .option('--sort-descending', 'the greatest first');
}

/** @throws UsageError for a column that is not shown */
export function sorted<T extends Body>(
  items: readonly T[],
  columns: readonly Column[],
  { sortColumn, sortDescending }: OrderFlags,
): readonly T[] {
  const keys = sortColumn.map((text) => columnNamed(columns, text));
  if (keys.length === 0) return items;
  const sign = sortDescending ? -1 : 1;
  return items.toSorted((one, other) => {
    for (const { value } of keys) {
      const order = compared(value(one), value(other));
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

function columnNamed(columns: readonly Column[], text: string): Column {
  const found = columns.find(
    ({ title, name }) => title.toLowerCase() === text.toLowerCase() || name === text.toLowerCase(),
  );
  if (found !== undefined) return found;
  const known = columns.map(({ title }) => title).join(', ');
  throw new UsageError(`--sort-column ${text}: there is no such column here. There are: ${known}.`);
}

/** What is nothing comes first; numbers by what they are, all else by its text. */
function compared(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [left, right] = [one, other].map((value) =>
    value === null || value === undefined ? '' : String(value),
  );
  return left === right ? 0 : left! < right! ? -1 : 1;
}
