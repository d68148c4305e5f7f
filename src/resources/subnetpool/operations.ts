/** Subnet pools: create, update, delete, prefixes that come and go, and subnets that become theirs. */
import { type Family, mergePrefixes, Prefix, subtractPrefixes } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { object, uuid } from '../definition/attribute-types.ts';
import { canSeeNetwork } from '../network/sharing.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { forgetSharing, sharedWith, shareWithAll } from '../sharing.ts';
import { subnet as subnetDefinition } from '../subnet/definition.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { Tx } from '../tables.ts';
import {
  prefixList,
  type Subnetpool,
  type SubnetpoolCreate,
  type SubnetpoolUpdate,
  subnetpool,
} from './definition.ts';
import { freeAll, giveBackPrefix, takePrefix } from './free-prefixes.ts';
import { boundsOf, limited, poolPrefixes } from './rules.ts';
import { requireScope, requireScopeMoves, requireScopeReaches, requireUnique } from './scope.ts';
import { someHolder } from './share.ts';

const prefixesOfPool = ({ prefixes }: Subnetpool): Prefix[] => prefixes.map((text) => Prefix.parse(text));

async function create(tx: Tx, context: Context, request: SubnetpoolCreate): Promise<Subnetpool> {
  const prefixes = poolPrefixes(request.prefixes);
  const family = prefixes[0]!.family;
  const bounds = boundsOf(family, request);
  if (request.is_default) await requireNoDefault(tx, family);
  const projectId = request.project_id ?? context.projectId;
  const pool: Subnetpool = {
    ...request,
    ...newborn(),
    ...bounds,
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    prefixes: prefixes.map(String),
    ip_version: family,
  };
  if (pool.address_scope_id !== null) await requireScope(tx, context, pool.address_scope_id, pool);
  await requireUnique(tx, pool, prefixes);
  insertRow(tx, subnetpool, pool);
  if (pool.shared) {
    shareWithAll(tx, { ...pool, kind: 'subnetpool' }, 'access_as_shared');
    await requireScopeReaches(tx, pool);
  }
  freeAll(tx, pool.id, prefixes);
  return pool;
}

/**
 * Makes pools, which together may have as many prefixes as one: each costs the same, whichever pool it is in.
 * @throws RequestError 400 for more
 */
async function createAll(
  tx: Tx,
  context: Context,
  requests: readonly SubnetpoolCreate[],
): Promise<Subnetpool[]> {
  limited(requests.flatMap(({ prefixes }) => prefixes));
  const made: Subnetpool[] = [];
  for (const request of requests) made.push(await create(tx, context, request));
  return made;
}

/** @throws RequestError 400 when the pools of an IP version have a default already */
async function requireNoDefault(tx: Tx, family: Family): Promise<void> {
  const other = await tx.db
    .selectFrom('subnetpools')
    .select('id')
    .where('is_default', '=', 1)
    .where('ip_version', '=', family)
    .executeTakeFirst();
  if (other) throw errors.subnetpool.defaultExists({ version: family, id: other.id });
}

async function update(
  tx: Tx,
  context: Context,
  current: Subnetpool,
  changes: SubnetpoolUpdate,
): Promise<Subnetpool> {
  const bounds = boundsOf(current.ip_version, { ...current, ...changes });
  if (changes.is_default && !current.is_default) await requireNoDefault(tx, current.ip_version);
  const { address_scope_id = current.address_scope_id } = changes;
  if (address_scope_id !== current.address_scope_id) {
    if (address_scope_id !== null) await requireScope(tx, context, address_scope_id, current);
    await requireScopeReaches(tx, { ...current, address_scope_id });
    await requireScopeMoves(tx, current);
    await requireUnique(tx, { ...current, address_scope_id }, prefixesOfPool(current));
  }
  if (changes.prefixes === undefined) return changed(tx, current, { ...changes, ...bounds });
  const prefixes = poolPrefixes(changes.prefixes, current.ip_version);
  await requireUnique(tx, { ...current, address_scope_id }, prefixes);
  const [missing] = subtractPrefixes(prefixesOfPool(current), prefixes);
  if (missing) throw errors.subnetpool.prefixMissing({ prefix: missing });
  await addFree(tx, current, prefixes);
  return changed(tx, current, { ...changes, ...bounds, prefixes: prefixes.map(String) });
}

/** Makes free what a pool has not had. */
async function addFree(tx: Tx, current: Subnetpool, prefixes: readonly Prefix[]): Promise<void> {
  for (const prefix of limited(subtractPrefixes(prefixes, prefixesOfPool(current))))
    await giveBackPrefix(tx, current.id, prefix);
}

function changed(tx: Tx, current: Subnetpool, changes: SubnetpoolUpdate): Subnetpool {
  const moved = updateRow(tx, subnetpool, current, changes);
  return { ...current, ...(changes as Partial<Subnetpool>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: Subnetpool): Promise<void> {
  const holder = await someHolder(tx, current.id);
  if (holder !== undefined) throw errors.subnetpool.inUse({ holder });
  deleteRow(tx, subnetpool, current);
  forgetSharing(tx, 'subnetpool', current.id);
}

const prefixesBody = object({ prefixes: prefixList }, {});

/** `PUT /v2.0/subnetpools/ID/add_prefixes` */
async function addPrefixes(tx: Tx, _context: Context, current: Subnetpool, body: unknown): Promise<object> {
  const given = poolPrefixes(prefixesBody.parse(body, 'body').prefixes, current.ip_version);
  const prefixes = limited(mergePrefixes([...prefixesOfPool(current), ...given]));
  await requireUnique(tx, current, prefixes);
  await addFree(tx, current, prefixes);
  return { prefixes: changed(tx, current, { prefixes: prefixes.map(String) }).prefixes };
}

/** `PUT /v2.0/subnetpools/ID/remove_prefixes` */
async function removePrefixes(
  tx: Tx,
  _context: Context,
  current: Subnetpool,
  body: unknown,
): Promise<object> {
  const given = poolPrefixes(prefixesBody.parse(body, 'body').prefixes, current.ip_version);
  const has = prefixesOfPool(current);
  const rest = limited(subtractPrefixes(has, given));
  // What it has of those given: one may lie partly outside.
  for (const prefix of subtractPrefixes(has, rest))
    if (!(await takePrefix(tx, current.id, prefix))) throw errors.subnetpool.prefixInUse({ prefix });
  return { prefixes: changed(tx, current, { prefixes: rest.map(String) }).prefixes };
}

const networkBody = object({ network_id: uuid }, {});

/** `PUT /v2.0/subnetpools/ID/onboard_network_subnets`: subnets of a network become the pool's, and their prefixes too. */
async function onboard(tx: Tx, context: Context, current: Subnetpool, body: unknown): Promise<object> {
  const { network_id } = networkBody.parse(body, 'body');
  const network = await findRow(tx.db, 'networks', network_id);
  if (!network || !(await canSeeNetwork(tx.db, network, context)))
    throw errors.notFound.network({ id: network_id });
  if (!context.isAdmin && network.project_id !== context.projectId)
    throw errors.subnet.notNetworkOwner({ network: network_id });
  const all = (await subnetsOn(tx.db, network_id)).filter(
    ({ ip_version }) => ip_version === current.ip_version,
  );
  if (all.length === 0)
    throw errors.subnetpool.nothingToOnboard({ network: network_id, version: current.ip_version });
  const other = all.find(({ subnetpool_id }) => subnetpool_id !== null && subnetpool_id !== current.id);
  if (other) throw errors.subnetpool.ofAnotherPool({ subnet: other.id });
  let has = prefixesOfPool(current);
  for (const subnet of all.filter(({ subnetpool_id }) => subnetpool_id === null)) {
    const prefix = Prefix.parse(subnet.cidr);
    if (has.some((one) => one.covers(prefix))) {
      if (!(await takePrefix(tx, current.id, prefix)))
        throw errors.subnetpool.notFree({ prefix, id: current.id });
    } else if (has.some((one) => one.overlaps(prefix)))
      throw errors.subnetpool.notFree({ prefix, id: current.id });
    else has = limited(mergePrefixes([...has, prefix]));
    updateRow(tx, subnetDefinition, subnet, { subnetpool_id: current.id });
  }
  await requireUnique(tx, current, has);
  changed(tx, current, { prefixes: has.map(String) });
  return {};
}

export const subnetpoolOperations: OperationsOn<typeof subnetpool> = {
  load: async (_db, rows) => rows.map((row) => fromRow(subnetpool, row)),
  sharedAs: 'subnetpool',
  visible: (projectId) => [
    (builder) => builder('subnetpools.id', 'in', sharedWith(builder, 'subnetpool', projectId)),
  ],
  create,
  createAll,
  update,
  delete: remove,
  actions: {
    add_prefixes: addPrefixes,
    remove_prefixes: removePrefixes,
    onboard_network_subnets: onboard,
  },
};
