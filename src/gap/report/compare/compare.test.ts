import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE, hostileReport, reportOf, rowOf } from '../../../../test/support/gap-reports.ts';
import type { CaseReport } from '../gap-report.ts';
import { markupText } from '../markup.ts';
import { parseReport, ReportError } from '../parse-report.ts';
import { renderReport } from '../render.ts';
import { compareReports } from './compare-reports.ts';
import { COMPARISON_FORMATS, renderComparison } from './render-comparison.ts';

const kept = (...cases: CaseReport[]) => parseReport(renderReport(reportOf(...cases), 'json'));
const compared = (a: readonly CaseReport[], b: readonly CaseReport[]) =>
  compareReports(kept(...a), kept(...b));
const item = (what: string, ok: boolean, seen = ok ? 'it works' : 'silence') => {
  return { what, expected: 'it works', seen, ok };
};
/** What became of the one row that differs by these. */
const changeOf = (a: Partial<CaseReport>, b: Partial<CaseReport>) =>
  compared([rowOf(a)], [rowOf(b)]).cases[0]?.change;

test('verdicts decide what is worse', () => {
  assert.equal(changeOf({}, {}), 'same');
  assert.equal(changeOf({ verdict: 'yes' }, { verdict: 'partial' }), 'worse');
  assert.equal(changeOf({ verdict: 'no' }, { verdict: 'partial' }), 'better');
  assert.equal(changeOf({ verdict: 'yes' }, { verdict: 'unverified' }), 'worse');
  assert.equal(changeOf({ verdict: 'no' }, { verdict: 'unverified' }), 'other');
});

test('where they are the same, evidence does', () => {
  const verdict = 'partial';
  assert.equal(
    changeOf({ verdict, evidence: [item('a', true)] }, { verdict, evidence: [item('a', false)] }),
    'worse',
  );
  assert.equal(
    changeOf({ verdict, evidence: [item('a', false)] }, { verdict, evidence: [item('a', true)] }),
    'better',
  );
  assert.equal(
    changeOf({ verdict, evidence: [item('a', true)] }, { verdict, evidence: [item('b', true)] }),
    'other',
  );
  assert.equal(changeOf({ verdict, missing: ['one'] }, { verdict, missing: ['two'] }), 'other');
  const times = [item('a', true, '3 ms'), item('a', true, '4 ms')] as const;
  assert.equal(changeOf({ evidence: [times[0]] }, { evidence: [times[1]] }), 'same');
});

test('what was tried several times under one name is compared in turn', () => {
  const evidence = (second: boolean) => [item('a', true), item('a', second), item('a', true)];
  const { cases } = compared([rowOf({ evidence: evidence(true) })], [rowOf({ evidence: evidence(false) })]);
  assert.deepEqual(cases[0]?.evidence, [
    {
      what: 'a',
      a: { expected: 'it works', seen: 'it works', ok: true },
      b: { expected: 'it works', seen: 'silence', ok: false },
    },
  ]);
});

test('what differs by a MAC address alone is the same thing', () => {
  const run = (suffix: string, mac: string) => ({
    evidence: [item(`fd16:1::f816:3eff:fe${suffix} is reached`, true), item(`frames of ${mac}`, true)],
  });
  const first = run('22:2330', 'fa:16:3e:22:23:30');
  assert.equal(changeOf(first, run('8e:1f', 'fa:16:3e:8e:00:1f')), 'same');
  assert.equal(
    changeOf(first, { evidence: [item('fd16:2::9 is reached', true), first.evidence[1]!] }),
    'other',
  );
});

test('differences come first; a row of one report alone makes nothing worse', () => {
  const a = [rowOf(), rowOf({ id: 'dvr', verdict: 'no' }), rowOf({ id: 'l3-ha' })];
  const b = [rowOf(), rowOf({ id: 'dvr', verdict: 'yes' }), rowOf({ id: 'metadata', verdict: 'no' })];
  const { cases, worse } = compared(a, b);
  assert.deepEqual(
    cases.map(({ id, change }) => [id, change]),
    [
      ['dvr', 'better'],
      ['l3-ha', 'only in A'],
      ['metadata', 'only in B'],
      ['v6-only', 'same'],
    ],
  );
  assert.equal(worse, false);
  assert.equal(compared(b, a).worse, true);
});

test('what an interruption kept from being tried to its end makes nothing worse', () => {
  const rows = [rowOf(), rowOf({ id: 'dvr', verdict: 'unverified' })];
  const cut = { ...reportOf(...rows), unfinished: ['dvr', 'l3-ha'] };
  const whole = kept(rowOf(), rowOf({ id: 'dvr' }), rowOf({ id: 'l3-ha' }));
  const { cases, worse } = compareReports(whole, parseReport(JSON.stringify(cut)));
  assert.deepEqual(
    cases.map(({ id, change }) => [id, change]),
    [
      ['dvr', 'only in A'],
      ['l3-ha', 'only in A'],
      ['v6-only', 'same'],
    ],
  );
  assert.equal(worse, false);
});

test('the table says what differs', () => {
  const a = rowOf({ evidence: [item('one pings two', true, '3 of 3')] });
  const b = rowOf({ verdict: 'no', evidence: [item('one pings two', false)], missing: ['Routers.'] });
  assert.equal(
    renderComparison(compared([a], [b]), 'table'),
    `A: http://[::1]:9696 (OVN), 2026-11-22T04:00:00.000Z
B: http://[::1]:9696 (OVN), 2026-11-22T04:00:00.000Z

USE CASE  A    B   CHANGE
v6-only   yes  no  worse

What differs:
v6-only
  - one pings two: A saw 3 of 3; B saw silence (expected it works)
  - In B alone: Routers.

1 worse
`,
  );
});

test('every format has all of it, and takes no text for markup', () => {
  const other = { ...hostileReport, cases: [rowOf({ title: HOSTILE, missing: [HOSTILE] })] };
  const comparison = compareReports(
    parseReport(JSON.stringify(hostileReport)),
    parseReport(JSON.stringify(other)),
  );
  for (const format of COMPARISON_FORMATS) {
    const text = renderComparison(comparison, format);
    assert.ok(text.includes('l3-ha') && text.endsWith('\n'), format);
    assert.ok(!text.includes('\u001b'), format);
  }
  assert.deepEqual(JSON.parse(renderComparison(comparison, 'json')), comparison);
  const page = renderComparison(comparison, 'html');
  assert.ok(page.includes(markupText(HOSTILE)) && !page.includes(HOSTILE));
  const colours = renderComparison(comparison, 'table', { color: true });
  assert.ok(colours.includes('\u001b[32m'));
});

test('what is no report is refused with the reason', () => {
  const report = reportOf(rowOf());
  const refused = (value: unknown, reason: RegExp) =>
    assert.throws(
      () => parseReport(typeof value === 'string' ? value : JSON.stringify(value)),
      (error) => error instanceof ReportError && reason.test(error.message),
    );
  refused('{', /no JSON/);
  refused([], /no object/);
  refused({ cases: [] }, /no report of "sextant gap --format json"/);
  refused({ ...report, version: 2 }, /version 2, where this release reads 1/);
  refused({ ...report, endpoint: 7 }, /"endpoint" is no text/);
  refused({ ...report, cases: {} }, /"cases" is no list/);
  refused({ ...report, cases: [null] }, /cases\[0\] is no object/);
  refused({ ...report, cases: [{ ...rowOf(), verdict: 'maybe' }] }, /"maybe" is no verdict/);
  refused({ ...report, cases: [{ ...rowOf(), missing: [1] }] }, /"missing" has something/);
  refused(
    { ...report, cases: [{ ...rowOf(), evidence: [{ ...item('a', true), ok: 1 }] }] },
    /"ok" is neither/,
  );
  refused({ ...report, cases: [rowOf(), rowOf()] }, /"v6-only" twice/);
});
