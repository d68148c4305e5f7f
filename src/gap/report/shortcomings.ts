/** Of a row that is not `yes`: what would have to change, in whose software, and what is not known. */
import { type CaseReport, remarks } from './gap-report.ts';
import { SERVED_BY } from './served-by.ts';

export interface Shortcoming {
  /** What would have to be otherwise: sentences. */
  readonly changes: readonly string[];
  /** In whose software: a sentence. */
  readonly where: string;
}

/** Undefined for a row that works, and for one of which nothing is known. */
export function shortcomingOf(row: CaseReport): Shortcoming | undefined {
  const changes = remarks(row).filter((remark) => !row.untried.includes(remark));
  if ((row.verdict !== 'no' && row.verdict !== 'partial') || changes.length === 0) return undefined;
  // Claims are Sextant's own.
  return { changes, where: row.claimed === undefined ? SERVED_BY[row.id] : 'Sextant.' };
}

/** Why a row could not be tried, or what of it could not: sentences. */
export const untriedOf = ({ verdict, missing, untried }: CaseReport): readonly string[] =>
  verdict === 'unverified' ? missing : untried;
