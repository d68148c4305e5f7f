import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposition, Registry } from '../../metrics/index.ts';
import type { Failure } from '../reconciler/failure.ts';
import type { ReconcilerStatus } from '../reconciler/status.ts';
import { EngineMetrics } from './engine-metrics.ts';

const failed = (unit: string): Failure => ({ unit, reason: 'r', publicReason: 'r', since: 0, attempts: 1 });

const well: ReconcilerStatus = {
  role: 'acting',
  position: 5,
  journalEnd: 7,
  waiting: 2,
  oldestWaitingMs: 1_500,
  failures: [failed('port/a'), failed('port/b')],
  counters: { units: 11, transactions: 3, operations: 40, repairs: 1 },
};

const counts = async (): Promise<Map<string, number>> =>
  new Map([
    ['network', 1],
    ['port', 9],
  ]);

test('the engine says how it does', async () => {
  const registry = new Registry();
  const metrics = new EngineMetrics(registry);
  let status = well;
  let countUnits = counts;
  const end = metrics.follow({ status: async () => status, countUnits: () => countUnits() });
  const lines = async () => {
    const text = exposition(await registry.read());
    return text.split('\n').filter((line) => line !== '' && !/^#|_bucket|_sum|_count/.test(line));
  };
  assert.deepEqual(await lines(), [
    'sextant_engine_acting 1',
    'sextant_engine_waiting_entries 2',
    'sextant_engine_oldest_waiting_seconds 1.5',
    'sextant_engine_units{kind="network"} 1',
    'sextant_engine_units{kind="port"} 9',
    'sextant_engine_failed_units{kind="network"} 0',
    'sextant_engine_failed_units{kind="port"} 2',
    'sextant_engine_units_planned_total 11',
    'sextant_engine_transactions_total 3',
    'sextant_engine_operations_total 40',
    'sextant_engine_repairs_total 1',
  ]);

  status = { ...well, role: 'disconnected', waiting: undefined, journalEnd: undefined, failures: undefined };
  countUnits = () => Promise.reject(new Error('the store is away'));
  assert.deepEqual((await lines()).slice(0, 2), [
    'sextant_engine_acting 0',
    'sextant_engine_units_planned_total 11',
  ]);

  end();
  metrics.followed(20);
  metrics.firstUp(45_000);
  const text = exposition(await registry.read());
  assert.match(text, /^sextant_engine_commit_to_northbound_seconds_bucket\{le="0.025"\} 1$/m);
  assert.match(text, /^sextant_engine_port_up_seconds_bucket\{le="30"\} 0$/m);
  assert.match(text, /^sextant_engine_port_up_seconds_bucket\{le="60"\} 1$/m);
});

test('who reads while others do has all of it', async () => {
  const registry = new Registry();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let reads = 0;
  let isSecond = false;
  const countUnits = async () => {
    await gates[reads++]!.promise;
    return counts();
  };
  const status = async () => {
    if (isSecond) await gates[1]!.promise;
    return well;
  };
  new EngineMetrics(registry).follow({ status, countUnits });
  const first = registry.read().then(exposition);
  await new Promise(setImmediate);
  isSecond = true;
  const second = registry.read().then(exposition);
  gates[0]!.resolve();
  assert.match(await first, /^sextant_engine_waiting_entries 2$/m);
  gates[1]!.resolve();
  assert.match(await second, /^sextant_engine_waiting_entries 2$/m);
});
