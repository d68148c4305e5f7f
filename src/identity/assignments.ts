/** Who has which role where, and who is in which group. */
import { errors } from '../errors/index.ts';
import { requireAdministrator } from './administrators.ts';
import { heldBy } from './held-by.ts';
import type { IdentityService } from './identity.ts';
import { withImplied } from './roles.ts';
import type { AssignmentRow, IdentityDb } from './tables.ts';

/** An assignment, or what it must be like to be looked for. */
export type Assignment = Readonly<AssignmentRow>;

const matching = (db: IdentityDb, wanted: Partial<Assignment>) => {
  let query = db.selectFrom('identity_assignments').selectAll();
  for (const [column, value] of Object.entries(wanted) as [keyof AssignmentRow, string | undefined][])
    if (value !== undefined) query = query.where(column, '=', value as never);
  return query;
};

export const listAssignments = (
  { db }: IdentityService,
  wanted: Partial<Assignment>,
): Promise<Assignment[]> =>
  matching(db, wanted)
    .orderBy('actor')
    .orderBy('actor_id')
    .orderBy('target')
    .orderBy('target_id')
    .orderBy('role_id')
    .execute();

const TABLES = {
  user: 'identity_users',
  group: 'identity_groups',
  project: 'identity_projects',
  domain: 'identity_domains',
  role: 'identity_roles',
} as const;

type Kind = keyof typeof TABLES;

/** @throws RequestError 404 */
export async function requireThere(db: IdentityDb, kind: Kind, id: string): Promise<void> {
  const found = await db.selectFrom(TABLES[kind]).select('id').where('id', '=', id).executeTakeFirst();
  if (found === undefined) throw errors.identity.notFound({ kind, id });
}

/** @throws RequestError 404 for a user, group, project, domain or role that is not there */
export async function requireParties(
  db: IdentityDb,
  { actor, actor_id, target, target_id, role_id }: Omit<Assignment, 'role_id'> & Partial<Assignment>,
): Promise<void> {
  await requireThere(db, actor, actor_id);
  if (target !== 'system') await requireThere(db, target, target_id);
  if (role_id !== undefined) await requireThere(db, 'role', role_id);
}

/** @throws RequestError 404 as `requireParties` */
export const assign = (identity: IdentityService, assignment: Assignment): Promise<void> =>
  identity.change(async (db) => {
    await requireParties(db, assignment);
    await db
      .insertInto('identity_assignments')
      .values(assignment)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });

/** @throws RequestError 404 when there is no such assignment, 403 when nobody could administer the service any more */
export const unassign = (identity: IdentityService, assignment: Assignment): Promise<void> =>
  identity.change(async (db) => {
    await requireAssigned(db, assignment);
    let query = db.deleteFrom('identity_assignments');
    for (const [column, value] of Object.entries(assignment) as [keyof AssignmentRow, string][])
      query = query.where(column, '=', value as never);
    await query.execute();
    await requireAdministrator(db);
  });

/** @throws RequestError 404 when there is no such assignment */
export async function requireAssigned(db: IdentityDb, assignment: Assignment): Promise<void> {
  await requireParties(db, assignment);
  const found = await matching(db, assignment).executeTakeFirst();
  if (found === undefined)
    throw errors.identity.notFound({ kind: 'role assignment', id: assignment.role_id });
}

/** What a user has roles in, by itself or by its groups. */
export async function targetsOf(
  { db }: Pick<IdentityService, 'db'>,
  userId: string,
  target: Assignment['target'],
): Promise<string[]> {
  const rows = await db
    .selectFrom('identity_assignments as a')
    .select('a.target_id')
    .distinct()
    .where('a.target', '=', target)
    .where(heldBy(userId))
    .execute();
  return rows.map(({ target_id }) => target_id);
}

/** As they work: a group's for each of its users, with the roles that others imply. */
export async function effective(
  { db }: Pick<IdentityService, 'db'>,
  assignments: readonly Assignment[],
): Promise<Assignment[]> {
  const [members, roles] = await Promise.all([
    db.selectFrom('identity_memberships').selectAll().execute(),
    db.selectFrom('identity_roles').select(['id', 'name']).execute(),
  ]);
  const usersOf = Map.groupBy(members, ({ group_id }) => group_id);
  const all = assignments.flatMap((assignment) => {
    const users =
      assignment.actor === 'user'
        ? [assignment.actor_id]
        : (usersOf.get(assignment.actor_id) ?? []).map(({ user_id }) => user_id);
    const direct = roles.filter(({ id }) => id === assignment.role_id);
    return users.flatMap((actor_id) =>
      withImplied(direct, roles).map(
        ({ id }): Assignment => ({ ...assignment, actor: 'user', actor_id, role_id: id }),
      ),
    );
  });
  return [...new Map(all.map((one) => [JSON.stringify(Object.values(one)), one])).values()];
}

/** Users of a group, or groups of a user. */
export async function membersOf(
  { db }: IdentityService,
  by: 'group_id' | 'user_id',
  id: string,
): Promise<string[]> {
  await requireThere(db, by === 'group_id' ? 'group' : 'user', id);
  const other = by === 'group_id' ? 'user_id' : 'group_id';
  const rows = await db.selectFrom('identity_memberships').selectAll().where(by, '=', id).execute();
  return rows.map((row) => row[other]);
}

/** @throws RequestError 404 */
export const addMember = (identity: IdentityService, group_id: string, user_id: string): Promise<void> =>
  identity.change(async (db) => {
    await requireThere(db, 'group', group_id);
    await requireThere(db, 'user', user_id);
    await db
      .insertInto('identity_memberships')
      .values({ group_id, user_id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });

/** @throws RequestError 404 unless the user is in the group */
export async function requireMember(db: IdentityDb, group_id: string, user_id: string): Promise<void> {
  const found = await db
    .selectFrom('identity_memberships')
    .select('user_id')
    .where('group_id', '=', group_id)
    .where('user_id', '=', user_id)
    .executeTakeFirst();
  if (found === undefined) throw errors.identity.notFound({ kind: 'user in the group', id: user_id });
}

/** @throws RequestError 404 unless the user is in the group, 403 when nobody could administer the service any more */
export const removeMember = (identity: IdentityService, group_id: string, user_id: string): Promise<void> =>
  identity.change(async (db) => {
    await requireMember(db, group_id, user_id);
    await db
      .deleteFrom('identity_memberships')
      .where('group_id', '=', group_id)
      .where('user_id', '=', user_id)
      .execute();
    await requireAdministrator(db);
  });
