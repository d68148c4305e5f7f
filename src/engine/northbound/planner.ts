/** Makes plans: reads what they depend on for many units at a time, a few queries each whatever the network's size. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { type UnitKind, unitKinds } from '../../store/journal.ts';
import type { SubnetRow, Tables } from '../../store/tables.ts';
import type { Plan, PlannedRow, Planner, UnitName } from '../reconciler/plan.ts';
import { dropGroupUnit } from './names.ts';
import { planNetwork } from './network.ts';
import { planPort } from './port.ts';
import { planRouter } from './router.ts';
import { planDropGroup, planSecurityGroup } from './security-group.ts';
import { planSubnet } from './subnet.ts';

type Db = Kysely<Tables>;

/** Most ids in one query. */
const sliceSize = 500;

/** Rows of a table by id. */
async function rowsById<T extends 'networks' | 'subnets'>(
  db: Db,
  table: T,
  ids: Iterable<string>,
): Promise<Map<string, Tables[T]>> {
  const rows = new Map<string, Tables[T]>();
  const wanted = [...new Set(ids)];
  for (let start = 0; start < wanted.length; start += sliceSize) {
    const found = await (db as Kysely<Pick<Tables, 'networks' | 'subnets'>>)
      .selectFrom(table as 'networks')
      .selectAll()
      .where('id', 'in', wanted.slice(start, start + sliceSize))
      .execute();
    for (const row of found) rows.set(row.id, row as unknown as Tables[T]);
  }
  return rows;
}

function group<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = groups.get(key);
    if (list) list.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

type Plans = Map<string, Plan>;

/** A plan that cannot be made is that unit's trouble alone. */
function attempt(plan: () => readonly PlannedRow[]): Plan {
  try {
    return plan();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What plans need to know of the deployment. */
export interface PlanContext {
  /** Chassis that external gateways may be on, best first. */
  readonly gatewayChassis: readonly string[];
}

async function planNetworks(db: Db, ids: readonly string[]): Promise<Plans> {
  const rows = await rowsById(db, 'networks', ids);
  return new Map([...rows].map(([id, row]) => [id, attempt(() => planNetwork(row))]));
}

async function planSubnets(db: Db, ids: readonly string[]): Promise<Plans> {
  const subnets = [...(await rowsById(db, 'subnets', ids)).values()];
  const networks = await rowsById(
    db,
    'networks',
    subnets.map(({ network_id }) => network_id),
  );
  return new Map(
    subnets.flatMap((subnet) => {
      const network = networks.get(subnet.network_id);
      return network ? [[subnet.id, attempt(() => planSubnet(subnet, network))] as const] : [];
    }),
  );
}

async function planPorts(db: Db, ids: readonly string[], context: PlanContext): Promise<Plans> {
  const ports = await db.selectFrom('ports').selectAll().where('id', 'in', ids).execute();
  const allocations = await db
    .selectFrom('ip_allocations')
    .select(['port_id', 'subnet_id', 'address'])
    .where('port_id', 'in', ids)
    .orderBy('position')
    .orderBy('address')
    .execute();
  const groups = await db
    .selectFrom('port_security_groups')
    .selectAll()
    .where('port_id', 'in', ids)
    .execute();
  const networks = await rowsById(
    db,
    'networks',
    ports.map(({ network_id }) => network_id),
  );
  const subnets = await rowsById(
    db,
    'subnets',
    allocations.map(({ subnet_id }) => subnet_id),
  );
  const allocationsOf = group(allocations, ({ port_id }) => port_id);
  const groupsOf = group(groups, ({ port_id }) => port_id);
  const plans: Plans = new Map();
  for (const port of ports) {
    const network = networks.get(port.network_id);
    if (!network) continue;
    const addresses = (allocationsOf.get(port.id) ?? []).flatMap(({ subnet_id, address }) => {
      const subnet = subnets.get(subnet_id);
      return subnet ? [{ address: Address.fromSortKey(address), subnet }] : [];
    });
    const securityGroups = (groupsOf.get(port.id) ?? []).map(({ security_group_id }) => security_group_id);
    plans.set(
      port.id,
      attempt(() => planPort({ port, network, addresses, securityGroups }, context)),
    );
  }
  return plans;
}

async function planRouters(db: Db, ids: readonly string[]): Promise<Plans> {
  const routers = await db.selectFrom('routers').selectAll().where('id', 'in', ids).execute();
  const held = await db
    .selectFrom('ports')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .select([
      'ports.id as portId',
      'ports.device_id',
      'ports.device_owner',
      'ip_allocations.address',
      'ip_allocations.subnet_id',
    ])
    .where('ports.device_id', 'in', ids)
    .where('ports.device_owner', 'in', ['network:router_interface', 'network:router_gateway'])
    .orderBy('ports.id')
    .orderBy('ip_allocations.position')
    .execute();
  const subnets = await rowsById(
    db,
    'subnets',
    held.map(({ subnet_id }) => subnet_id),
  );
  const heldBy = group(held, ({ device_id }) => device_id);
  return new Map(
    routers.map((router) => {
      const addresses = (heldBy.get(router.id) ?? []).map(({ portId, device_owner, address, subnet_id }) => ({
        portId,
        isGateway: device_owner === 'network:router_gateway',
        address: Address.fromSortKey(address),
        subnet: subnets.get(subnet_id) as SubnetRow,
      }));
      return [router.id, attempt(() => planRouter({ router, addresses }))];
    }),
  );
}

async function planSecurityGroups(db: Db, ids: readonly string[]): Promise<Plans> {
  const groups = await db.selectFrom('security_groups').selectAll().where('id', 'in', ids).execute();
  const rules = await db
    .selectFrom('security_group_rules')
    .selectAll()
    .where('security_group_id', 'in', ids)
    .orderBy('id')
    .execute();
  const rulesOf = group(rules, ({ security_group_id }) => security_group_id);
  return new Map(
    groups.map((row) => [row.id, attempt(() => planSecurityGroup(row, rulesOf.get(row.id) ?? []))]),
  );
}

const planners: Record<UnitKind, (db: Db, ids: readonly string[], context: PlanContext) => Promise<Plans>> = {
  network: planNetworks,
  subnet: planSubnets,
  port: planPorts,
  router: planRouters,
  security_group: planSecurityGroups,
};

/** How many units of the store are planned and compared at a time when all are. */
const portion = 1000;

const isKind = (kind: string): kind is UnitKind => (unitKinds as readonly string[]).includes(kind);

/**
 * The planner of a store.
 * @param db committed state
 */
export function plannerOf(db: Db, context: PlanContext): Planner {
  return {
    async plan(units) {
      const plans = new Map<UnitName, Plan>(units.map((unit) => [unit, []]));
      if (plans.has(dropGroupUnit)) plans.set(dropGroupUnit, planDropGroup());
      const idsOf = new Map<UnitKind, string[]>();
      for (const unit of units) {
        const [kind = '', id = ''] = unit.split('/');
        if (!isKind(kind)) continue;
        const ids = idsOf.get(kind);
        if (ids) ids.push(id);
        else idsOf.set(kind, [id]);
      }
      for (const [kind, ids] of idsOf) {
        for (let start = 0; start < ids.length; start += sliceSize) {
          const found = await planners[kind](db, ids.slice(start, start + sliceSize), context);
          for (const [id, rows] of found) plans.set(`${kind}/${id}`, rows);
        }
      }
      return plans;
    },
    async *units() {
      yield [dropGroupUnit];
      for (const [kind, table] of unitTables) {
        let last = '';
        for (;;) {
          const rows = await (db as Kysely<Pick<Tables, 'networks'>>)
            .selectFrom(table as 'networks')
            .select('id')
            .where('id', '>', last)
            .orderBy('id')
            .limit(portion)
            .execute();
          if (rows.length === 0) break;
          yield rows.map(({ id }) => `${kind}/${id}`);
          last = rows.at(-1)?.id ?? '';
        }
      }
    },
  };
}

/** Where the units of each kind are; those that others refer to come first. */
const unitTables = [
  ['network', 'networks'],
  ['subnet', 'subnets'],
  ['security_group', 'security_groups'],
  ['router', 'routers'],
  ['port', 'ports'],
] as const satisfies readonly (readonly [UnitKind, keyof Tables])[];
