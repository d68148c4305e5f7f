/**
 * Quotas, and how many of each resource a project has: the database counts as rows come and go, so that no operation
 * needs to know of it, and to ask costs the same however many there are.
 */
import { type Kysely, sql } from 'kysely';

type Dialect = 'sqlite' | 'postgres';

const COUNTED = {
  networks: 'network',
  subnets: 'subnet',
  subnetpools: 'subnetpool',
  ports: 'port',
  routers: 'router',
  floatingips: 'floatingip',
  security_groups: 'security_group',
  security_group_rules: 'security_group_rule',
} as const;

/** Has the database count the rows of a table, by project. */
export async function countRows(
  db: Kysely<unknown>,
  dialect: Dialect,
  table: string,
  resource: string,
): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  await run(
    `insert into quota_usages (project_id, resource, used)
      select project_id, '${resource}', count(*) from ${table} group by project_id`,
  );
  if (dialect === 'sqlite') {
    await run(
      `create trigger ${table}_counted_insert after insert on ${table} begin
        insert into quota_usages (project_id, resource, used) values (new.project_id, '${resource}', 1)
          on conflict (project_id, resource) do update set used = used + 1;
      end`,
    );
    await run(
      `create trigger ${table}_counted_delete after delete on ${table} begin
        update quota_usages set used = used - 1 where project_id = old.project_id and resource = '${resource}';
      end`,
    );
    return;
  }
  // Once for each statement: many changes of one row in a transaction make each of them slower.
  for (const [event, name] of [
    ['insert', 'new'],
    ['delete', 'old'],
  ])
    await run(
      `create trigger ${table}_counted_${event} after ${event} on ${table}
        referencing ${name} table as changed for each statement execute function count_${event}('${resource}')`,
    );
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('quotas')
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('most', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('quotas_pk', ['project_id', 'resource'])
    .execute();
  await db.schema
    .createTable('quota_usages')
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('used', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('quota_usages_pk', ['project_id', 'resource'])
    .execute();
  if (dialect === 'postgres') {
    await sql`create function count_insert() returns trigger language plpgsql as $$ begin
      insert into quota_usages as usage (project_id, resource, used)
        select project_id, tg_argv[0], count(*) from changed group by project_id
        on conflict (project_id, resource) do update set used = usage.used + excluded.used;
      return null;
    end $$`.execute(db);
    await sql`create function count_delete() returns trigger language plpgsql as $$ begin
      update quota_usages as usage set used = usage.used - gone.number
        from (select project_id, count(*) as number from changed group by project_id) as gone
        where usage.project_id = gone.project_id and usage.resource = tg_argv[0];
      return null;
    end $$`.execute(db);
  }
  for (const [table, resource] of Object.entries(COUNTED)) await countRows(db, dialect, table, resource);
}
