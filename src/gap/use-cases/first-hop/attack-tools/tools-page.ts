/** The table of programs on the page on attacks. Pure. */
import type { AttackTool } from './attack-tool.ts';

/** A table in Markdown: program, what it does, the RFC, what stops it, and the use case that has the evidence. */
export function toolTable(tools: Readonly<Record<string, readonly AttackTool[]>>): string {
  const rows = Object.entries(tools).flatMap(([useCase, ofCase]) =>
    ofCase.map((tool) => {
      return `| \`${tool.name}\` | ${tool.attack} | ${tool.rfc} | ${tool.stoppedBy} | \`${useCase}\` |`;
    }),
  );
  return [
    '| program | attack | RFC | stopped by | evidence |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const [BEGIN, END] = ['<!-- programs: begin -->\n', '<!-- programs: end -->'];

/** The page with this table between its marks. Throws when they are missing. */
export function withToolTable(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('the page on attacks has no place for the programs');
  return `${page.slice(0, begin + BEGIN.length)}${table}${page.slice(end)}`;
}
