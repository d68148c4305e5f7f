import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GapReport, shortfalls } from './gap-report.ts';
import { renderReport } from './render.ts';

const report: GapReport = {
  version: 1,
  endpoint: 'http://[::1]:9696',
  engine: 'OVN',
  started: '2026-11-22T04:00:00.000Z',
  seconds: 42.4,
  cases: [
    {
      id: 'v6-only',
      title: 'Instances with IPv6 alone',
      verdict: 'partial',
      claimed: 'yes',
      missing: [],
      untried: [],
      limits: [],
      evidence: [
        { what: 'one pings two', expected: 'an answer', seen: '3 of 3', ok: true, core: true },
        {
          what: 'a packet <too big>',
          expected: 'packet too big | mtu 1300',
          seen: 'silence',
          ok: false,
          pcap: 'v6-only/1.pcap',
        },
      ],
      seconds: 3.21,
    },
    {
      id: 'dvr',
      title: 'Distributed routing',
      verdict: 'no',
      claimed: 'no',
      missing: ['Several hosts are not built.'],
      untried: [],
      limits: [],
      evidence: [],
      seconds: 0,
    },
  ],
};

test('the table for terminals', () => {
  assert.equal(
    renderReport(report, 'table'),
    `USE CASE  VERDICT  EVIDENCE  SECONDS  KILO  LIBERTY
v6-only   partial  1/2       3.2      yes   yes
dvr       no       -         -        no    no

What is missing, failed or is not shown:
v6-only
  - a packet <too big>: expected packet too big | mtu 1300, saw silence
dvr
  - Several hosts are not built.

v6-only: partial, claimed yes
1 partial, 1 no in 42 s at http://[::1]:9696 (OVN)
`,
  );
});

test('the table keeps to the width of the terminal, but breaks no word', () => {
  const lines = renderReport(report, 'table', { width: 40 }).split('\n');
  const notes = lines.slice(lines.indexOf('v6-only'), lines.indexOf('dvr'));
  assert.deepEqual(notes, [
    'v6-only',
    '  - a packet <too big>: expected packet',
    '    too big | mtu 1300, saw silence',
  ]);
});

test('colours are there when asked for', () => {
  assert.ok(renderReport(report, 'table', { color: true }).includes('\u001b[33mpartial\u001b[0m'));
  assert.ok(!renderReport(report, 'table').includes('\u001b'));
});

test('JSON is the report itself', () => {
  assert.deepEqual(JSON.parse(renderReport(report, 'json')), report);
});

test('Markdown', () => {
  assert.equal(
    renderReport(report, 'md'),
    `# IPv6 gap analysis

http://\\[::1\\]:9696 (OVN), 2026-11-22T04:00:00.000Z: 1 partial, 1 no.

| id | use case | verdict | evidence | Kilo | Liberty |
| --- | --- | --- | --- | --- | --- |
| \`v6-only\` | Instances with IPv6 alone | **partial** | 1/2 | yes | yes |
| \`dvr\` | Distributed routing | **no** | - | no | no |

## v6-only

Instances with IPv6 alone: **partial**.

What would have to change:

- a packet \\<too big\\>: expected packet too big \\| mtu 1300, saw silence

In whose software: Sextant.

| what | expected | seen | ok |
| --- | --- | --- | --- |
| one pings two | an answer | 3 of 3 | yes |
| a packet \\<too big\\> | packet too big \\| mtu 1300 | silence ([pcap](v6-only/1.pcap)) | **no** |

## dvr

Distributed routing: **no**.

What would have to change:

- Several hosts are not built.

In whose software: Sextant.
`,
  );
});

test('reStructuredText, in the tables of the documents that it may replace', () => {
  const lines = renderReport({ ...report, cases: [report.cases[0]!] }, 'rst').split('\n');
  const rule = `  +${'-'.repeat(59)}+${'-'.repeat(19)}+${'-'.repeat(68)}+`;
  const row = (useCase: string, verdict: string, note: string): string =>
    `  |${useCase.padEnd(59)}|${verdict.padEnd(19)}|${note.padEnd(68)}|`;
  assert.deepEqual(lines.slice(0, 18), [
    '==========================',
    'IPv6 Gap Analysis with OVN',
    '==========================',
    '',
    'The IPv6 use cases, tried with real packets at http://[::1]:9696 at 2026-11-22T04:00:00.000Z: 1 partial.',
    '',
    '.. table::',
    '  :class: longtable',
    '',
    rule,
    row('Use Case / Requirement', 'Supported', 'Notes'),
    rule.replaceAll('-', '='),
    row(
      'Instances with IPv6 alone',
      '**Partial**',
      'a packet <too big>: expected packet too big \\| mtu 1300, saw silence',
    ),
    row('', '', ''),
    row('', '', 'In whose software: Sextant.'),
    row('', '', ''),
    row('', '', 'Kilo: yes. Liberty: yes.'),
    rule,
  ]);
  assert.ok(lines.some((line) => line.includes('|silence (`pcap <v6-only/1.pcap>`__)')));
});

test('a row of which only some could not be tried here does not fall short', () => {
  const [row] = report.cases;
  const evidence = row!.evidence.filter(({ ok }) => ok);
  const untried = ['Programs that are not installed here.'];
  const here = { ...row!, evidence, missing: untried, untried };
  assert.deepEqual(shortfalls({ ...report, cases: [here] }), []);
  const failed = { ...here, evidence: row!.evidence };
  assert.deepEqual(shortfalls({ ...report, cases: [failed] }), [failed]);
});

test('what evidence cannot show is said in every format, and changes no verdict', () => {
  const cases = [{ ...report.cases[0]!, limits: ['several hosts.'] }];
  for (const format of ['table', 'md', 'rst', 'html'] as const)
    assert.match(renderReport({ ...report, cases }, format), /Not shown: several hosts\./, format);
});

test('a row falls short of a claim that is better than its verdict', () => {
  assert.deepEqual(
    shortfalls(report).map(({ id }) => id),
    ['v6-only'],
  );
});
