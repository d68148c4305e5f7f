import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { Repeated } from './repeated.ts';

test('what fails is told and done again, and a stop waits for the run that is under way', async () => {
  const failures: unknown[] = [];
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  let runs = 0;
  let ended = false;
  const repeated = new Repeated(
    async () => {
      if (++runs < 3) throw new Error(`${runs}`);
      await mayEnd;
      ended = true;
    },
    1,
    (error) => failures.push(String(error)),
  );
  await eventually('it runs for the third time', () => runs === 3);
  const stopping = repeated.stop();
  end();
  await stopping;
  assert.ok(ended);
  assert.equal(runs, 3);
  assert.deepEqual(failures, ['Error: 1', 'Error: 2']);
});

test('it runs again at once when it is wanted', async () => {
  let runs = 0;
  let ran = Promise.withResolvers<void>();
  const repeated = new Repeated(
    async () => {
      runs++;
      ran.resolve();
    },
    3_600_000,
    () => {},
  );
  await ran.promise;
  ran = Promise.withResolvers();
  // The pause begins after the run.
  await Promise.resolve();
  repeated.soon();
  await ran.promise;
  assert.equal(runs, 2);
  await repeated.stop();
});
