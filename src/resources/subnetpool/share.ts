/** What projects take from subnet pools: for subnets, to delegate it to instances, and to stand for others outside. */
import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { findRow, fromRow } from '../repository.ts';
import { mayUse } from '../sharing.ts';
import type { Tables, Tx } from '../tables.ts';
import { type Subnetpool, subnetpool } from './definition.ts';
import { takeAny } from './free-prefixes.ts';
import { checkLength, quotaUnit, sizeOf } from './rules.ts';

const prefixesIn = statement((db: Kysely<Tables>, poolId: string, projectId: string) =>
  db
    .selectFrom('subnets')
    .select('cidr as prefix')
    .where('subnetpool_id', '=', poolId)
    .where('project_id', '=', projectId)
    .unionAll(
      db
        .selectFrom('pool_delegations')
        .innerJoin('ports', 'ports.id', 'pool_delegations.port_id')
        .select('pool_delegations.prefix')
        .where('pool_delegations.subnetpool_id', '=', poolId)
        .where('ports.project_id', '=', projectId),
    )
    .unionAll(
      db
        .selectFrom('nptv6_translations')
        .select('external_prefix as prefix')
        .$narrowType<{ prefix: string }>()
        .where('subnetpool_id', '=', poolId)
        .where('project_id', '=', projectId),
    ),
);

/**
 * Makes sure that a project may have a prefix of this length more.
 * @param further what was just taken for it, and is not written yet
 * @throws RequestError 400 when the pool gives none of this length, 409 when the project would have more of it than it allows
 */
export async function checkShare(
  tx: Tx,
  pool: Subnetpool,
  projectId: string,
  length: number,
  further: readonly { readonly poolId: string; readonly prefix: Prefix }[] = [],
): Promise<void> {
  checkLength(pool, length);
  const { default_quota: quota, ip_version: family, id } = pool;
  if (quota === null) return;
  const own = [
    ...(await prefixesIn.all(tx.db, id, projectId)).map(({ prefix }) => Prefix.parse(prefix)),
    ...further.flatMap(({ poolId, prefix }) => (poolId === id ? prefix : [])),
  ];
  // In addresses: a number has no room for 2 ** 31 units and the smallest part of one.
  const taken = own.reduce((sum, { size }) => sum + size, 0n);
  const unit = quotaUnit(family);
  if (taken + sizeOf(family, length) > BigInt(quota) * unit)
    throw errors.subnetpool.overQuota({ project: projectId, used: Number(taken) / Number(unit), quota, id });
}

/** The pool with this id; undefined when there is none that the caller may use. */
export async function usablePool(tx: Tx, context: Context, id: string): Promise<Subnetpool | undefined> {
  const row = await findRow(tx.db, 'subnetpools', id);
  return row && (await mayUse(tx.db, 'subnetpool', row, context)) ? fromRow(subnetpool, row) : undefined;
}

/**
 * Takes whichever prefix of this length.
 * @throws RequestError 409 when none is free
 */
export async function takeShare(tx: Tx, { id }: Subnetpool, length: number): Promise<Prefix> {
  const prefix = await takeAny(tx, id, length);
  if (!prefix) throw errors.subnetpool.exhausted({ length, id });
  return prefix;
}

/** Who has something of a pool, in words: `subnet ID`; undefined when nobody has. */
export async function someHolder(tx: Tx, poolId: string): Promise<string | undefined> {
  const subnet = await tx.db
    .selectFrom('subnets')
    .select('id')
    .where('subnetpool_id', '=', poolId)
    .limit(1)
    .executeTakeFirst();
  if (subnet) return `subnet ${subnet.id}`;
  const delegation = await tx.db
    .selectFrom('pool_delegations')
    .select('port_id')
    .where('subnetpool_id', '=', poolId)
    .limit(1)
    .executeTakeFirst();
  if (delegation) return `port ${delegation.port_id}`;
  const translation = await tx.db
    .selectFrom('nptv6_translations')
    .select('id')
    .where('subnetpool_id', '=', poolId)
    .limit(1)
    .executeTakeFirst();
  return translation && `NPTv6 translation ${translation.id}`;
}
