/** What reports for terminals are made of. */
import type { CaseVerdict } from '../kit/index.ts';
import { onOneLine, wrapText } from './plain-text.ts';

export interface TextOptions {
  /** Colours by ANSI escape sequences. */
  readonly color?: boolean;
  /** Columns of the terminal; 100 when left out. */
  readonly width?: number;
}

export const DEFAULT_WIDTH = 100;

/** ANSI colour numbers: green, yellow, red, grey. */
const COLORS: Record<CaseVerdict, number> = { yes: 32, partial: 33, no: 31, unverified: 90 };

/** Colours text as a verdict has it, where there are colours. */
export const painter =
  ({ color = false }: TextOptions) =>
  (text: string, verdict: CaseVerdict): string =>
    color ? `\u001b[${COLORS[verdict]}m${text}\u001b[0m` : text;

/**
 * Lines of a table, its columns as wide as what is in them.
 * @param paint is given each cell with its column and row (0 is the first after the headings), filled up with spaces
 */
export function alignedLines(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number, row: number) => string,
): string[] {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const pad = (cell: string, column: number): string => cell.padEnd(widths[column]!);
  return [
    headings.map(pad),
    ...rows.map((row, index) => row.map((cell, column) => paint(pad(cell, column), column, index))),
  ].map((cells) => cells.join('  ').trimEnd());
}

/** Sentences under a heading, each with a dash. */
export function dashedLines(sentences: readonly string[], width: number): string[] {
  return sentences.flatMap((sentence) =>
    wrapText(onOneLine(sentence), width - 4).map((text, index) => `  ${index === 0 ? '- ' : '  '}${text}`),
  );
}
