/** The table of use cases in the reference (docs/reference/use-cases.md). */

import type { UseCase } from '../kit/index.ts';
import type { UseCaseId } from '../use-cases/registry.ts';
import { openstackHistory } from './openstack-history.ts';

const HEAD = '| id | use case | claim | missing | Kilo | Liberty |\n| --- | --- | --- | --- | --- | --- |\n';

/** What the use cases claim, as a Markdown table. */
export const useCaseTable = (useCases: readonly UseCase<UseCaseId>[]): string =>
  HEAD +
  useCases
    .map(({ id, title, claim, missing }) => {
      const { kilo, liberty } = openstackHistory[id];
      return `| \`${id}\` | ${title} | ${claim} | ${missing.join(' ')} | ${kilo} | ${liberty} |\n`;
    })
    .join('');

/** The page with its table replaced. */
export function withTable(page: string, table: string): string {
  const start = page.indexOf(HEAD);
  const end = page.indexOf('\n\n', start);
  if (start < 0 || end < 0) throw new Error('the page has no table of use cases');
  return page.slice(0, start) + table + page.slice(end + 1);
}
