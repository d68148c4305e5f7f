import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sextant } from '../../test/support/command.ts';
import { reportOf, rowOf } from '../../test/support/gap-reports.ts';

/** A directory with a report that is good, one that is worse, and what is none. */
function files(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-reports-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const reports = { good: reportOf(rowOf()), bad: reportOf(rowOf({ verdict: 'no' })), none: {} };
  for (const [name, report] of Object.entries(reports)) {
    writeFileSync(join(directory, name), JSON.stringify(report));
  }
  return directory;
}

test('the exit status says whether the second report is worse', async (t) => {
  const directory = files(t);
  const compare = (a: string, b: string, flags = '') =>
    sextant('', `gap compare ${flags} ${directory}/${a} ${directory}/${b}`);
  assert.equal((await compare('good', 'good')).status, 0);
  assert.equal((await compare('bad', 'good')).status, 0);
  const worse = await compare('good', 'bad');
  assert.equal(worse.status, 1);
  assert.match(worse.out, /^v6-only {3}yes {2}no {2}worse$/m);
  assert.match(worse.err, /Worse in B: v6-only\./);
  const json = await compare('good', 'bad', '--format json');
  assert.equal(JSON.parse(json.out).worse, true);
});

test('a file that is no report is a wrong command line', async (t) => {
  const directory = files(t);
  const none = await sextant('', `gap compare ${directory}/good ${directory}/none`);
  assert.equal(none.status, 2);
  assert.match(none.err, /none cannot be read as a report: it is no report of/);
  const missing = await sextant('', `gap compare ${directory}/missing ${directory}/good`);
  assert.equal(missing.status, 2);
  assert.match(missing.err, /missing cannot be read as a report: ENOENT/);
  assert.equal((await sextant('', `gap compare --format rst ${directory}/good ${directory}/good`)).status, 2);
});
