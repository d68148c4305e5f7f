/** `?shared=` of lists of subnets: as of their network, which is what is shared. */
import { type SqlBool, sql } from 'kysely';
import { boolean } from '../definition/attribute-types.ts';
import type { Condition } from '../resource.ts';
import { sharedWith } from '../sharing.ts';

/**
 * @param values as the query has them
 * @param projectId of who asks
 * @throws RequestError 400 for what is neither true nor false
 */
export function isOnShared(values: string[], projectId: string): Condition {
  const wanted = new Set(values.map((value) => boolean.parse(value, 'shared')));
  return (builder) => {
    if (wanted.size === 2) return sql<SqlBool>`1 = 1`;
    const shared = builder(
      'subnets.network_id',
      'in',
      sharedWith(builder, 'network', projectId, 'access_as_shared'),
    );
    return wanted.has(true) ? shared : builder.not(shared);
  };
}
