import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReconcilerStatus } from '../engine/index.ts';
import { HostMetrics } from './host-metrics.ts';
import { statusOf } from './status.ts';

const acting: ReconcilerStatus = {
  role: 'acting',
  position: 5,
  journalEnd: 7,
  waiting: 2,
  oldestWaitingMs: 12.4,
  failures: [],
  counters: { units: 9, transactions: 3, operations: 20, repairs: 0 },
};
const well = { name: 'store', check: async () => ({ ok: true }) as const };

test('the status of the service is one document', async () => {
  const hostMetrics = new HostMetrics();
  hostMetrics.take('h1', [], performance.now());
  const { version, started, hosts, ...rest } = await statusOf({
    healthChecks: [well],
    store: { dialect: 'sqlite' },
    northbound: { ovnVersion: '26.03.2', status: async () => acting },
    hostMetrics,
    processes: [
      { name: 'ovn-northd', pid: 12, since: new Date(0), isUp: true, hangs: false, isAdopted: true },
      { name: 'host', pid: undefined, since: undefined, isUp: false, hangs: false, isAdopted: false },
    ],
  });
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.ok(Math.abs(Date.parse(started) - performance.timeOrigin) < 1_500);
  assert.deepEqual(
    hosts.map(({ name }) => name),
    ['h1'],
  );
  assert.ok(Math.abs(Date.parse(hosts[0]?.last_report ?? '') - Date.now()) < 5_000);
  const { position, journalEnd, waiting, counters } = acting;
  assert.deepEqual(rest, {
    ready: true,
    checks: { store: { ok: true } },
    store: { dialect: 'sqlite' },
    engine: {
      role: 'acting',
      ovn_version: '26.03.2',
      position,
      journal_end: journalEnd,
      waiting,
      oldest_waiting_ms: 12,
      counters,
    },
    failed_units: { total: 0, units: [] },
    processes: [
      { name: 'ovn-northd', up: true, hangs: false, pid: 12, since: '1970-01-01T00:00:00Z', adopted: true },
      { name: 'host', up: false, hangs: false, pid: null, since: null, adopted: false },
    ],
  });
});

test('failed units are as many as can be read, the first ones first', async () => {
  const failures = Array.from({ length: 150 }, (_, index) => ({
    ...{ unit: `port/${index}`, reason: 'in full', publicReason: 'for its owner', attempts: 2 },
    since: Date.UTC(2026, 0, 1) - index * 1_000,
  }));
  const { failed_units: failed } = await statusOf({
    healthChecks: [],
    store: { dialect: 'postgres' },
    northbound: { ovnVersion: undefined, status: async () => ({ ...acting, failures }) },
    hostMetrics: new HostMetrics(),
    processes: undefined,
  });
  assert.equal(failed?.total, 150);
  assert.equal(failed?.units.length, 100);
  const first = { unit: 'port/149', reason: 'in full', since: '2025-12-31T23:57:31Z', attempts: 2 };
  assert.deepEqual(failed?.units[0], first);
});

test('what cannot be known is null, and the rest is answered', async () => {
  const nothing = { position: undefined, journalEnd: undefined, waiting: undefined };
  const { engine, failed_units: failed } = await statusOf({
    healthChecks: [well],
    store: { dialect: 'postgres' },
    northbound: {
      ovnVersion: undefined,
      status: async () => ({ ...acting, ...nothing, failures: undefined }),
    },
    hostMetrics: new HostMetrics(),
    processes: undefined,
  });
  assert.deepEqual([engine?.waiting, failed], [null, null]);
  const hanging = await statusOf(
    {
      healthChecks: [well],
      store: { dialect: 'postgres' },
      northbound: { ovnVersion: undefined, status: () => new Promise(() => {}) },
      hostMetrics: new HostMetrics(),
      processes: undefined,
    },
    1,
  );
  assert.deepEqual([hanging.ready, hanging.engine], [true, null]);
});
