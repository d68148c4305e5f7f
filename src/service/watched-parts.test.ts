import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readiness } from '../api/health.ts';
import type { ReconcilerStatus } from '../engine/index.ts';
import { northboundCheck } from './watched-parts.ts';

const well: ReconcilerStatus = {
  role: 'acting',
  position: 5,
  journalEnd: 5,
  waiting: 0,
  oldestWaitingMs: undefined,
  failures: [],
  counters: { units: 0, transactions: 0, operations: 0, repairs: 0 },
};
const failure = { unit: 'port/a', reason: 'r', publicReason: 'r', since: 0, attempts: 1 };
const late = { waiting: 3, oldestWaitingMs: 31_000 };

test('the northbound database is well when changes reach it, whoever brings them', async () => {
  for (const [status, expected] of [
    [{}, { ok: true }],
    [{ waiting: 3, oldestWaitingMs: 30_000 }, { ok: true }],
    [{ role: 'standing by' }, { ok: true, note: 'this process stands by while another one acts' }],
    [{ failures: [failure, failure] }, { ok: true, note: '2 units could not be brought into OVN' }],
    [{ failures: undefined, waiting: undefined }, { ok: true }],
    [
      { role: 'standing by', failures: [failure] },
      {
        ok: true,
        note: 'this process stands by while another one acts; 1 unit could not be brought into OVN',
      },
    ],
    [
      { role: 'disconnected', ...late },
      { ok: false, reason: "OVN's northbound database is not reached" },
    ],
    [
      late,
      {
        ok: false,
        reason:
          'changes wait for OVN (3, the oldest for 31 s): this process acts and does not get on, see its log',
      },
    ],
    [
      { role: 'standing by', ...late, waiting: undefined },
      {
        ok: false,
        reason:
          'changes wait for OVN (some, the oldest for 31 s): nobody acts: this process stands by, and the one that holds the lock does not get on',
      },
    ],
  ] as const satisfies readonly (readonly [Partial<ReconcilerStatus>, object])[]) {
    const check = northboundCheck({ status: async () => ({ ...well, ...status }) });
    const { parts } = await readiness([check]);
    assert.deepEqual(parts, { northbound: expected });
  }
});
