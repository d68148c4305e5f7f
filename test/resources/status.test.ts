import assert from 'node:assert/strict';
import { it } from 'node:test';
import { forgetFailures, reasonsOf, recordFailures, setPortStatus } from '../../src/resources/status.ts';
import type { Store, UnitFailureRow } from '../../src/resources/tables.ts';
import { createNetwork, createPort } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

const failure = (kind: string, id: string, reason = 'why'): UnitFailureRow => ({
  kind,
  id,
  reason,
  since: '2026-01-01T00:00:00Z',
  attempts: 1,
});

onEachDatabase('the status of resources', (databases) => {
  async function start() {
    const store = await databases.fresh();
    const network = await createNetwork(store);
    const ports: string[] = [];
    for (let count = 0; count < 3; count++)
      ports.push((await createPort(store, { network_id: network.id })).id);
    return { store, network: network.id, ports: ports as [string, string, string] };
  }

  const statuses = async (store: Store, network: string): Promise<string[]> => {
    const { status } = await store.read
      .selectFrom('networks')
      .select('status')
      .where('id', '=', network)
      .executeTakeFirstOrThrow();
    const rows = await store.read.selectFrom('ports').select('status').orderBy('id').execute();
    return [status, ...rows.map((row) => row.status)];
  };

  it('is ERROR from a failure to its end, whatever becomes of the port meanwhile', async () => {
    const { store, network, ports } = await start();
    const [first, second, third] = [...ports].sort() as typeof ports;
    const failures = [failure('network', network), failure('port', first), failure('port', second)];
    await store.transaction((tx) => recordFailures(tx, [...failures, failure('default_drop', 'all')]));
    assert.deepEqual(await statuses(store, network), ['ERROR', 'ERROR', 'ERROR', 'DOWN']);
    await store.transaction((tx) => setPortStatus(tx, ports, 'ACTIVE'));
    assert.deepEqual(await statuses(store, network), ['ERROR', 'ERROR', 'ERROR', 'ACTIVE']);

    await store.transaction((tx) =>
      forgetFailures(tx, [...failures, failure('port', third)], (id) => id === first),
    );
    assert.deepEqual(await statuses(store, network), ['ACTIVE', 'ACTIVE', 'DOWN', 'ACTIVE']);
    const left = await store.read.selectFrom('unit_failures').select(['kind', 'id']).execute();
    assert.deepEqual(
      left.map(({ kind, id }) => `${kind}/${id}`),
      ['default_drop/all'],
    );
  });

  it('has the last reason', async () => {
    const { store, ports } = await start();
    const [id] = ports;
    await store.transaction((tx) => recordFailures(tx, [failure('port', id)]));
    await store.transaction((tx) => recordFailures(tx, [failure('port', id, 'because')]));
    const rows = await store.read.selectFrom('ports').select(['id', 'status']).execute();
    const reasons = await reasonsOf(store.read, 'port', rows);
    assert.deepEqual([...reasons], [[id, 'because']]);
  });
});
