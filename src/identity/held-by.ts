/** Which role assignments are a user's. */
import { type Expression, expressionBuilder, type SqlBool } from 'kysely';
import type { IdentityTables } from './tables.ts';

interface Assigned extends Pick<IdentityTables, 'identity_memberships'> {
  a: IdentityTables['identity_assignments'];
}

/**
 * Of assignments `a`: the user's own, and those of its groups.
 * @param again the user once more, for statements that are built once: each of their parameters stands in one place
 */
export function heldBy(userId: string, again = userId): Expression<SqlBool> {
  const row = expressionBuilder<Assigned, 'a'>();
  const groups = row.selectFrom('identity_memberships').select('group_id').where('user_id', '=', again);
  return row.or([
    row.and([row('a.actor', '=', 'user'), row('a.actor_id', '=', userId)]),
    row.and([row('a.actor', '=', 'group'), row('a.actor_id', 'in', groups)]),
  ]);
}
