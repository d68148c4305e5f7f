/** What lists cost: what they find, however much else there is; of a tenant what the tenant has. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CompiledQuery, createQueryId, type Kysely, type RootOperationNode, sql } from 'kysely';
import { readChunks } from '../../src/api/list-page.ts';
import { parseListQuery } from '../../src/api/list-query.ts';
import { loadResources } from '../../src/resources/registry.ts';
import type { Resource } from '../../src/resources/resource.ts';
import type { Store, Tables } from '../../src/resources/tables.ts';
import { settings } from '../support/operations.ts';
import { onEachDatabase } from '../support/stores.ts';

const caller = { projectId: 'tenant', isAdmin: false, canWrite: true, canRead: true, requestId: 'r' };

/** What the databases say of the statements that a list is read with. */
async function plansOf(
  store: Store,
  resource: Resource,
  query: Record<string, string>,
  who = caller,
): Promise<string> {
  const asked: RootOperationNode[] = [];
  const db = store.read.withPlugin({
    transformQuery({ node }) {
      asked.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const parsed = parseListQuery(resource.definition, Object.keys(resource.filters ?? {}), query, who);
  const chunks = readChunks(db, resource, { ...who, settings }, parsed);
  for await (const { rows } of chunks) assert.ok(rows.length < COUNT);
  const plans = [];
  for (const node of asked) {
    const compiled = store.read.getExecutor().compileQuery(node, createQueryId());
    // Rows are looked up by the ids that were found.
    if (/"id" in \([?$]/.test(compiled.sql)) continue;
    const explain = store.dialect === 'sqlite' ? 'explain query plan ' : 'explain ';
    const { rows } = await store.read.executeQuery(
      CompiledQuery.raw(explain + compiled.sql, [...compiled.parameters]),
    );
    plans.push(...rows.map((row) => JSON.stringify(row)));
  }
  return plans.join('\n');
}

const COUNT = 3000;

/** Rows of the table: a given one, over and over, each with another id and project. */
async function multiply(
  db: Kysely<Tables>,
  table: 'networks' | 'subnets' | 'ports',
  row: object,
): Promise<void> {
  for (let start = 0; start < COUNT; start += 100) {
    const rows = Array.from({ length: 100 }, (_, index) => {
      const number = start + index;
      const digits = number.toString(16).padStart(12, '0');
      return {
        ...row,
        id: `00000000-0000-4000-8000-${digits}`,
        project_id: `other ${number % 100}`,
        ...('mac_address' in row && {
          mac_address: digits.match(/../g)?.join(':'),
          name: digits,
          device_id: digits,
          device_owner: digits,
          binding_host_id: digits,
          tags: JSON.stringify([digits, 'many']),
        }),
      };
    });
    await db
      .insertInto(table)
      .values(rows as never)
      .execute();
  }
}

async function fill(store: Store, resources: Resource[]): Promise<void> {
  const make = (name: string, projectId: string, wish: object) =>
    store.transaction(async (tx) => {
      const resource = resources.find(({ definition }) => definition.name === name);
      const defaults = Object.entries(resource?.definition.attributes ?? {}).flatMap(([key, one]) =>
        one.default === undefined ? [] : [[key, one.default]],
      );
      const context = { projectId, isAdmin: true, settings };
      return resource?.create?.(tx, context, { ...Object.fromEntries(defaults), ...wish });
    });
  for (const project of ['other', 'tenant']) {
    const network = await make('network', project, { shared: project === 'other' });
    await make('subnet', project, { network_id: network?.id, ip_version: 6, cidr: 'fd00::/64' });
    await make('port', project, { network_id: network?.id });
  }
  await store.transaction(async ({ db }) => {
    for (const table of ['networks', 'subnets', 'ports'] as const) {
      const row = await db
        .selectFrom(table)
        .selectAll()
        .where('project_id', '=', 'other')
        .executeTakeFirstOrThrow();
      await multiply(db, table, table === 'networks' ? { ...row, shared: 0 } : row);
    }
  });
  // Each on a network of its own, which has the same id.
  await store.transaction(async ({ db }) => {
    for (const table of ['subnets', 'ports'] as const)
      await db
        .updateTable(table)
        .set({ network_id: sql`id` })
        .where('project_id', 'like', 'other _%')
        .execute();
  });
  // Each in a group, and with an address.
  await store.transaction(async ({ db }) => {
    const [group] = await db.selectFrom('security_groups').select('id').execute();
    const [subnet] = await db.selectFrom('subnets').select('id').execute();
    await sql`insert into port_security_groups select id, ${group?.id} from ports where true on conflict do nothing`.execute(
      db,
    );
    await sql`insert into ip_allocations (subnet_id, network_id, port_id, address, ip_address, position)
      select ${subnet?.id}, network_id, id, mac_address, mac_address, 0 from ports`.execute(db);
  });
  // Others share as much with others.
  await store.transaction(async ({ db }) => {
    await sql`insert into rbac_policies (id, project_id, object_type, object_id, target_tenant, action, created_at,
        updated_at, revision_number)
      select id, project_id, 'network', id, project_id, 'access_as_shared', created_at, updated_at, 1 from networks
      where project_id like 'other _%'`.execute(db);
  });
  if (store.dialect === 'postgres') await sql`analyze`.execute(store.read);
}

/** What administrators look for among all ports there are. */
const lookUps: readonly Record<string, string>[] = [
  { tags: 'red' },
  { tags: 'many,000000000001' },
  { 'tags-any': 'red,blue', limit: '10' },
  { name: 'x' },
  { device_owner: 'compute:nova', limit: '10' },
  { 'binding:host_id': 'h1', limit: '10' },
  { device_id: 'x' },
  { network_id: '11111111-1111-4111-8111-111111111111' },
  { security_groups: '11111111-1111-4111-8111-111111111111' },
  { fixed_ips: 'ip_address=fd00::1' },
];

onEachDatabase('lists', (databases) => {
  describe('among much else', () => {
    it('scan no table', async () => {
      const store = await databases.fresh();
      const resources = await loadResources();
      await fill(store, resources);
      for (const resource of resources.filter(({ definition }) =>
        ['networks', 'subnets', 'ports'].includes(definition.collection),
      )) {
        const { collection } = resource.definition;
        for (const query of [
          {},
          { limit: '100' },
          { name: 'x' },
          { sort_key: 'name', limit: '10' },
        ] as Record<string, string>[]) {
          const plans = await plansOf(store, resource, query);
          const scan = new RegExp(
            // By its key a row is looked up, or all of them are gone through in its order.
            `SCAN ${collection}|Seq Scan on (?:${collection}|rbac_policies)|Index Scan using ${collection}_pkey .*\\n(?!.*Index Cond)`,
          );
          assert.doesNotMatch(plans, scan, `${collection} ${JSON.stringify(query)}\n${plans}`);
        }
        const plans = await plansOf(store, resource, { name: 'x' }, { ...caller, isAdmin: true });
        assert.match(plans, new RegExp(`${collection}_by_name`), plans);
      }
      const port = resources.find(({ definition }) => definition.name === 'port') as Resource;
      for (const query of lookUps) {
        const plans = await plansOf(store, port, query, { ...caller, isAdmin: true });
        const scan =
          /(?:SCAN|Seq Scan on) (?:ports|ip_allocations|port_security_groups|tags)\b|ports_pkey .*\n.*Filter/;
        assert.doesNotMatch(plans, scan, `${JSON.stringify(query)}\n${plans}`);
      }
    });
  });
});
