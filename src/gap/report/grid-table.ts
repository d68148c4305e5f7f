/** Grid tables of reStructuredText, as people draw them. */
import { wrapText } from './plain-text.ts';

/** A column; it is as wide as its longest word at least. */
export interface GridColumn {
  readonly title: string;
  /** In characters. */
  readonly width: number;
}

/** What stands in a cell: paragraphs, a blank line between them. */
export type GridCell = readonly string[];

/** @returns lines */
export function gridTable(columns: readonly GridColumn[], rows: readonly (readonly GridCell[])[]): string[] {
  const table = [columns.map(({ title }) => [title]), ...rows];
  const widths = columns.map(({ width }, column) =>
    Math.max(width, ...table.flatMap((row) => row[column]!.flatMap(wordLengths))),
  );
  const rule = (line: string): string => `+${widths.map((width) => line.repeat(width)).join('+')}+`;
  const [head = [], ...body] = table.map((row) => rowLines(row, widths));
  return [rule('-'), ...head, rule('='), ...body.flatMap((lines) => [...lines, rule('-')])];
}

const wordLengths = (paragraph: string): number[] => paragraph.split(/\s+/).map((word) => word.length);

function rowLines(row: readonly GridCell[], widths: readonly number[]): string[] {
  const cells = row.map((cell, column) =>
    cell.flatMap((paragraph, index) => [...(index > 0 ? [''] : []), ...wrapText(paragraph, widths[column]!)]),
  );
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from(
    { length: height },
    (_, line) => `|${cells.map((lines, column) => (lines[line] ?? '').padEnd(widths[column]!)).join('|')}|`,
  );
}
