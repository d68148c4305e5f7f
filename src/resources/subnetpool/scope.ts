/** What an address scope asks of the subnet pools in it. */
import { type Family, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { findRow } from '../repository.ts';
import { EVERYBODY, mayUse, sharingTargetsOf } from '../sharing.ts';
import type { Tx } from '../tables.ts';
import type { Subnetpool } from './definition.ts';
import { overlapOf } from './rules.ts';

/**
 * Whether a pool may be in its scope.
 * @throws RequestError 404 for a scope that the caller may not use, 400 for one of the other IP version
 */
export async function requireScope(
  tx: Tx,
  context: Context,
  id: string,
  { ip_version: version }: { readonly ip_version: Family },
): Promise<void> {
  const row = await findRow(tx.db, 'address_scopes', id);
  if (!row || !(await mayUse(tx.db, 'address_scope', row, context)))
    throw errors.notFound.address_scope({ id });
  if (row.ip_version !== version) throw errors.addressScope.otherIpVersion({ id, version });
}

/**
 * Which of these targets of sharing, `*` among them, an address scope is neither shared with nor owned by; undefined when
 * there is none.
 */
export async function targetWithoutScope(
  tx: Tx,
  scopeId: string,
  targets: Iterable<string>,
): Promise<string | undefined> {
  const scope = await findRow(tx.db, 'address_scopes', scopeId);
  const reached = await sharingTargetsOf(tx, { kind: 'address_scope', id: scopeId }, 'access_as_shared');
  if (reached.has(EVERYBODY)) return undefined;
  for (const target of targets) if (target !== scope?.project_id && !reached.has(target)) return target;
  return undefined;
}

/**
 * Who shares a pool shares what its prefixes mean: all that it is shared with have its scope.
 * @throws RequestError 400
 */
export async function requireScopeReaches(
  tx: Tx,
  { id, address_scope_id: scope }: Subnetpool,
): Promise<void> {
  if (scope === null) return;
  const targets = await sharingTargetsOf(tx, { kind: 'subnetpool', id }, 'access_as_shared');
  const target = await targetWithoutScope(tx, scope, targets);
  if (target !== undefined) throw errors.addressScope.notShared({ pool: id, scope, target });
}

/**
 * What is in one scope means one thing: no prefix is in two pools.
 * @param pool with the prefixes that it would have
 * @throws RequestError 409
 */
export async function requireUnique(
  tx: Tx,
  { id, address_scope_id: scope }: Pick<Subnetpool, 'id' | 'address_scope_id'>,
  prefixes: readonly Prefix[],
): Promise<void> {
  if (scope === null) return;
  const rows = await tx.db
    .selectFrom('subnetpools')
    .select('prefixes')
    .where('address_scope_id', '=', scope)
    .where('id', '!=', id)
    .execute();
  const others = rows.flatMap((row) =>
    (JSON.parse(row.prefixes) as string[]).map((text) => Prefix.parse(text)),
  );
  const prefix = overlapOf(prefixes, others);
  if (prefix) throw errors.addressScope.overlap({ prefix, id: scope });
}

/**
 * All subnets of an IP version on a network are of one scope: a pool takes those of its networks along.
 * @throws RequestError 400 when there are others that it does not take
 */
export async function requireScopeMoves(tx: Tx, { id, ip_version }: Subnetpool): Promise<void> {
  const other = await tx.db
    .selectFrom('subnets')
    .innerJoin('subnets as own', 'own.network_id', 'subnets.network_id')
    .select('subnets.id')
    .where('own.subnetpool_id', '=', id)
    .where('subnets.ip_version', '=', ip_version)
    .where('subnets.subnetpool_id', '!=', id)
    .limit(1)
    .executeTakeFirst();
  if (other) throw errors.addressScope.otherScopeOnNetwork({ version: ip_version, subnet: other.id });
}
