import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differencesFrom, outcomesIn, skippedIn } from './tempest-outcomes.ts';

const output = `{0} a.NetworksTest.test_list [0.007480s] ... ok
{1} setUpClass (a.MeteringTest) ... SKIPPED: metering extension not enabled.
{1} a.PortsTest.test_show [12.5s] ... FAILED

Captured traceback:
{1} a.PortsTest.test_hide [0.1s] ... FAILED
`;

test('what fails and is not to is told, and what passes and is said to fail', () => {
  const outcomes = outcomesIn(output);
  assert.equal(skippedIn(output), 1);
  assert.deepEqual(
    [...outcomes],
    [
      ['a.NetworksTest.test_list', 'ok'],
      ['a.PortsTest.test_show', 'FAILED'],
      ['a.PortsTest.test_hide', 'FAILED'],
    ],
  );
  assert.deepEqual(differencesFrom(['test_show', 'test_hide'], outcomes), []);
  assert.deepEqual(differencesFrom(['test_show', 'test_list'], outcomes), [
    'passes, though it is said to fail: a.NetworksTest.test_list',
    'fails: a.PortsTest.test_hide',
  ]);
});
