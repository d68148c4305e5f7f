/** Who shares what with whom, a row each; what was shared with everybody still is. */
import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { countRows } from './0045-quotas.ts';

interface Shareable {
  id: string;
  project_id: string;
  shared: number;
}
interface Before {
  networks: Shareable & { router_external: number };
  subnetpools: Shareable;
  address_groups: Shareable;
  rbac_policies: Record<string, string | number>;
}

export async function up(db: Kysely<Before>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await db.schema
    .createTable('rbac_policies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('project_id', 'text', (column) => column.notNull())
    .addColumn('object_type', 'text', (column) => column.notNull())
    .addColumn('object_id', 'text', (column) => column.notNull())
    .addColumn('target_tenant', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('created_at', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'text', (column) => column.notNull())
    .addColumn('revision_number', 'integer', (column) => column.notNull())
    .addUniqueConstraint('rbac_policies_once', ['object_id', 'object_type', 'action', 'target_tenant'])
    .execute();
  await db.schema
    .createIndex('rbac_policies_by_target')
    .on('rbac_policies')
    .columns(['target_tenant', 'object_type', 'object_id'])
    .execute();
  await db.schema
    .createIndex('rbac_policies_by_project_id')
    .on('rbac_policies')
    .column('project_id')
    .execute();
  await countRows(db as unknown as Kysely<unknown>, dialect, 'rbac_policies', 'rbac_policy');
  await db.schema
    .alterTable('security_groups')
    .addColumn('shared', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  const shareAll = async (
    table: 'networks' | 'subnetpools' | 'address_groups',
    type: string,
    column: 'shared' | 'router_external',
    action: string,
  ): Promise<void> => {
    const rows = await db
      .selectFrom(table)
      .select(['id', 'project_id'])
      .where(column as 'shared', '=', 1)
      .execute();
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    for (const { id, project_id } of rows)
      await db
        .insertInto('rbac_policies')
        .values({
          id: randomUUID(),
          project_id,
          object_type: type,
          object_id: id,
          target_tenant: '*',
          action,
          created_at: now,
          updated_at: now,
          revision_number: 1,
        })
        .execute();
  };
  await shareAll('networks', 'network', 'shared', 'access_as_shared');
  await shareAll('networks', 'network', 'router_external', 'access_as_external');
  await shareAll('subnetpools', 'subnetpool', 'shared', 'access_as_shared');
  await shareAll('address_groups', 'address_group', 'shared', 'access_as_shared');
}
