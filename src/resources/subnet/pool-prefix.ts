/** Prefixes of subnets that come from a pool. */

import type { Kysely } from 'kysely';
import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context } from '../context.ts';
import { findRow, fromRow } from '../repository.ts';
import { mayUse } from '../sharing.ts';
import { type Subnetpool, subnetpool } from '../subnetpool/definition.ts';
import { giveBackPrefix, takeAny, takePrefix } from '../subnetpool/free-prefixes.ts';
import { checkLength, quotaUnit, sizeOf } from '../subnetpool/rules.ts';
import type { Tables, Tx } from '../tables.ts';
import { PREFIX_DELEGATION, type Subnet, type SubnetCreate } from './definition.ts';

/** A request for a subnet with its prefix, and the pool that it is from. */
export type PlacedRequest = SubnetCreate & { readonly subnetpool_id: string | null };

/**
 * Finds the prefix of a subnet that leaves it to a pool, and takes it.
 * @param projectId whose subnet it will be
 * @throws RequestError 400 for what no pool gives, 404 for a pool that the caller may not use, 409 when none is free
 */
export async function placeSubnet(
  tx: Tx,
  context: Context,
  projectId: string,
  request: SubnetCreate,
): Promise<PlacedRequest> {
  const { cidr, prefixlen, ip_version } = request;
  if (request.subnetpool_id === PREFIX_DELEGATION) throw errors.subnetpool.prefixDelegation();
  if (cidr !== undefined && prefixlen !== undefined) throw errors.subnetpool.lengthWithPrefix();
  const pool = await poolFor(tx, context, request);
  if (!pool) {
    if (prefixlen !== undefined) throw errors.subnetpool.lengthWithoutPool();
    return { ...request, subnetpool_id: null };
  }
  if (pool.ip_version !== ip_version)
    throw errors.subnetpool.familyOfPool({ version: ip_version, pool: pool.ip_version, id: pool.id });
  const asked = cidr === undefined ? undefined : Prefix.parse(cidr);
  if (!asked && request.allocation_pools) throw errors.subnetpool.rangesWithoutPrefix();
  const length = asked?.length ?? prefixlen ?? pool.default_prefixlen;
  checkLength(pool, length);
  await checkQuota(tx, pool, projectId, length);
  const prefix = asked ? await takeAsked(tx, pool, asked) : await takeAnyOf(tx, pool, length);
  return {
    ...request,
    cidr: prefix.toString(),
    // Neutron's: behind the subnet-router anycast address, which it takes where the prefix is given.
    ...(request.gateway_ip === undefined && prefix.size > 1n && { gateway_ip: prefix.at(1n).toString() }),
    subnetpool_id: pool.id,
  };
}

/** The pool that a request names, or the default one if it asks for that. */
async function poolFor(tx: Tx, context: Context, request: SubnetCreate): Promise<Subnetpool | undefined> {
  const { subnetpool_id: id, use_default_subnetpool: byDefault, ip_version } = request;
  if (byDefault && id) throw errors.subnetpool.twoPools();
  if (!byDefault && !id) return undefined;
  const row = id
    ? await findRow(tx.db, 'subnetpools', id)
    : await tx.db
        .selectFrom('subnetpools')
        .selectAll()
        .where('is_default', '=', 1)
        .where('ip_version', '=', ip_version)
        .executeTakeFirst();
  if (row && (await mayUse(tx.db, 'subnetpool', row, context))) return fromRow(subnetpool, row);
  if (id) throw errors.notFound.subnetpool({ id });
  throw errors.subnetpool.noDefault({ version: ip_version });
}

const prefixesIn = statement((db: Kysely<Tables>, poolId: string, projectId: string) =>
  db
    .selectFrom('subnets')
    .select('cidr')
    .where('subnetpool_id', '=', poolId)
    .where('project_id', '=', projectId),
);

/** @throws RequestError 409 when a project would have more of a pool than that allows */
async function checkQuota(tx: Tx, pool: Subnetpool, projectId: string, length: number): Promise<void> {
  const { default_quota: quota, ip_version: family, id } = pool;
  if (quota === null) return;
  const own = await prefixesIn.all(tx.db, id, projectId);
  // In addresses: a number has no room for 2 ** 31 units and the smallest part of one.
  const taken = own.reduce((sum, { cidr }) => sum + Prefix.parse(cidr).size, 0n);
  const unit = quotaUnit(family);
  if (taken + sizeOf(family, length) > BigInt(quota) * unit)
    throw errors.subnetpool.overQuota({ project: projectId, used: Number(taken) / Number(unit), quota, id });
}

async function takeAsked(tx: Tx, { id }: Subnetpool, asked: Prefix): Promise<Prefix> {
  if (await takePrefix(tx, id, asked)) return asked;
  throw errors.subnetpool.taken({ prefix: asked, id });
}

async function takeAnyOf(tx: Tx, { id }: Subnetpool, length: number): Promise<Prefix> {
  const prefix = await takeAny(tx, id, length);
  if (!prefix) throw errors.subnetpool.exhausted({ length, id });
  return prefix;
}

/** Makes the prefix of a subnet that goes free in its pool. */
export async function giveBackToPool(
  tx: Tx,
  { subnetpool_id, cidr }: Pick<Subnet, 'subnetpool_id' | 'cidr'>,
): Promise<void> {
  if (subnetpool_id !== null) await giveBackPrefix(tx, subnetpool_id, Prefix.parse(cidr));
}
