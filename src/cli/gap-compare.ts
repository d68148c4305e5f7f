/** `sextant gap compare`: two reports side by side. */
import { readFileSync } from 'node:fs';
import {
  type ComparisonFormat,
  compareReports,
  parseReport,
  ReportError,
  renderComparison,
} from '../gap/index.ts';
import { CommandFailure, UsageError } from './errors.ts';
import { textOptions } from './gap.ts';
import type { Terminal } from './terminal.ts';

/**
 * Prints how B differs from A.
 * @throws CommandFailure when B is worse
 * @throws UsageError for a file that is no report
 */
export function gapCompare(a: string, b: string, format: ComparisonFormat, terminal: Terminal): void {
  const comparison = compareReports(readReport(a), readReport(b));
  terminal.out(renderComparison(comparison, format, textOptions(terminal)));
  if (!comparison.worse) return;
  const worse = comparison.cases.filter(({ change }) => change === 'worse');
  throw new CommandFailure(`Worse in B: ${worse.map(({ id }) => id).join(', ')}.`);
}

function readReport(file: string): ReturnType<typeof parseReport> {
  try {
    return parseReport(readFileSync(file, 'utf8'));
  } catch (error) {
    const isSystemError = error instanceof Error && 'syscall' in error;
    if (!(error instanceof ReportError) && !isSystemError) throw error;
    throw new UsageError(`${file} cannot be read as a report: ${error.message}`);
  }
}
