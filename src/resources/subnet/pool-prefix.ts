/** Prefixes of subnets that come from a pool. */

import { Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import type { Subnetpool } from '../subnetpool/definition.ts';
import { giveBackPrefix, takePrefix } from '../subnetpool/free-prefixes.ts';
import { checkShare, takeShare, usablePool } from '../subnetpool/share.ts';
import type { Tx } from '../tables.ts';
import type { Subnet, SubnetCreate } from './definition.ts';
import { checkDelegatedSubnet } from './rules.ts';
import { PREFIX_DELEGATION, UNDELEGATED_CIDR } from './undelegated.ts';

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
  if (request.subnetpool_id === PREFIX_DELEGATION) {
    checkDelegatedSubnet(request);
    return { ...request, cidr: UNDELEGATED_CIDR, subnetpool_id: PREFIX_DELEGATION };
  }
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
  await checkShare(tx, pool, projectId, length);
  const prefix = asked ? await takeAsked(tx, pool, asked) : await takeShare(tx, pool, length);
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
  const named =
    id ??
    (
      await tx.db
        .selectFrom('subnetpools')
        .select('id')
        .where('is_default', '=', 1)
        .where('ip_version', '=', ip_version)
        .executeTakeFirst()
    )?.id;
  const pool = named === undefined ? undefined : await usablePool(tx, context, named);
  if (pool) return pool;
  if (id) throw errors.notFound.subnetpool({ id });
  throw errors.subnetpool.noDefault({ version: ip_version });
}

async function takeAsked(tx: Tx, { id }: Subnetpool, asked: Prefix): Promise<Prefix> {
  if (await takePrefix(tx, id, asked)) return asked;
  throw errors.subnetpool.taken({ prefix: asked, id });
}

/** Makes the prefix of a subnet that goes free in its pool. */
export async function giveBackToPool(
  tx: Tx,
  { subnetpool_id, cidr }: Pick<Subnet, 'subnetpool_id' | 'cidr'>,
): Promise<void> {
  if (subnetpool_id !== null && subnetpool_id !== PREFIX_DELEGATION)
    await giveBackPrefix(tx, subnetpool_id, Prefix.parse(cidr));
}
