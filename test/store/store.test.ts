import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type RawBuilder, sql } from 'kysely';
import { refusalFor } from '../../src/api/errors.ts';
import type { Tx } from '../../src/resources/tables.ts';
import {
  brokenKey,
  type Change,
  journalEnd,
  readJournal,
  trimJournal,
  uniqueViolation,
} from '../../src/store/index.ts';
import { onEachDatabase } from '../support/stores.ts';

/** A change of a resource that was made. */
const made = (resource: string, id: string): Change => ({ resource, id, attributes: undefined, links: {} });

onEachDatabase('the store', (databases) => {
  it('keeps what an operation wrote, and its journal entries, each resource once', async () => {
    const store = await databases.fresh();
    const answer = await store.transaction(async (tx) => {
      await tx.db.insertInto('meta').values({ key: 'a', value: '1' }).execute();
      tx.record(made('network', 'n1'));
      tx.record(made('port', 'p1'));
      tx.record(made('network', 'n1'));
      return 42;
    });
    assert.equal(answer, 42);
    const entries = await readJournal(store.read, 0, 10);
    assert.deepEqual(
      entries.map(({ resource, id }) => `${resource} ${id}`),
      ['network n1', 'port p1'],
    );
    const other = await databases.again(store);
    assert.equal(other.id, store.id);
    assert.equal(
      (await other.read.selectFrom('meta').select('value').where('key', '=', 'a').executeTakeFirst())?.value,
      '1',
    );
  });

  it('says of a resource what changed in all, and what it was and is related to', async () => {
    const store = await databases.fresh();
    const changed = (attributes: string[], links: Change['links']): Change => ({
      resource: 'port',
      id: 'p1',
      attributes: new Set(attributes),
      links,
    });
    await store.transaction(async (tx) => {
      tx.record(changed(['name'], { network_id: ['n1'] }));
      tx.record(changed(['fixed_ips', 'name'], { network_id: ['n1'], device_id: ['a', 'b'] }));
    });
    await store.transaction(async (tx) => {
      tx.record(changed(['name'], { network_id: ['n1'] }));
      tx.record(made('port', 'p1'));
    });
    const [both, gone] = await readJournal(store.read, 0, 10);
    assert.deepEqual(both?.attributes, new Set(['name', 'fixed_ips']));
    assert.deepEqual(both?.links, { network_id: ['n1'], device_id: ['a', 'b'] });
    assert.equal(gone?.attributes, undefined, 'made or deleted: everything');
    assert.deepEqual(gone?.links, { network_id: ['n1'] });
  });

  it('says why something changed, when the transaction was told', async () => {
    const store = await databases.fresh();
    const record = (id: string) => async (tx: Tx) => tx.record(made('port', id));
    await Promise.all([
      store.transaction(record('p1'), { cause: 'req-1' }),
      store.transaction(record('p2')),
      store.transaction(record('p3'), { cause: 'req-3' }),
    ]);
    assert.deepEqual(
      new Map((await readJournal(store.read, 0, 10)).map(({ id, cause }) => [id, cause])),
      new Map([
        ['p1', 'req-1'],
        ['p2', undefined],
        ['p3', 'req-3'],
      ]),
    );
  });

  it('keeps nothing of an operation that throws, and the others of its group', async () => {
    const store = await databases.fresh();
    const write = (key: string, fail: boolean) =>
      store.transaction(async (tx) => {
        await tx.db.insertInto('meta').values({ key, value: '' }).execute();
        tx.record(made('port', key));
        if (fail) throw new Error(`no ${key}`);
      });
    const outcomes = await Promise.allSettled([write('a', false), write('b', true), write('c', false)]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const rows = await store.read
      .selectFrom('meta')
      .select('key')
      .where('key', 'in', ['a', 'b', 'c'])
      .orderBy('key')
      .execute();
    assert.deepEqual(
      rows.map(({ key }) => key),
      ['a', 'c'],
    );
    assert.deepEqual((await readJournal(store.read, 0, 10)).map(({ id }) => id).sort(), ['a', 'c']);
  });

  it('says which key a statement would have broken, and the API what that means', async () => {
    const store = await databases.fresh();
    const failure = (statement: RawBuilder<unknown>) =>
      store
        .transaction(({ db }) => statement.execute(db))
        .then(
          () => undefined,
          (error: unknown) => error,
        );
    const twice = await failure(sql`insert into meta select * from meta`);
    assert.equal(uniqueViolation(twice), 'meta');
    const dangling = await failure(sql`insert into segmentations values ('vlan', '', 1, 'none')`);
    assert.equal(uniqueViolation(dangling), undefined);
    assert.equal(brokenKey(dangling), store.dialect === 'sqlite' ? '' : 'segmentations');
    for (const error of [twice, dangling]) assert.equal(refusalFor(error, '/')?.status, 409);
    assert.equal(refusalFor(await failure(sql`select nonsense`), '/'), undefined);
  });

  it('tells listeners of commits that changed a resource', async () => {
    const store = await databases.fresh();
    let calls = 0;
    const stop = store.onChange(() => calls++);
    await store.transaction(async (tx) => tx.record(made('network', 'n1')));
    assert.equal(calls, 1);
    stop();
    await store.transaction(async (tx) => tx.record(made('network', 'n2')));
    assert.equal(calls, 1);
  });

  it('knows the end of the journal also when its entries are gone', async () => {
    const store = await databases.fresh();
    assert.equal(await journalEnd(store.read, store.dialect), 0);
    for (const id of ['a', 'b', 'c']) await store.transaction(async (tx) => tx.record(made('port', id)));
    const end = await journalEnd(store.read, store.dialect);
    assert.equal((await readJournal(store.read, 0, 10)).at(-1)?.seq, end);
    await store.transaction((tx) => trimJournal(tx.db, end));
    assert.deepEqual(await readJournal(store.read, 0, 10), []);
    assert.equal(await journalEnd(store.read, store.dialect), end);
  });

  it('shows no journal entry before one with a lower number, whoever commits first', async () => {
    const store = await databases.fresh();
    let done = false;
    let highest = 0;
    const seen = new Set<number>();
    const reading = (async () => {
      while (!done) {
        for (const { seq } of await readJournal(store.read, 0, 10_000)) {
          if (!seen.has(seq)) assert.ok(seq > highest, `entry ${seq} appeared after ${highest}`);
          seen.add(seq);
          highest = Math.max(highest, seq);
        }
        await new Promise(setImmediate);
      }
    })();
    const second = await databases.again(store);
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? store : second).transaction(async (tx) => {
          tx.record(made('port', `p${index}`));
          await tx.db
            .insertInto('meta')
            .values({ key: `k${index}`, value: '' })
            .execute();
        }),
      ),
    );
    done = true;
    await reading;
    assert.equal((await readJournal(store.read, 0, 100)).length, 60);
  });
});
