import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Fastify from 'fastify';
import { HOSTILE, hostileReport, reportOf, rowOf } from '../../../test/support/gap-reports.ts';
import { gridTable } from './grid-table.ts';
import { markupText } from './markup.ts';
import { renderReport } from './render.ts';

/** What a report as JSON is, as scripts are told. */
const schema = JSON.parse(
  readFileSync(new URL('../../../docs/reference/gap-report.schema.json', import.meta.url), 'utf8'),
);

/** What the schema has against a document; nothing when it is right. */
async function complaints(document: unknown): Promise<string> {
  const app = Fastify({
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false } },
  });
  app.post('/', { schema: { body: schema } }, () => '');
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/', payload: document as object });
  await app.close();
  return statusCode === 200 ? '' : body;
}

test('JSON keeps to the published schema, which allows nothing else', async () => {
  assert.equal(await complaints(JSON.parse(renderReport(hostileReport, 'json'))), '');
  assert.match(await complaints({ ...hostileReport, version: 2 }), /version/);
  assert.match(await complaints({ ...hostileReport, more: 1 }), /additional properties/);
  const { verdict, ...row } = rowOf();
  assert.match(await complaints({ ...reportOf(), cases: [row] }), /verdict/);
  assert.match(await complaints({ ...reportOf(), cases: [{ ...row, verdict: 'maybe' }] }), /allowed values/);
});

test('a grid table wraps between words, and is as wide as its longest one', () => {
  const columns = [
    { title: 'Use Case', width: 8 },
    { title: 'Ok', width: 4 },
  ];
  assert.deepEqual(
    gridTable(columns, [
      [['one two three', 'four'], ['incomparable']],
      [['a'], []],
    ]),
    [
      '+--------+------------+',
      '|Use Case|Ok          |',
      '+========+============+',
      '|one two |incomparable|',
      '|three   |            |',
      '|        |            |',
      '|four    |            |',
      '+--------+------------+',
      '|a       |            |',
      '+--------+------------+',
    ],
  );
});

test('JUnit: evidence that failed is a failure, what is missing is skipped', () => {
  const evidence = [
    { what: 'one', expected: 'an answer', seen: '3 of 3', ok: true },
    { what: 'two', expected: 'an answer', seen: 'silence', ok: false },
  ];
  const row = rowOf({ verdict: 'partial', evidence, missing: ['Tunnels.'], seconds: 1.5 });
  assert.equal(
    renderReport(reportOf(row), 'junit'),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="sextant gap http://[::1]:9696" tests="3" failures="1" errors="0" skipped="1" time="42.400">
  <testsuite name="v6-only" tests="3" failures="1" errors="0" skipped="1" time="1.500" timestamp="2026-11-22T04:00:00.000Z">
    <properties><property name="verdict" value="partial"/></properties>
    <testcase classname="gap.v6-only" name="one"/>
    <testcase classname="gap.v6-only" name="two"><failure message="expected an answer, saw silence"/></testcase>
    <testcase classname="gap.v6-only" name="Tunnels."><skipped message="Tunnels."/></testcase>
  </testsuite>
</testsuites>
`,
  );
});

test('JUnit: a row that is a `no` without evidence has failed, unless nothing else is claimed', () => {
  const row = rowOf({ verdict: 'no', missing: ['Not built.'] });
  assert.match(renderReport(reportOf(row), 'junit'), /<failure message="Not built\."/);
  assert.match(renderReport(reportOf({ ...row, claimed: 'no' }), 'junit'), /<skipped message="Not built\."/);
  assert.match(renderReport(reportOf({ ...row, verdict: 'unverified' }), 'junit'), /<skipped/);
});

test('a report of a run that was interrupted says so in every format', async () => {
  const said = /Incomplete: the run was interrupted\. Not tried to the end: dvr, l3-ha\./;
  const interrupted = { ...reportOf(rowOf()), unfinished: ['dvr', 'l3-ha'] as const };
  for (const format of ['table', 'md', 'rst', 'html', 'junit'] as const) {
    assert.match(renderReport(interrupted, format), said, format);
    assert.doesNotMatch(renderReport(reportOf(rowOf()), format), /ncomplete/, format);
  }
  assert.match(renderReport(interrupted, 'junit'), /tests="1" failures="0" errors="1" [^>]*>\n {4}<testcase/);
  assert.equal(await complaints(interrupted), '');
});

test('JUnit takes no text for markup', () => {
  const text = renderReport(hostileReport, 'junit');
  assert.ok(text.includes(markupText(HOSTILE)) && !text.includes(HOSTILE));
  assert.doesNotMatch(text, /(?!\s)\p{Cc}/u);
});

test('the table and Markdown let no control characters through', () => {
  for (const format of ['table', 'md', 'rst'] as const) {
    assert.ok(!renderReport(hostileReport, format).includes('\u001b'), format);
  }
});
