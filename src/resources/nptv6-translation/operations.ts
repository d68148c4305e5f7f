/** Network prefix translations: create, update, delete. */
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { ipv6ScopeOf } from '../ndp-proxy/gateway-rules.ts';
import { newId } from '../new-id.ts';
import { deleteRow, findRow, fromRow, insertRow, newborn, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { requireAlone, TRANSLATED_PREFIXES } from '../router/one-gateway.ts';
import { routerAddressesOf } from '../router/router-addresses.ts';
import type { Subnetpool } from '../subnetpool/definition.ts';
import { giveBackPrefix, takePrefix } from '../subnetpool/free-prefixes.ts';
import { checkShare, takeShare, usablePool } from '../subnetpool/share.ts';
import type { RouterRow, Tx } from '../tables.ts';
import {
  type Nptv6Translation,
  type Nptv6TranslationCreate,
  type Nptv6TranslationUpdate,
  nptv6Translation,
} from './definition.ts';
import { checkApart, checkTranslatable, checkTranslation, type HeldPrefix } from './rules.ts';
import { translationsOf } from './translations.ts';

/** @throws RequestError 404 for a router that is not the caller's, 400 for one of another project, 409 for one without a gateway, with several, or that lets in nothing but answers */
async function requireRouter(
  tx: Tx,
  context: Context,
  projectId: string,
  id: string,
): Promise<RouterRow & { readonly external_network_id: string }> {
  const router = await findRow(tx.db, 'routers', id);
  if (!router || !(context.isAdmin || router.project_id === context.projectId))
    throw errors.notFound.router({ id });
  if (router.project_id !== projectId)
    throw errors.nptv6Translation.routerOfOtherProject({
      router: id,
      project: router.project_id,
      translationProject: projectId,
    });
  const { external_network_id } = router;
  if (external_network_id === null) throw errors.nptv6Translation.noGateway({ router: id });
  await requireAlone(tx.db, id, TRANSLATED_PREFIXES);
  if (router.egress_only_ipv6 === 1) throw errors.router.translatesAndIsClosed({ id });
  return { ...router, external_network_id };
}

/**
 * What is outside is everybody's: an administrator says which prefixes lead to this cloud, by a pool that is for all.
 * @throws RequestError 404 for a pool that the caller may not use, 400 for one of IPv4, 403 for one of a project's own,
 * 409 for one that means something elsewhere
 */
async function requirePool(tx: Tx, context: Context, id: string, networkId: string): Promise<Subnetpool> {
  const pool = await usablePool(tx, context, id);
  if (!pool) throw errors.notFound.subnetpool({ id });
  if (pool.ip_version !== 6)
    throw errors.subnetpool.familyOfPool({ version: 6, pool: pool.ip_version, id: pool.id });
  if (!pool.shared && !context.isAdmin) throw errors.nptv6Translation.poolOfAdmins({ pool: id });
  const scope = await ipv6ScopeOf(tx.db, networkId);
  if (scope !== null && scope !== pool.address_scope_id)
    throw errors.nptv6Translation.otherScope({
      ...{ pool: id, inside: pool.address_scope_id ?? 'None' },
      ...{ network: networkId, outside: scope },
    });
  return pool;
}

/** What neither prefix of a router's translation may have a part of. */
async function heldAt(tx: Tx, router: RouterRow): Promise<HeldPrefix[]> {
  const held: HeldPrefix[] = [];
  for (const { id, internal, external } of (await translationsOf(tx.db, [router.id])).get(router.id) ?? [])
    for (const prefix of [internal, external]) held.push({ prefix, holder: `NPTv6 translation ${id}` });
  const outer = await tx.db
    .selectFrom('subnets')
    .select(['id', 'cidr'])
    .where('network_id', '=', router.external_network_id)
    .execute();
  for (const { id, cidr } of outer)
    held.push({ prefix: Prefix.parse(cidr), holder: `external subnet ${id}` });
  return held;
}

async function take(tx: Tx, pool: Subnetpool, projectId: string, wish: Prefix | number): Promise<Prefix> {
  const length = typeof wish === 'number' ? wish : wish.length;
  await checkShare(tx, pool, projectId, length);
  if (typeof wish === 'number') return takeShare(tx, pool, length);
  if (!(await takePrefix(tx, pool.id, wish))) throw errors.subnetpool.taken({ prefix: wish, id: pool.id });
  return wish;
}

async function create(tx: Tx, context: Context, request: Nptv6TranslationCreate): Promise<Nptv6Translation> {
  const { router_id: routerId, subnetpool_id: poolId } = request;
  const projectId = request.project_id ?? context.projectId;
  const internal = Prefix.parse(request.internal_prefix);
  checkTranslatable('internal_prefix', internal);
  const asked = request.external_prefix === undefined ? undefined : Prefix.parse(request.external_prefix);
  if (asked) {
    checkTranslatable('external_prefix', asked);
    checkTranslation({ internal, external: asked });
  }
  const router = await requireRouter(tx, context, projectId, routerId);
  const pool = await requirePool(tx, context, poolId, router.external_network_id);
  const held = await heldAt(tx, router);
  checkApart('internal_prefix', internal, held);
  const external = await take(tx, pool, projectId, asked ?? internal.length);
  checkTranslation({ internal, external });
  const attached = (await routerAddressesOf(tx.db, routerId)).map(({ prefix, subnetId }) => ({
    ...{ prefix, holder: `subnet ${subnetId}` },
  }));
  checkApart('external_prefix', external, [...held, ...attached]);
  const { tags: _, ...fresh } = newborn();
  const made: Nptv6Translation = {
    ...request,
    ...fresh,
    id: newId(),
    project_id: projectId,
    tenant_id: projectId,
    internal_prefix: internal.toString(),
    external_prefix: external.toString(),
  };
  insertRow(tx, nptv6Translation, made);
  return made;
}

async function update(
  tx: Tx,
  _context: Context,
  current: Nptv6Translation,
  changes: Nptv6TranslationUpdate,
): Promise<Nptv6Translation> {
  const moved = updateRow(tx, nptv6Translation, current, changes);
  return { ...current, ...(changes as Partial<Nptv6Translation>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: Nptv6Translation): Promise<void> {
  deleteRow(tx, nptv6Translation, current);
  await giveBackPrefix(tx, current.subnetpool_id, Prefix.parse(current.external_prefix ?? ''));
}

export const nptv6TranslationOperations: OperationsOn<typeof nptv6Translation> = {
  load: async (_db, rows) => rows.map((row) => fromRow(nptv6Translation, row)),
  create,
  update,
  delete: remove,
};
