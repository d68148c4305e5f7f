/** Routers with several external gateways: the further ones, and hosts of each. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('further_gateways')
    .addColumn('port_id', 'text', (column) => column.primaryKey().references('ports.id').onDelete('cascade'))
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id').onDelete('cascade'))
    .addColumn('network_id', 'text', (column) => column.notNull().references('networks.id'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .execute();
  for (const column of ['router_id', 'network_id'])
    await db.schema
      .createIndex(`further_gateways_by_${column}`)
      .on('further_gateways')
      .columns([column, 'position'])
      .execute();
  await db.schema
    .alterTable('routers')
    .addColumn('enable_default_route_ecmp', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await hostsOfEach(db);
}

/** Hosts were a router's; from now on they are each gateway's. */
async function hostsOfEach(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('hosts_of_gateways')
    .addColumn('router_id', 'text', (column) => column.notNull().references('routers.id').onDelete('cascade'))
    .addColumn('gateway_port_id', 'text', (column) => column.notNull())
    .addColumn('chassis', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('hosts_of_gateways_pk', ['gateway_port_id', 'chassis'])
    .execute();
  await sql`
    insert into hosts_of_gateways (router_id, gateway_port_id, chassis, host, place, reason)
    select router_id, gateway_port_id, chassis, host, place, reason
    from gateway_hosts join routers on routers.id = router_id where gateway_port_id is not null`.execute(db);
  await db.schema.dropTable('gateway_hosts').execute();
  await db.schema.alterTable('hosts_of_gateways').renameTo('gateway_hosts').execute();
  await db.schema
    .createIndex('gateway_hosts_by_place')
    .on('gateway_hosts')
    .columns(['place', 'chassis'])
    .execute();
  await db.schema.createIndex('gateway_hosts_by_router').on('gateway_hosts').column('router_id').execute();
}
