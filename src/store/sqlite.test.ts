import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { CompiledQuery } from 'kysely';
import { pino } from 'pino';
import { StoreFullError } from './full.ts';
import { openSqlite, SqliteConnection } from './sqlite.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { StoreUnavailableError } from './unavailable.ts';

test('what follows a statement that found no room is not kept by itself', async () => {
  const database = new DatabaseSync(':memory:');
  const connection = new SqliteConnection(database);
  const insert = (size: number) =>
    connection.executeQuery(CompiledQuery.raw('insert into t (a) values (?)', ['x'.repeat(size)]));
  const count = () => database.prepare('select count(*) as n from t').get()?.n;
  connection.exec('create table t (a text)');
  connection.exec('pragma max_page_count = 8');

  connection.begin();
  await insert(1);
  await assert.rejects(insert(100_000), StoreFullError);
  await assert.rejects(insert(1), StoreFullError);
  assert.throws(() => connection.commit(), StoreFullError);
  connection.rollback();
  assert.equal(count(), 0);

  connection.begin();
  await insert(1);
  connection.commit();
  assert.equal(count(), 1);
  database.close();
});

test('a database that another program keeps locked does not answer now', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-sqlite-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [one, other] = [0, 1].map(() => openSqlite(join(directory, 'store.db'), { readOnly: false }));
  other!.exec('pragma busy_timeout = 1');
  one!.begin();
  assert.throws(() => other!.begin(), StoreUnavailableError);
  one!.commit();
  other!.begin();
  other!.commit();
  for (const { database } of [one!, other!]) database.close();
});

test('while another program has the database locked, whoever writes waits, and nobody else', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-sqlite-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'store.db');
  const store = await openSqliteStore(path, pino({ level: 'silent' }));
  const other = new DatabaseSync(path);
  other.exec('begin immediate');
  let written = false;
  const writing = store.transaction(async () => {
    written = true;
  });
  // In this very thread: were it held up, nobody would end what holds it up.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(written, false);
  other.exec('commit');
  await writing;
  assert.equal(written, true);
  other.close();
  await store.close();
});

test('of operations that share a commit, those that fail are undone and no others', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-sqlite-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const store = await openSqliteStore(join(directory, 'store.db'), pino({ level: 'silent' }));
  t.after(() => store.close());
  const write = (key: string, fails: boolean): Promise<void> =>
    store.transaction(async (tx) => {
      await tx.db.insertInto('meta').values({ key, value: 'x' }).execute();
      if (fails) throw new Error(key);
    });
  const failing = [true, true, false, true, false];
  for (let first = 0; first < failing.length; first++) {
    const group = failing.map((_, place) => failing[(first + place) % failing.length]!);
    const outcomes = await Promise.allSettled(group.map((fails, place) => write(`${first}.${place}`, fails)));
    assert.deepEqual(
      outcomes.map(({ status }) => status === 'rejected'),
      group,
    );
  }
  const { rows } = await store.read.executeQuery<{ key: string }>(
    CompiledQuery.raw("select key from meta where key like '_._'"),
  );
  const expected = failing.flatMap((_, first) =>
    failing.flatMap((_each, place) => (failing[(first + place) % failing.length] ? [] : `${first}.${place}`)),
  );
  assert.deepEqual(rows.map(({ key }) => key).sort(), expected.sort());
});
