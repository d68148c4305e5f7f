/** A comparison as a page of its own: differences first, each open; what is the same below. */
import { htmlPage, sentenceList, verdictMarkup } from '../html/page.ts';
import { markupText } from '../markup.ts';
import type { ComparedCase, ComparedRun, ReportComparison } from './compare-reports.ts';
import { changeTally, differencesIn } from './differences.ts';

export const renderComparisonPage = (comparison: ReportComparison): string =>
  htmlPage(
    'Two IPv6 gap analyses',
    `<h1>Two IPv6 gap analyses</h1>
${runMarkup('A', comparison.a)}
${runMarkup('B', comparison.b)}
<p><b>${markupText(changeTally(comparison))}.</b></p>
<div class="rows">
<div class="cells pair heads" aria-hidden="true"><span>use case</span><span>A</span><span>B</span><span>change</span></div>
${comparison.cases.map(rowMarkup).join('\n')}
</div>`,
  );

const runMarkup = (name: string, { endpoint, engine, started }: ComparedRun): string =>
  `<p><b>${name}</b>: ${markupText(endpoint)} (${markupText(engine)}), ${markupText(started)}</p>`;

function rowMarkup(row: ComparedCase): string {
  const cell = (head: string, markup: string): string =>
    `<span><span class="cell-head">${head}</span>${markup}</span>`;
  const verdict = (value: string | null): string => (value === null ? '-' : verdictMarkup(value));
  const colour = row.change === 'worse' ? 'verdict no' : row.change === 'better' ? 'verdict yes' : 'soft';
  const cells = `<span><b>${markupText(row.title)}</b> <code class="soft">${markupText(row.id)}</code></span>
${cell('A', verdict(row.a))}${cell('B', verdict(row.b))}${cell('change', `<span class="${colour}">${row.change}</span>`)}`;
  const differences = differencesIn(row);
  if (differences.length === 0) return `<div class="row"><div class="cells pair plain">${cells}</div></div>`;
  return `<details class="row" open><summary class="cells pair">
${cells}
</summary><div class="inside">${sentenceList(differences)}</div></details>`;
}
