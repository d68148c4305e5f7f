import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { StoreError } from '../../src/store/index.ts';
import { onEachDatabase } from '../support/stores.ts';

onEachDatabase('opening the store of resources', (databases) => {
  it('says which stored attribute has no column', async () => {
    const store = await databases.fresh();
    await store.transaction(({ db }) => sql`alter table subnets drop column pref64`.execute(db));
    await assert.rejects(databases.again(store), (error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /subnets\.pref64.*migration/);
      return true;
    });
  });
});
