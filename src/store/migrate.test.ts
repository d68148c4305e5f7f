import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { Kysely } from 'kysely';
import { quiet } from '../../test/support/stores.ts';
import { openStore } from '../service/open-store.ts';
import { migrate, migrationNames } from './migrate.ts';
import { copyOf, openSqlite, SqliteDialect } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'sextant-migrate-'));
after(() => rmSync(directory, { recursive: true }));

let files = 0;
const newFile = (): string => join(directory, `${++files}.db`);

/** What the tables are made of, in words that do not depend on the order in which they came. */
function schemaOf(file: string): string[] {
  const database = new DatabaseSync(file);
  const tables = database.prepare(`select name from sqlite_master where type = 'table'`).all();
  const lines = tables.flatMap(({ name }) =>
    database
      .prepare('select name, type, "notnull", dflt_value, pk from pragma_table_info(?)')
      .all(String(name))
      .map((column) => `${name} ${Object.values(column).join(' ')}`),
  );
  const indexes = database.prepare(`select name from sqlite_master where type = 'index'`).all();
  database.close();
  return [...lines, ...indexes.map(({ name }) => `index ${name}`)]
    .filter((line) => !/^kysely/.test(line))
    .sort();
}

async function upToDate(file: string): Promise<string[]> {
  const store = await openStore({ url: `sqlite:${file}`, log: quiet });
  await store.close();
  return schemaOf(file);
}

/** A database that has seen these migrations, with a port that has an address. */
async function databaseWith(names: readonly string[]): Promise<string> {
  const file = newFile();
  const db = new Kysely<never>({ dialect: new SqliteDialect(openSqlite(file, { readOnly: false })) });
  await migrate(db, 'sqlite', quiet, { only: names });
  await db.destroy();
  const database = new DatabaseSync(file);
  const insert = (table: string, values: Record<string, string | number>) => {
    const needed = database
      .prepare('select name from pragma_table_info(?) where "notnull" and dflt_value is null')
      .all(table)
      .map(({ name }) => String(name));
    const columns = [...new Set([...needed, ...Object.keys(values)])];
    const row = columns.map((column) => values[column] ?? '1');
    database
      .prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      .run(...row);
  };
  insert('networks', { id: 'n' });
  insert('subnets', { id: 's', network_id: 'n', ip_version: 6, cidr: 'fd00::/64', allocation_pools: '[]' });
  insert('ports', { id: 'p', network_id: 'n', mac_address: 'fa:16:3e:00:00:01' });
  insert('ip_allocations', {
    subnet_id: 's',
    port_id: 'p',
    network_id: 'n',
    position: 0,
    address: `6${'f'.repeat(31)}7`,
  });
  database.close();
  return file;
}

describe('migrations', () => {
  it('have numbers that are unique and grow', () => {
    // Three were given the same number before there was this test.
    const numbers = migrationNames
      .map((name) => Number(/^\d{4}/.exec(name)?.[0]))
      .filter((number) => number !== 5);
    assert.deepEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
    );
    assert.deepEqual(migrationNames, migrationNames.toSorted());
  });

  it('count what there is, and make rows of what is shared with everybody', async () => {
    const file = await databaseWith(migrationNames.filter((name) => name < '0045'));
    await upToDate(file);
    const database = new DatabaseSync(file);
    const found = (query: string) =>
      database
        .prepare(query)
        .all()
        .map((row) => Object.values(row).join(' '));
    const used = found('select resource, project_id, used from quota_usages order by resource');
    const policies = found(
      'select object_type, object_id, target_tenant, action from rbac_policies order by action',
    );
    database.close();
    assert.deepEqual(used, ['network 1 1', 'port 1 1', 'rbac_policy 1 2', 'subnet 1 1']);
    assert.deepEqual(policies, ['network n * access_as_external', 'network n * access_as_shared']);
  });

  it('keep gateways where they are', async () => {
    const file = await databaseWith(migrationNames.filter((name) => name !== '0066-external-gateways'));
    const before = new DatabaseSync(file);
    before.exec(`insert into routers (id, name, project_id, admin_state_up, status, description, routes, tags,
      created_at, updated_at, revision_number, distributed, ha, availability_zone_hints, external_network_id,
      gateway_port_id, enable_snat) values ('r', '', '', 1, '', '', '[]', '[]', '', '', 1, 1, 1, '[]', 'n', 'p', 1)`);
    before.exec(`insert into gateway_hosts values ('r', 'c', 'h', 0, 'because')`);
    before.close();
    await upToDate(file);
    const after = new DatabaseSync(file);
    const [row] = after.prepare('select * from gateway_hosts').all();
    after.close();
    assert.deepEqual(
      { ...row },
      { router_id: 'r', gateway_port_id: 'p', chassis: 'c', host: 'h', place: 0, reason: 'because' },
    );
  });

  const states = migrationNames.map((_, index) => migrationNames.slice(0, index + 1));
  // Of the three 0005, a database may have any.
  const four = migrationNames.filter((name) => name < '0005');
  const fives = migrationNames.filter((name) => name.startsWith('0005'));
  for (const names of [...states, ...fives.map((name) => [...four, name])])
    it(`go on after ${names.at(-1)}, of ${names.length}`, async () => {
      const file = await databaseWith(names);
      assert.deepEqual(await upToDate(file), await upToDate(newFile()));
      const database = new DatabaseSync(file);
      const row = database.prepare('select ip_address from ip_allocations').get();
      database.close();
      if (!names.includes('0010-lists'))
        assert.equal(row?.ip_address, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff7');
      if (names.length < migrationNames.length) {
        const copy = new DatabaseSync(copyOf(file));
        assert.deepEqual(
          copy
            .prepare('select name from kysely_migration order by name')
            .all()
            .map(({ name }) => name),
          names,
        );
        copy.close();
      } else assert.ok(!existsSync(copyOf(file)));
    });

  it('begin again when the process is killed at any statement', { timeout: 300_000 }, async () => {
    const whole = await upToDate(newFile());
    for (const [names, every] of [
      [[], 23],
      [migrationNames.slice(0, 7), 11],
    ] as const) {
      const file = names.length === 0 ? newFile() : await databaseWith(names);
      const remains: string[] = [];
      let statements = 0;
      const db = new Kysely<never>({
        dialect: new SqliteDialect(openSqlite(file, { readOnly: false })),
        log: () => {
          if (++statements % every !== 0) return;
          // What is on disk at this moment is what a killed process leaves.
          const left = newFile();
          for (const part of ['', '-wal'])
            if (existsSync(file + part)) copyFileSync(file + part, left + part);
          remains.push(left);
        },
      });
      await migrate(db, 'sqlite', quiet);
      await db.destroy();
      assert.ok(remains.length > 5, `${remains.length}`);
      for (const left of remains) assert.deepEqual(await upToDate(left), whole);
    }
  });

  it('leave a database as it was when one fails', async () => {
    const file = await databaseWith(migrationNames.slice(0, 7));
    const before = schemaOf(file);
    const db = new Kysely<never>({ dialect: new SqliteDialect(openSqlite(file, { readOnly: false })) });
    await assert.rejects(
      migrate(db, 'sqlite', quiet, {
        copy: () => {
          throw new Error('the disk is full');
        },
      }),
      /disk/,
    );
    await db.destroy();
    assert.deepEqual(schemaOf(file), before);
  });

  it('refuse a database that is newer than the program', async () => {
    const file = await databaseWith(migrationNames);
    const database = new DatabaseSync(file);
    database.exec(`insert into kysely_migration values ('9999-future', '')`);
    database.close();
    await assert.rejects(upToDate(file), /newer than this program.*9999-future/);
  });
});

describe('the files of a database', () => {
  it('are for the service alone, also when they were there', async () => {
    const file = newFile();
    writeFileSync(file, '');
    const store = await openStore({ url: `sqlite:${file}`, log: quiet });
    for (const part of ['', '-wal', '-shm']) assert.equal(statSync(file + part).mode & 0o777, 0o600, part);
    await store.close();
    const old = await databaseWith(migrationNames.slice(0, 7));
    await upToDate(old);
    assert.equal(statSync(copyOf(old)).mode & 0o777, 0o600);
  });
});
