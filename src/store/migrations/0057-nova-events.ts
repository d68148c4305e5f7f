/**
 * What Nova is to be told of its instances' ports: the database notes it with the change itself, so that no operation
 * needs to know of it and nothing is told that did not happen. While nobody is to tell Nova, nothing is noted.
 */
import { type Kysely, sql } from 'kysely';

type Dialect = 'sqlite' | 'postgres';

/** Events that wait. What comes while there are as many is lost, as Nova has been away for long. */
const MOST_WAITING = 10_000;

/** A port of an instance of Nova's. */
const isInstances = (port: string): string =>
  `${port}.device_owner like 'compute:%' and ${port}.device_id like '________-____-____-____-____________'`;

interface Noted {
  readonly name: string;
  /** Expressions. */
  readonly status?: string;
  readonly tag?: string;
  readonly server: string;
  readonly from?: string;
  readonly where?: string;
}

function note(
  { name, status = 'null', tag = 'null', server, from, where = 'true' }: Noted,
  now: string,
): string {
  // Once it is told, Nova looks at all of the instance's network anyway.
  const isNews =
    name === 'network-changed'
      ? `not exists (select 1 from nova_events where server_uuid = ${server} and name = '${name}' and leased_until = 0)`
      : 'true';
  return `insert into nova_events (server_uuid, name, status, tag, noted_at)
    select ${server}, '${name}', ${status}, ${tag}, ${now} ${from ? `from ${from}` : ''}
    where ${where} and ${isNews} and exists (select 1 from nova_listeners)
      and coalesce((select max(id) - min(id) from nova_events), 0) < ${MOST_WAITING}`;
}

export async function up(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const run = (text: string) => sql.raw(text).execute(db);
  const isSqlite = dialect === 'sqlite';
  await db.schema
    .createTable('nova_listeners')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .execute();
  const id = isSqlite
    ? 'integer primary key autoincrement'
    : 'bigint generated always as identity primary key';
  await run(
    `create table nova_events (id ${id}, server_uuid text not null, name text not null, status text, tag text,
      noted_at bigint not null, leased_until bigint not null default 0)`,
  );
  await db.schema
    .createIndex('nova_events_by_server')
    .on('nova_events')
    .columns(['server_uuid', 'name'])
    .execute();
  const now = isSqlite ? 'unixepoch()' : 'extract(epoch from now())::bigint';
  const ofPort = (row: string) => ({ server: `${row}.device_id`, tag: `${row}.id` });
  const changed = (ids: string) => ({
    ...{ name: 'network-changed', server: 'ports.device_id', from: 'ports' },
    where: `ports.id in (${ids}) and ${isInstances('ports')}`,
  });
  const triggers: readonly (readonly [name: string, event: string, when: string, noted: Noted])[] = [
    [
      'ports_nova_plugged',
      'update of status on ports',
      `new.status in ('ACTIVE', 'ERROR') and old.status in ('DOWN', 'BUILD') and ${isInstances('new')}`,
      {
        ...{ name: 'network-vif-plugged', ...ofPort('new') },
        status: `case new.status when 'ACTIVE' then 'completed' else 'failed' end`,
      },
    ],
    [
      'ports_nova_unplugged',
      'update of status on ports',
      `new.status = 'DOWN' and old.status = 'ACTIVE' and ${isInstances('new')}`,
      { name: 'network-vif-unplugged', ...ofPort('new'), status: `'completed'` },
    ],
    [
      'ports_nova_deleted',
      'delete on ports',
      isInstances('old'),
      { name: 'network-vif-deleted', ...ofPort('old') },
    ],
    [
      'ports_nova_changed',
      'update of revision_number on ports',
      `new.revision_number <> old.revision_number and ${isInstances('new')}`,
      { name: 'network-changed', server: 'new.device_id' },
    ],
    ['floatingips_nova_insert', 'insert on floatingips', 'new.port_id is not null', changed('new.port_id')],
    [
      'floatingips_nova_update',
      'update of port_id on floatingips',
      `coalesce(new.port_id, '') <> coalesce(old.port_id, '')`,
      changed('new.port_id, old.port_id'),
    ],
    ['floatingips_nova_delete', 'delete on floatingips', 'old.port_id is not null', changed('old.port_id')],
  ];
  for (const [name, event, when, noted] of triggers) {
    const body = `begin ${note(noted, now)}; ${isSqlite ? '' : 'return null;'} end`;
    if (!isSqlite) await run(`create function ${name}() returns trigger language plpgsql as $$ ${body} $$`);
    const action = isSqlite ? body : `execute function ${name}()`;
    await run(`create trigger ${name} after ${event} for each row when (${when}) ${action}`);
  }
}
