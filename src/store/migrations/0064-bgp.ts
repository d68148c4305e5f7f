/** BGP speakers, their peers, and the hosts that speak for them. */
import type { Kysely, SchemaModule } from 'kysely';

/** Whole numbers of 32 bits without a sign are exact in it, and PostgreSQL's driver reads them as numbers. */
const AS_NUMBER = 'double precision';

const resource = (schema: SchemaModule, table: string) =>
  schema
    .createTable(table)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull());

export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await resource(schema, 'bgp_speakers')
    .addColumn('local_as', AS_NUMBER, (column) => column.notNull())
    .addColumn('ip_version', 'integer', (column) => column.notNull())
    .addColumn('advertise_floating_ip_host_routes', 'integer', (column) => column.notNull())
    .addColumn('advertise_tenant_networks', 'integer', (column) => column.notNull())
    .execute();
  await resource(schema, 'bgp_peers')
    .addColumn('peer_ip', 'text', (column) => column.notNull())
    .addColumn('remote_as', AS_NUMBER, (column) => column.notNull())
    .addColumn('auth_type', 'text', (column) => column.notNull())
    .addColumn('password', 'text')
    .addColumn('bfd', 'integer', (column) => column.notNull())
    .execute();
  for (const table of ['bgp_speakers', 'bgp_peers'] as const)
    for (const name of ['project_id', 'name'] as const)
      await schema.createIndex(`${table}_by_${name}`).on(table).column(name).execute();
  await schema
    .createTable('bgp_speaker_peers')
    .addColumn('speaker_id', 'text', (column) =>
      column.notNull().references('bgp_speakers.id').onDelete('cascade'),
    )
    .addColumn('peer_id', 'text', (column) => column.notNull().references('bgp_peers.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('bgp_speaker_peers_key', ['speaker_id', 'peer_id'])
    .execute();
  await schema
    .createTable('bgp_speaker_networks')
    .addColumn('speaker_id', 'text', (column) =>
      column.notNull().references('bgp_speakers.id').onDelete('cascade'),
    )
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('bgp_speaker_networks_key', ['speaker_id', 'network_id'])
    .execute();
  await schema
    .createTable('bgp_legs')
    .addColumn('speaker_id', 'text', (column) =>
      column.notNull().references('bgp_speakers.id').onDelete('cascade'),
    )
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addColumn('chassis', 'text', (column) => column.notNull())
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('report', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('bgp_legs_key', ['speaker_id', 'network_id', 'chassis'])
    .execute();
  for (const [table, column] of [
    ['bgp_speaker_peers', 'peer_id'],
    ['bgp_speaker_networks', 'network_id'],
    ['bgp_legs', 'network_id'],
    ['bgp_legs', 'port_id'],
  ] as const)
    await schema.createIndex(`${table}_by_${column}`).on(table).column(column).execute();
}
