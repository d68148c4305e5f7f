/** Tags, as the databases keep them to be found by. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { definitions } from '../../src/resources/index.ts';
import { createNetwork, createPort } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

onEachDatabase('tags', (databases) => {
  it('stand in a table of their own as the resources have them now, whatever the resource', async () => {
    const store = await databases.fresh();
    const { id: network_id } = await createNetwork(store);
    const tagged = await createPort(store, { network_id });
    const idsOf = async (tag: string) =>
      (await store.read.selectFrom('tags').select('id').where('tag', '=', tag).execute()).map(
        (row) => row.id,
      );
    const setTags = (tags: string[]) =>
      store.transaction(({ db }) =>
        db
          .updateTable('ports')
          .set({ tags: JSON.stringify(tags) })
          .where('id', '=', tagged.id)
          .execute(),
      );
    await setTags(['red', 'it\'s "blue"', 'red']);
    assert.deepEqual([await idsOf('red'), await idsOf('it\'s "blue"')], [[tagged.id], [tagged.id]]);
    await setTags(['green']);
    assert.deepEqual([await idsOf('red'), await idsOf('green')], [[], [tagged.id]]);
    await store.transaction(async ({ db }) => {
      await db.deleteFrom('port_security_groups').execute();
      await db.deleteFrom('ports').where('id', '=', tagged.id).execute();
    });
    assert.deepEqual(await idsOf('green'), []);
    const found = await sql<{ name: string }>`${sql.raw(
      store.dialect === 'sqlite'
        ? "select name from sqlite_master where type = 'trigger'"
        : 'select tgname as name from pg_trigger where not tgisinternal',
    )}`.execute(store.read);
    const triggers = new Set(found.rows.map(({ name }) => name));
    for (const { attributes, collection } of Object.values(definitions)) {
      if (!('tags' in attributes)) continue;
      for (const event of ['insert', 'update', 'delete'])
        assert.ok(triggers.has(`${collection}_tags_${event}`), `${collection}: see keepTags`);
    }
  });
});
