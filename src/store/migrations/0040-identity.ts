/** Who signs in, what they may, and the keys of their tokens. */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';

type Columns = CreateTableBuilder<string, never>;

const table = (db: Kysely<unknown>, name: string): Columns =>
  db.schema
    .createTable(`identity_${name}`)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('extra', 'text', (column) => column.notNull().defaultTo('{}')) as unknown as Columns;

export async function up(db: Kysely<unknown>, dialect: 'sqlite' | 'postgres'): Promise<void> {
  await table(db, 'domains')
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .execute();
  await table(db, 'projects')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('domain_id', 'text', (column) => column.notNull().references('identity_domains.id'))
    .addColumn('parent_id', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('tags', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addUniqueConstraint('identity_projects_name', ['domain_id', 'name'])
    .execute();
  await table(db, 'users')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('domain_id', 'text', (column) => column.notNull().references('identity_domains.id'))
    .addColumn('default_project_id', 'text')
    .addColumn('description', 'text')
    .addColumn('email', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('password_hash', 'text')
    .addColumn('epoch', 'integer', (column) => column.notNull().defaultTo(0))
    .addUniqueConstraint('identity_users_name', ['domain_id', 'name'])
    .execute();
  await table(db, 'groups')
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('domain_id', 'text', (column) => column.notNull().references('identity_domains.id'))
    .addColumn('description', 'text')
    .addUniqueConstraint('identity_groups_name', ['domain_id', 'name'])
    .execute();
  await table(db, 'roles')
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('description', 'text')
    .execute();
  await table(db, 'regions')
    .addColumn('parent_region_id', 'text', (column) => column.references('identity_regions.id'))
    .addColumn('description', 'text')
    .execute();
  await table(db, 'services')
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .execute();
  await table(db, 'endpoints')
    .addColumn('service_id', 'text', (column) =>
      column.notNull().references('identity_services.id').onDelete('cascade'),
    )
    .addColumn('region_id', 'text', (column) => column.references('identity_regions.id'))
    .addColumn('interface', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('identity_memberships')
    .addColumn('group_id', 'text', (column) =>
      column.notNull().references('identity_groups.id').onDelete('cascade'),
    )
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('identity_users.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('identity_memberships_pk', ['group_id', 'user_id'])
    .execute();
  await db.schema
    .createTable('identity_assignments')
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('actor_id', 'text', (column) => column.notNull())
    .addColumn('target', 'text', (column) => column.notNull())
    .addColumn('target_id', 'text', (column) => column.notNull())
    .addColumn('role_id', 'text', (column) =>
      column.notNull().references('identity_roles.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('identity_assignments_pk', [
      'actor',
      'actor_id',
      'target',
      'target_id',
      'role_id',
    ])
    .execute();
  await db.schema
    .createTable('identity_application_credentials')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) =>
      column.notNull().references('identity_users.id').onDelete('cascade'),
    )
    .addColumn('project_id', 'text', (column) =>
      column.notNull().references('identity_projects.id').onDelete('cascade'),
    )
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text')
    .addColumn('unrestricted', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'text')
    .addColumn('role_ids', 'text', (column) => column.notNull())
    .addColumn('access_rules', 'text')
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addUniqueConstraint('identity_application_credentials_name', ['user_id', 'name'])
    .execute();
  await db.schema
    .createTable('identity_revocations')
    .addColumn('audit_id', 'text', (column) => column.primaryKey())
    .addColumn('expires_at', dialect === 'postgres' ? sql`bigint` : 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('identity_token_keys')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('secret', 'text', (column) => column.notNull())
    .addColumn('made_at', dialect === 'postgres' ? sql`bigint` : 'integer', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('identity_generations')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('number', dialect === 'postgres' ? sql`bigint` : 'integer', (column) => column.notNull())
    .execute();
  await sql`insert into identity_generations (id, number) values (1, 0)`.execute(db);
  for (const [name, ...columns] of [
    ['users', 'name'],
    ['projects', 'name'],
    ['projects', 'parent_id'],
    ['memberships', 'user_id'],
    ['assignments', 'target', 'target_id'],
    ['assignments', 'role_id'],
    ['endpoints', 'service_id'],
    ['application_credentials', 'project_id'],
    ['revocations', 'expires_at'],
  ] as const)
    await db.schema
      .createIndex(`identity_${name}_by_${columns.join('_')}`)
      .on(`identity_${name}`)
      .columns([...columns])
      .execute();
}
