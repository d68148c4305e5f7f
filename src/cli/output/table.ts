/** Tables of plain characters. */

/**
 * Draws a table. Cells may have several lines.
 * @returns lines, each with its line break
 */
export function drawTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => row.map((cell) => cell.split('\n')));
  const widths = titles.map((title, column) =>
    lines.reduce(
      (widest, row) => (row[column] ?? []).reduce((width, line) => Math.max(width, widthOf(line)), widest),
      widthOf(title),
    ),
  );
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const draw = (cells: readonly string[]) =>
    `|${widths.map((width, column) => ` ${pad(cells[column] ?? '', width)} `).join('|')}|\n`;
  const body = lines.map((row) => {
    const height = Math.max(1, ...row.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) => draw(row.map((cell) => cell[line] ?? ''))).join('');
  });
  return rule + draw(titles) + rule + body.join('') + (rows.length > 0 ? rule : '');
}

/** In characters as a reader counts them: an accent over a letter is none of its own. */
function widthOf(text: string): number {
  if (ASCII_ONLY.test(text)) return text.length;
  let width = 0;
  for (const _ of segmenter.segment(text)) width++;
  return width;
}

const ASCII_ONLY = /^[ -~]*$/;
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const pad = (text: string, width: number): string => text + ' '.repeat(width - widthOf(text));
