/** The report as a page of its own: the table, each row of which opens to what was tried, on what, and what was seen. */
import type { Evidence } from '../../kit/index.ts';
import { type CaseReport, type GapReport, interruptionOf, limitsOf, score, tally } from '../gap-report.ts';
import { markupText } from '../markup.ts';
import { openstackHistory } from '../openstack-history.ts';
import { shortcomingOf, untriedOf } from '../shortcomings.ts';
import { framesMarkup } from './frames.ts';
import { htmlPage, sentenceList, verdictMarkup } from './page.ts';
import { topologyDrawing } from './topology-drawing.ts';

export function renderHtml(report: GapReport): string {
  const { endpoint, engine, started } = report;
  const interruption = interruptionOf(report);
  const when = `<time datetime="${markupText(started)}">${markupText(started)}</time>`;
  return htmlPage(
    `IPv6 gap analysis of ${endpoint}`,
    `<h1>IPv6 gap analysis</h1>
<p>${markupText(endpoint)} (${markupText(engine)}), ${when}: <b>${markupText(tally(report))}</b>.</p>${interruption === undefined ? '' : `\n<p><b>${markupText(interruption)}</b></p>`}
<p class="soft">Each row opens to its evidence. Kilo and Liberty: what OpenStack Neutron could in 2015, by the OPNFV IPv6 project.</p>
<div class="rows">
<div class="cells heads" aria-hidden="true"><span>use case</span><span>verdict</span><span>evidence</span><span>Kilo</span><span>Liberty</span></div>
${report.cases.map(rowMarkup).join('\n')}
</div>`,
  );
}

function rowMarkup(row: CaseReport): string {
  const { kilo, liberty } = openstackHistory[row.id];
  const cell = (head: string, markup: string): string =>
    `<span><span class="cell-head">${head}</span>${markup}</span>`;
  return `<details class="row" id="${row.id}"><summary class="cells">
<span><b>${markupText(row.title)}</b> <code class="soft">${row.id}</code></span>
${cell('verdict', verdictMarkup(row.verdict))}${cell('evidence', score(row))}${cell('Kilo', kilo)}${cell('Liberty', liberty)}
</summary><div class="inside">
${[shortcoming(row), untried(row), topology(row), evidenceTable(row), sentenceList(limitsOf(row))].filter(Boolean).join('\n')}
</div></details>`;
}

function shortcoming(row: CaseReport): string {
  const found = shortcomingOf(row);
  if (found === undefined) return '';
  return `<h3>What would have to change</h3>${sentenceList(found.changes)}
<p>In whose software: ${markupText(found.where)}</p>`;
}

function untried(row: CaseReport): string {
  const sentences = untriedOf(row);
  return sentences.length === 0 ? '' : `<h3>What could not be tried</h3>${sentenceList(sentences)}`;
}

function topology(row: CaseReport): string {
  const drawing = row.topology === undefined ? '' : topologyDrawing(row.topology);
  return drawing === '' ? '' : `<h3>On what it was tried</h3><div class="drawing">${drawing}</div>`;
}

function evidenceTable({ id, evidence }: CaseReport): string {
  if (evidence.length === 0) return '';
  const rows = evidence.map((item, index) => evidenceRow(item, `${id}-${index + 1}.pcap`));
  return `<h3>Evidence</h3>
<table><thead><tr><th>what was tried</th><th>expected</th><th>seen</th><th>ok</th></tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`;
}

function evidenceRow({ what, expected, seen, ok, capture }: Evidence, file: string): string {
  const outcome = `<span class="verdict ${ok ? 'yes' : 'no'}">${ok ? 'yes' : 'no'}</span>`;
  const frames =
    capture === undefined ? '' : `\n<tr><td colspan="4">${framesMarkup(capture, file)}</td></tr>`;
  return `<tr${ok ? '' : ' class="failed"'}><td>${markupText(what)}</td><td data-head="expected">${markupText(expected)}</td><td data-head="seen">${markupText(seen)}</td><td data-head="ok">${outcome}</td></tr>${frames}`;
}
