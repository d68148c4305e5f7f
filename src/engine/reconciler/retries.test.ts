import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedError } from '../../ovsdb/index.ts';
import type { Failure, FailureLog } from './failure.ts';
import { PlanError } from './plan.ts';
import { Retries } from './retries.ts';

const why = new PlanError('why');

test('a unit that fails is due after a second, then after twice as long each time, up to five minutes', () => {
  const retries = new Retries();
  let now = 0;
  const delays: number[] = [];
  for (let attempt = 1; attempt <= 12; attempt++) {
    assert.equal(retries.failed('port/1', why, now).attempts, attempt);
    assert.deepEqual(retries.due(now), []);
    delays.push(retries.untilDue(now));
    now += retries.untilDue(now);
    assert.deepEqual(retries.due(now), ['port/1']);
  }
  assert.deepEqual(delays.slice(0, 4), [1_000, 2_000, 4_000, 8_000]);
  assert.equal(delays.at(-1), 300_000);
});

test('success forgets the failure', () => {
  const retries = new Retries();
  retries.failed('port/1', why, 0);
  retries.failed('port/2', new PlanError('because'), 500);
  assert.equal(retries.untilDue(600), 400, 'the next of all');
  assert.deepEqual(
    retries.failures.map(({ unit, reason, attempts }) => ({ unit, reason, attempts })),
    [
      { unit: 'port/1', reason: 'why', attempts: 1 },
      { unit: 'port/2', reason: 'because', attempts: 1 },
    ],
  );
  retries.succeeded('port/1');
  retries.succeeded('port/2');
  assert.deepEqual(retries.due(10_000), []);
  assert.equal(retries.untilDue(10_000), Number.POSITIVE_INFINITY);
  assert.equal(retries.failed('port/1', why, 0).attempts, 1);
});

test('the log is told of failures, other reasons and recoveries, each once', () => {
  const told: string[] = [];
  const log: FailureLog = {
    read: async () => [],
    failed: ({ unit, publicReason }) => told.push(`${unit}: ${publicReason}`),
    recovered: (unit) => told.push(`${unit} is well`),
  };
  const retries = new Retries(log);
  retries.succeeded('port/1');
  retries.failed('port/1', why, 0);
  const { since } = retries.failed('port/1', why, 1_000);
  retries.failed('port/1', new PlanError('because'), 3_000);
  assert.equal(retries.failures[0]?.since, since, 'since the first failure');
  retries.succeeded('port/1');
  retries.succeeded('port/1');
  assert.deepEqual(told, ['port/1: why', 'port/1: because', 'port/1 is well']);
});

test('failures of others are due at once, and as old as they are', () => {
  const told: unknown[] = [];
  const log: FailureLog = {
    read: async () => [],
    failed: (failure) => told.push(failure),
    recovered: (unit) => told.push(unit),
  };
  const before: Failure = { unit: 'port/1', reason: 'why', publicReason: 'why', since: 7, attempts: 3 };
  const retries = new Retries(log);
  retries.failed('port/2', why, 0);
  told.length = 0;
  retries.takeOver([before, { ...before, unit: 'port/2' }], 5);
  assert.deepEqual(retries.due(5), ['port/1']);
  assert.deepEqual(retries.failed('port/1', why, 5), { ...before, attempts: 4 });
  assert.deepEqual(told, []);
  retries.succeeded('port/1');
  assert.deepEqual(told, ['port/1']);
});

test('owners are told what is wrong with what is theirs, and nothing else', () => {
  const retries = new Retries();
  const refused = new RefusedError(
    'constraint violation: row 1 of Port_Group has it',
    'constraint violation',
  );
  const reasons = [why, refused, new Error('connect ECONNREFUSED 192.0.2.1:5432')].map(
    (error) => retries.failed('port/1', error, 0).publicReason,
  );
  assert.deepEqual(reasons, [
    'why',
    'OVN refuses it (constraint violation): whoever runs the service finds the reason in its log',
    'it could not be brought into OVN: whoever runs the service finds the reason in its log',
  ]);
});
