/** Somebody must be able to administer the service. */
import { errors } from '../errors/index.ts';
import type { IdentityDb } from './tables.ts';

/**
 * @throws RequestError 403 unless somebody can sign in and has the role admin there: an enabled user with a password, for
 * the system or in an enabled project, all in enabled domains
 */
export async function requireAdministrator(db: IdentityDb): Promise<void> {
  const found = await db
    .selectFrom('identity_assignments as a')
    .innerJoin('identity_roles as r', 'r.id', 'a.role_id')
    .innerJoin('identity_users as u', (join) =>
      join.on((on) =>
        on.or([
          on.and([on('a.actor', '=', 'user'), on('u.id', '=', on.ref('a.actor_id'))]),
          on.and([
            on('a.actor', '=', 'group'),
            on(
              'u.id',
              'in',
              on
                .selectFrom('identity_memberships as m')
                .select('m.user_id')
                .whereRef('m.group_id', '=', 'a.actor_id'),
            ),
          ]),
        ]),
      ),
    )
    .innerJoin('identity_domains as d', 'd.id', 'u.domain_id')
    .leftJoin('identity_projects as p', (join) =>
      join.onRef('p.id', '=', 'a.target_id').on('a.target', '=', 'project').on('p.enabled', '=', 1),
    )
    .leftJoin('identity_domains as pd', (join) =>
      join.onRef('pd.id', '=', 'p.domain_id').on('pd.enabled', '=', 1),
    )
    .select('u.id')
    .where('r.name', '=', 'admin')
    .where((row) => row.or([row('a.target', '=', 'system'), row('pd.id', 'is not', null)]))
    .where('u.enabled', '=', 1)
    .where('u.password_hash', 'is not', null)
    .where('d.enabled', '=', 1)
    .limit(1)
    .executeTakeFirst();
  if (found === undefined) throw errors.identity.lastAdministrator();
}
