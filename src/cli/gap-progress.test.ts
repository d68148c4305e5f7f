import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GapProgress } from '../gap/index.ts';
import { openProgress, type ProgressKind, ProgressRows } from './gap-progress.ts';

const events: readonly GapProgress[] = [
  { event: 'run-started', cases: ['v6-only', 'dvr'] },
  { event: 'case-started', case: 'v6-only' },
  { event: 'evidence', case: 'v6-only', what: 'one pings two', ok: true },
  { event: 'case-finished', case: 'v6-only', verdict: 'yes', seconds: 1.23 },
  { event: 'run-finished', seconds: 2 },
];

/** What stands on standard error after these events; nothing is ever on standard output. */
function shown(kind: ProgressKind, errWidth?: number): string {
  const written: string[] = [];
  const out = (): void => assert.fail('the report alone goes there');
  const terminal = { env: {}, color: false, errWidth, out, err: (text: string) => written.push(text) };
  using view = openProgress(kind, terminal);
  for (const event of events) view.show(event);
  return written.join('');
}

test('lines where there is no terminal', () => {
  const lines = 'v6-only: started\nv6-only: yes after 1.2 s\n';
  assert.equal(shown('auto'), lines);
  assert.equal(shown('lines', 80), lines);
  assert.equal(shown('none', 80), '');
});

test('JSON for programs, an object a line', () => {
  const lines = shown('json', 80).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    events,
  );
});

test('in a terminal, rows of what is under way are drawn anew, and what is done stays', () => {
  const text = shown('auto', 30);
  // Two rows were there before each of these: one for the use case, one for all.
  assert.ok(text.includes('\u001b[2F\u001b[J  0 s  v6-only: 1: one pings \n'), JSON.stringify(text));
  assert.ok(text.includes('\u001b[2F\u001b[Jv6-only: yes after 1.2 s\n'), JSON.stringify(text));
});

test('a row says for how long, how much was seen, and what last', () => {
  const rows = new ProgressRows();
  rows.note({ event: 'run-started', cases: ['v6-only', 'dvr', 'metadata'] }, 0);
  assert.deepEqual(rows.lines(0), []);
  rows.note({ event: 'case-finished', case: 'dvr', verdict: 'no', seconds: 0 }, 0);
  rows.note({ event: 'case-started', case: 'v6-only' }, 1000);
  rows.note({ event: 'case-started', case: 'metadata' }, 2000);
  rows.note({ event: 'evidence', case: 'v6-only', what: 'one pings two', ok: true }, 3000);
  rows.note({ event: 'evidence', case: 'v6-only', what: 'two pings one', ok: false }, 4000);
  assert.deepEqual(rows.lines(61_000), [
    ' 60 s  v6-only: 2, 1 not as expected: two pings one',
    ' 59 s  metadata: 0',
    '       1 of 3 done',
  ]);
});
