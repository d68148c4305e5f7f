/** The tables that the first release had. */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';

/** Adds the columns that every resource with standard attributes has. */
export const standard = <T extends string, C extends string>(table: CreateTableBuilder<T, C>) =>
  table
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull());

/**
 * @param db an empty database
 * @param dialect for the few things that SQLite and PostgreSQL spell differently
 */
export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  // Text is compared byte by byte, so that sort keys order alike on both databases.
  const sortKey = dialect === 'postgres' ? sql`text collate "C"` : sql`text`;

  await standard(db.schema.createTable('networks'))
    .addColumn('admin_state_up', 'integer', (column) => column.notNull())
    .addColumn('shared', 'integer', (column) => column.notNull())
    .addColumn('router_external', 'integer', (column) => column.notNull())
    .addColumn('mtu', 'integer', (column) => column.notNull())
    .addColumn('port_security_enabled', 'integer', (column) => column.notNull())
    .addColumn('provider_network_type', 'text', (column) => column.notNull())
    .addColumn('provider_physical_network', 'text')
    .addColumn('provider_segmentation_id', 'integer')
    .addColumn('dns_domain', 'text', (column) => column.notNull())
    .addColumn('availability_zone_hints', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('segmentations')
    .addColumn('network_type', 'text', (column) => column.notNull())
    .addColumn('physical_network', 'text', (column) => column.notNull())
    .addColumn('segmentation_id', 'integer', (column) => column.notNull())
    .addColumn('network_id', 'text', (column) =>
      column.notNull().references('networks.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('segmentations_pk', ['network_type', 'physical_network', 'segmentation_id'])
    .execute();

  await standard(db.schema.createTable('subnets'))
    .addColumn('network_id', 'text', (column) => column.notNull().references('networks.id'))
    .addColumn('ip_version', 'integer', (column) => column.notNull())
    .addColumn('cidr', 'text', (column) => column.notNull())
    .addColumn('gateway_ip', 'text')
    .addColumn('enable_dhcp', 'integer', (column) => column.notNull())
    .addColumn('ipv6_ra_mode', 'text')
    .addColumn('ipv6_address_mode', 'text')
    .addColumn('allocation_pools', 'text', (column) => column.notNull())
    .addColumn('host_routes', 'text', (column) => column.notNull())
    .addColumn('dns_nameservers', 'text', (column) => column.notNull())
    .addColumn('service_types', 'text', (column) => column.notNull())
    .addColumn('subnetpool_id', 'text')
    .addColumn('segment_id', 'text')
    .execute();

  await standard(db.schema.createTable('ports'))
    .addColumn('network_id', 'text', (column) => column.notNull().references('networks.id'))
    .addColumn('mac_address', 'text', (column) => column.notNull())
    .addColumn('admin_state_up', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('device_owner', 'text', (column) => column.notNull())
    .addColumn('port_security_enabled', 'integer', (column) => column.notNull())
    .addColumn('allowed_address_pairs', 'text', (column) => column.notNull())
    .addColumn('extra_dhcp_opts', 'text', (column) => column.notNull())
    .addColumn('dns_name', 'text', (column) => column.notNull())
    .addColumn('binding_host_id', 'text', (column) => column.notNull())
    .addColumn('binding_vnic_type', 'text', (column) => column.notNull())
    .addColumn('binding_profile', 'text', (column) => column.notNull())
    .addUniqueConstraint('ports_mac_address', ['network_id', 'mac_address'])
    .execute();
  await db.schema
    .createTable('ip_allocations')
    .addColumn('subnet_id', 'text', (column) => column.notNull().references('subnets.id'))
    .addColumn('address', sortKey, (column) => column.notNull())
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id'))
    .addColumn('network_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('ip_allocations_pk', ['subnet_id', 'address'])
    .execute();
  await db.schema
    .createTable('free_ranges')
    .addColumn('subnet_id', 'text', (column) => column.notNull().references('subnets.id').onDelete('cascade'))
    .addColumn('first', sortKey, (column) => column.notNull())
    .addColumn('last', sortKey, (column) => column.notNull())
    .addPrimaryKeyConstraint('free_ranges_pk', ['subnet_id', 'first'])
    .execute();

  await standard(db.schema.createTable('routers'))
    .addColumn('admin_state_up', 'integer', (column) => column.notNull())
    .addColumn('external_network_id', 'text', (column) => column.references('networks.id'))
    .addColumn('gateway_port_id', 'text')
    .addColumn('enable_snat', 'integer', (column) => column.notNull())
    .addColumn('routes', 'text', (column) => column.notNull())
    .addColumn('distributed', 'integer', (column) => column.notNull())
    .addColumn('ha', 'integer', (column) => column.notNull())
    .addColumn('availability_zone_hints', 'text', (column) => column.notNull())
    .execute();

  await standard(db.schema.createTable('security_groups'))
    .addColumn('stateful', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('default_security_groups')
    .addColumn('project_id', 'text', (column) => column.primaryKey())
    .addColumn('security_group_id', 'text', (column) =>
      column.notNull().references('security_groups.id').onDelete('cascade'),
    )
    .execute();
  await db.schema
    .createTable('security_group_rules')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('security_group_id', 'text', (column) =>
      column.notNull().references('security_groups.id').onDelete('cascade'),
    )
    .addColumn('direction', 'text', (column) => column.notNull())
    .addColumn('ethertype', 'text', (column) => column.notNull())
    .addColumn('protocol', 'text')
    .addColumn('port_range_min', 'integer')
    .addColumn('port_range_max', 'integer')
    .addColumn('remote_ip_prefix', 'text')
    .addColumn('remote_group_id', 'text', (column) =>
      column.references('security_groups.id').onDelete('cascade'),
    )
    .addColumn('description', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .addColumn('meaning', 'text', (column) => column.notNull())
    .addUniqueConstraint('security_group_rules_meaning', ['security_group_id', 'meaning'])
    .execute();
  await db.schema
    .createTable('port_security_groups')
    .addColumn('port_id', 'text', (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('security_group_id', 'text', (column) => column.notNull().references('security_groups.id'))
    .addPrimaryKeyConstraint('port_security_groups_pk', ['port_id', 'security_group_id'])
    .execute();

  await db.schema
    .createTable('journal')
    .addColumn(
      'seq',
      dialect === 'postgres' ? sql`bigint generated always as identity` : 'integer',
      (column) => (dialect === 'postgres' ? column.primaryKey() : column.primaryKey().autoIncrement()),
    )
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('meta')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute();

  for (const [table, ...columns] of [
    ['networks', 'project_id'],
    ['subnets', 'network_id'],
    ['subnets', 'project_id'],
    ['ports', 'project_id'],
    ['ports', 'device_id'],
    ['ip_allocations', 'port_id'],
    ['ip_allocations', 'address'],
    ['free_ranges', 'subnet_id', 'last'],
    ['routers', 'project_id'],
    ['routers', 'external_network_id'],
    ['segmentations', 'network_id'],
    ['security_groups', 'project_id'],
    ['security_group_rules', 'project_id'],
    ['security_group_rules', 'remote_group_id'],
    ['port_security_groups', 'security_group_id'],
  ] as const) {
    await db.schema
      .createIndex(`${table}_by_${columns.join('_')}`)
      .on(table)
      .columns([...columns])
      .execute();
  }
}
