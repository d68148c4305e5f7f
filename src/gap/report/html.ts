/** The report as a page of its own: nothing to load, works from a file. */
import type { Evidence } from '../kit/index.ts';
import { type CaseReport, type GapReport, limitsOf, score, tally } from './gap-report.ts';
import { openstackHistory } from './openstack-history.ts';

const STYLE = `
:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.4 }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #8885 }
summary { cursor: pointer }
details { margin: .6rem 0 }
.yes { color: #18794e } .partial { color: #ad5700 } .no { color: #ce2c31 } .unverified { color: #888 }
.verdict { font-weight: 600 }
`;

/** A summary table and, to be unfolded, each row's evidence. */
export function renderHtml(report: GapReport): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>IPv6 gap analysis of ${text(report.endpoint)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>IPv6 gap analysis</h1>
<p>${text(report.endpoint)} (${text(report.engine)}), ${text(report.started)}: ${text(tally(report))}.</p>
<table>
<tr><th>use case</th><th>verdict</th><th>evidence</th><th>Kilo</th><th>Liberty</th></tr>
${report.cases.map(summaryRow).join('\n')}
</table>
${report.cases.map(details).join('\n')}
</body>
</html>
`;
}

function summaryRow(row: CaseReport): string {
  const { kilo, liberty } = openstackHistory[row.id];
  return `<tr><td><a href="#${row.id}">${row.id}</a><br>${text(row.title)}</td><td>${verdict(row)}</td><td>${score(row)}</td><td>${kilo}</td><td>${liberty}</td></tr>`;
}

function details(row: CaseReport): string {
  const missing = row.missing.map((item) => `<li>${text(item)}</li>`).join('');
  const limits = limitsOf(row)
    .map((item) => `<li>${text(item)}</li>`)
    .join('');
  const evidence = row.evidence.map(evidenceRow).join('\n');
  return `<details id="${row.id}"><summary>${row.id}: ${verdict(row)}</summary>
${missing && `<p>Missing:</p><ul>${missing}</ul>`}
${limits && `<ul>${limits}</ul>`}
${evidence && `<table><tr><th>what</th><th>expected</th><th>seen</th><th>ok</th></tr>\n${evidence}</table>`}
</details>`;
}

function evidenceRow({ what, expected, seen, ok, pcap }: Evidence): string {
  const link = pcap === undefined ? '' : ` (<a href="${text(pcap)}">pcap</a>)`;
  const outcome = ok ? '<span class="yes">yes</span>' : '<span class="no verdict">no</span>';
  return `<tr><td>${text(what)}</td><td>${text(expected)}</td><td>${text(seen)}${link}</td><td>${outcome}</td></tr>`;
}

const verdict = (row: CaseReport): string => `<span class="verdict ${row.verdict}">${row.verdict}</span>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text that is not taken for markup, in content and attributes. */
const text = (value: string): string => value.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
