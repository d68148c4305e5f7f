/**
 * A network for a project that does not care which (Neutron's auto-allocated topology): with subnets of the default
 * pools, and a router to the default external network. Nova asks for it, for servers that name no network.
 */
import { errors, type ResourceName } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { defaultsOf } from '../definition/definition.ts';
import { requireQuota } from '../quota/check.ts';
import type { Values } from '../repository.ts';
import type { Resource, ResourceRecord } from '../resource.ts';
import type { Subnetpool } from '../subnetpool/definition.ts';
import { usablePool } from '../subnetpool/share.ts';
import type { AutoAllocatedTopologyRow, Tx } from '../tables.ts';

/** How what it consists of is made and removed. */
export type ResourceFinder = (name: ResourceName) => Resource;

const rowOf = (tx: Tx, projectId: string): Promise<AutoAllocatedTopologyRow | undefined> =>
  tx.db
    .selectFrom('auto_allocated_topologies')
    .selectAll()
    .where('project_id', '=', projectId)
    .executeTakeFirst();

/** The network that a project was given; undefined for none. */
export const autoAllocatedNetwork = async (tx: Tx, projectId: string): Promise<string | undefined> =>
  (await rowOf(tx, projectId))?.network_id;

/** What a topology is made of. */
interface Requirements {
  readonly externalNetworkId: string;
  readonly pools: readonly Subnetpool[];
}

/**
 * Whether a topology can be made for the caller's project.
 * @throws RequestError 409 when something that it takes is not there
 */
export async function autoAllocationRequirements(tx: Tx, context: Context): Promise<Requirements> {
  const external = await tx.db
    .selectFrom('networks')
    .select('id')
    .where('is_default', '=', 1)
    .where('router_external', '=', 1)
    .executeTakeFirst();
  if (!external) throw errors.autoAllocation.failure({ reason: 'No default router:external network' });
  const rows = await tx.db
    .selectFrom('subnetpools')
    .select('id')
    .where('is_default', '=', 1)
    .orderBy('ip_version', 'desc')
    .execute();
  const pools: Subnetpool[] = [];
  for (const { id } of rows) {
    const pool = await usablePool(tx, context, id);
    if (pool) pools.push(pool);
  }
  if (pools.length === 0) throw errors.autoAllocation.failure({ reason: 'No default subnetpools defined' });
  return { externalNetworkId: external.id, pools };
}

/** Instances form their IPv6 addresses themselves where the pool gives a /64, and get them by DHCPv6 elsewhere. */
function modesFor({ ip_version, min_prefixlen, max_prefixlen }: Subnetpool): Values {
  if (ip_version === 4) return {};
  const isAuto = min_prefixlen <= 64 && max_prefixlen >= 64;
  const mode = isAuto ? 'slaac' : 'dhcpv6-stateful';
  return { ipv6_ra_mode: mode, ipv6_address_mode: mode, ...(isAuto && { prefixlen: 64 }) };
}

/**
 * Gives the caller's project a topology, if it has none.
 * @returns its network
 * @throws RequestError 409 when something that it takes is not there, or a quota leaves no room
 */
export async function autoAllocate(tx: Tx, context: Context, resource: ResourceFinder): Promise<string> {
  const there = await autoAllocatedNetwork(tx, context.projectId);
  if (there !== undefined) return there;
  const { externalNetworkId, pools } = await autoAllocationRequirements(tx, context);
  const make = async (name: ResourceName, wish: Values): Promise<ResourceRecord> => {
    const { definition, create } = resource(name);
    const made = await create!(tx, context, { ...defaultsOf(definition), ...wish });
    await requireQuota(tx, context.settings, definition, new Set([context.projectId]));
    return made;
  };
  const network = await make('network', { name: 'auto_allocated_network' });
  const router = await make('router', {
    name: 'auto_allocated_router',
    external_gateway_info: { network_id: externalNetworkId },
  });
  for (const pool of pools) {
    const { id: subnet_id } = await make('subnet', {
      name: `auto_allocated_subnet_v${pool.ip_version}`,
      network_id: network.id,
      ip_version: pool.ip_version,
      subnetpool_id: pool.id,
      ...modesFor(pool),
    });
    await resource('router').actions!.add_router_interface!(tx, context, router, { subnet_id });
  }
  const row = { project_id: context.projectId, network_id: String(network.id), router_id: String(router.id) };
  await tx.db.insertInto('auto_allocated_topologies').values(row).execute();
  return row.network_id;
}

/**
 * Takes a project's topology away, if it has one.
 * @throws RequestError 409 while somebody uses it
 */
export async function removeAutoAllocated(tx: Tx, context: Context, resource: ResourceFinder): Promise<void> {
  const row = await rowOf(tx, context.projectId);
  if (!row) return;
  await tx.db.deleteFrom('auto_allocated_topologies').where('project_id', '=', row.project_id).execute();
  const found = async (name: ResourceName, table: 'routers' | 'networks', id: string | null) => {
    const rows = id === null ? [] : await tx.db.selectFrom(table).selectAll().where('id', '=', id).execute();
    return (await resource(name).load(tx.db, rows as unknown as Values[], context.settings))[0];
  };
  const router = await found('router', 'routers', row.router_id);
  const attached = await tx.db
    .selectFrom('subnets')
    .innerJoin('ip_allocations', 'ip_allocations.subnet_id', 'subnets.id')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .select('subnets.id')
    .distinct()
    .where('subnets.network_id', '=', row.network_id)
    .where('ports.device_id', '=', row.router_id ?? '')
    .execute();
  if (router) {
    for (const { id: subnet_id } of attached)
      await resource('router').actions!.remove_router_interface!(tx, context, router, { subnet_id });
    await resource('router').delete(tx, context, router);
  }
  const network = await found('network', 'networks', row.network_id);
  if (network) await resource('network').delete(tx, context, network);
}
