import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApi } from '../../../../test/support/api.ts';
import { recordHeartbeat } from '../../../resources/agent/heartbeat.ts';
import { readReach } from './reaching-hosts.ts';

test('a port’s hosts reach a physical network when all of them that it may be on do', async (context) => {
  const api = await startTestApi();
  context.after(() => api.close());
  const nobody = await readReach(api.store.read);
  assert.equal(nobody([], 'physnet1'), false);
  for (const [host, mappings] of [
    ['h1', 'physnet1:br-ex'],
    ['h2', 'physnet1:br-ex,physnet2:br-two'],
  ] as const)
    await api.store.transaction((tx) =>
      recordHeartbeat(tx, { host, chassis: `${host}-ovn`, configurations: { bridge_mappings: mappings } }),
    );
  const isReached = await readReach(api.store.read);
  assert.deepEqual(
    [
      isReached(['h1'], 'physnet1'),
      isReached(['h1-ovn', 'h2'], 'physnet1'),
      isReached([], 'physnet1'),
      isReached(['h2'], 'physnet2'),
    ],
    [true, true, true, true],
  );
  assert.deepEqual(
    [
      isReached(['h1', 'h2'], 'physnet2'),
      isReached([], 'physnet2'),
      isReached(['elsewhere'], 'physnet1'),
      isReached(['h1'], null),
    ],
    [false, false, false, false],
  );
});
