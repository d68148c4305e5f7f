import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readiness } from '../api/health.ts';
import type { EngineProcessState, ReconcilerStatus } from '../engine/index.ts';
import { hostCheck, northboundCheck, ovnCheck } from './watched-parts.ts';

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

const process = (name: string, change: Partial<EngineProcessState> = {}): EngineProcessState => ({
  ...{ name, pid: 7, since: new Date(0), isUp: true, isAdopted: true, hangs: false },
  ...change,
});

test('OVN is well when all of its processes run and answer; the host process has a check of its own', async () => {
  const host = process('host', { isUp: false, pid: undefined });
  const northd = process('ovn-northd');
  for (const [processes, expected] of [
    [[northd, host], { ok: true }],
    [
      [process('switch', { isUp: false }), process('ovn-controller', { hangs: true })],
      {
        ok: false,
        reason:
          'switch is not up: it is starting, or is started again; ovn-controller (process 7) does not answer',
      },
    ],
  ] as const) {
    assert.deepEqual(await ovnCheck(() => processes).check(), expected);
  }
  for (const [state, ok] of [
    [northd, true],
    [host, false],
    [process('host', { hangs: true }), false],
  ] as const) {
    assert.equal((await hostCheck({ state }).check()).ok, ok);
  }
});
