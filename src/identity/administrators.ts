/** Somebody must be able to administer the service. */
import { errors } from '../errors/index.ts';
import type { IdentityDb } from './tables.ts';

/** @throws RequestError 403 unless some enabled user has the role admin, for the system or in a project */
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
    .select('u.id')
    .where('r.name', '=', 'admin')
    .where('a.target', 'in', ['system', 'project'])
    .where('u.enabled', '=', 1)
    .where('d.enabled', '=', 1)
    .limit(1)
    .executeTakeFirst();
  if (found === undefined) throw errors.identity.lastAdministrator();
}
