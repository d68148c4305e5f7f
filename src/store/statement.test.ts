import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { immediateSqlite, SqliteConnection } from './sqlite.ts';
import { rowSlices, statement } from './statement.ts';

interface Pets {
  pets: { id: number; name: string | null };
}

function open(): Kysely<Pets> {
  const database = new DatabaseSync(':memory:');
  database.exec('create table pets (id integer primary key, name text)');
  return immediateSqlite<Pets>(new SqliteConnection(database));
}

const insert = statement((db: Kysely<Pets>, rows: readonly Pets['pets'][]) =>
  db.insertInto('pets').values(rows),
);

test('a statement is built once for each shape of what goes in, and has the values of each call', async () => {
  const db = open();
  await insert.all(db, [
    { id: 1, name: 'a' },
    { id: 2, name: null },
    { id: 3, name: 'c' },
  ]);
  let built = 0;
  const named = statement((on: Kysely<Pets>, ids: readonly number[], name: string) => {
    built++;
    const pets = on.selectFrom('pets').select('id').where('id', 'in', ids);
    return pets.where((builder) => builder.or([builder('name', '=', name), builder('name', 'is', null)]));
  });
  const idsOf = async (ids: readonly number[], name: string) =>
    (await named.all(db, ids, name)).map(({ id }) => id);
  assert.deepEqual(await idsOf([1, 2, 3], 'a'), [1, 2]);
  assert.deepEqual(await idsOf([3, 2, 1, 9], 'c'), [2, 3], 'three are filled up to four');
  assert.equal(built, 1);
  assert.equal((await named.first(db, [3], 'c'))?.id, 3);
  assert.deepEqual(await idsOf([], 'c'), []);
  assert.equal(built, 2, 'none are as one');
  assert.deepEqual(await named.all(open(), [1], 'a'), []);
  assert.equal(built, 3, 'another database');
});

test('changes of other columns are other statements', async () => {
  const db = open();
  await insert.all(db, [{ id: 1, name: 'a' }]);
  const update = statement((on: Kysely<Pets>, changes: Partial<Pets['pets']>, id: number) =>
    on.updateTable('pets').set(changes).where('id', '=', id),
  );
  await update.all(db, { name: 'b' }, 1);
  await update.all(db, { id: 2 }, 1);
  const [{ id, name } = {}] = await db.selectFrom('pets').selectAll().execute();
  assert.deepEqual([id, name], [2, 'b']);
});

test('what would be built of one value, or of the columns of one row, is refused', () => {
  const db = open();
  const looks = statement((on: Kysely<Pets>, name: string) =>
    on.selectFrom('pets').selectAll().where('name', '=', `${name}!`),
  );
  assert.throws(() => looks.of(db, 'a'), /cannot look at them/);
  const rows = [{ id: 1, name: 'a' }, { id: 2 } as Pets['pets']];
  assert.throws(() => insert.of(db, rows), /differ in columns/);
});

test('rows go into as few statements as there can be, of few lengths, in their order', () => {
  const lengths = (count: number) =>
    Array.from(rowSlices(Array.from({ length: count }, (_, row) => row)), (slice) => slice.length);
  assert.deepEqual(lengths(0), []);
  assert.deepEqual(lengths(1), [1]);
  assert.deepEqual(lengths(500), [128, 128, 128, 64, 32, 16, 4]);
  fc.assert(
    fc.property(fc.array(fc.integer()), (rows) => {
      assert.deepEqual([...rowSlices(rows)].flat(), rows);
    }),
  );
});
