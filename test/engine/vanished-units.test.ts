import assert from 'node:assert/strict';
import { it } from 'node:test';
import { units } from '../../src/engine/northbound/units.ts';
import { onEachDatabase } from '../support/stores.ts';

onEachDatabase('units of what is gone', ({ fresh }) => {
  it('are none, whatever a database takes for an empty list', async () => {
    const store = await fresh();
    for (const { kind, read } of units)
      assert.deepEqual(await read(store.read, ['01a22d4d-4955-7d66-a5c3-1f89bafb5fbd']), [], kind);
  });
});
