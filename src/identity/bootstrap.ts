/** What there is of identity when a store is used first: a domain, roles, an administrator, and the catalog. */
import { randomBytes } from 'node:crypto';
import { newIdentityId } from './directory.ts';
import type { IdentityService } from './identity.ts';
import { IMPLIED_ROLES } from './roles.ts';

export const DEFAULT_DOMAIN = { id: 'default', name: 'Default' } as const;
/** The first user, and its project. */
export const FIRST_ADMINISTRATOR = 'admin';
export const FIRST_REGION = 'RegionOne';
/** Where the identity API is, below the service's own URL. */
export const IDENTITY_PATH = '/identity';

const PASSWORD_OCTETS = 18;

/** By type. */
const SERVICES = [
  ['identity', 'keystone', `${IDENTITY_PATH}/v3`],
  ['network', 'neutron', '/'],
] as const;

/**
 * Makes the first administrator and all else that sign-ins need, unless they are there.
 * @param given the password that the administrator is to have
 * @returns the password that was made up, to be shown once; undefined when none was
 */
export async function bootstrap(
  identity: IdentityService,
  given: string | undefined,
): Promise<string | undefined> {
  const { db } = identity;
  const isThere = await db.selectFrom('identity_domains').select('id').executeTakeFirst();
  if (isThere !== undefined) return undefined;
  const password = given ?? randomBytes(PASSWORD_OCTETS).toString('base64url');
  const password_hash = await identity.passwords.hash(password, '');
  const made = await identity.change(async (tx) => {
    // Another process may have been here meanwhile.
    const domain = await tx
      .insertInto('identity_domains')
      .values({ ...DEFAULT_DOMAIN, description: '', enabled: 1, tags: '[]', extra: '{}' })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    if (domain === undefined) return false;
    const common = { description: '', extra: '{}' };
    const roles = Object.keys(IMPLIED_ROLES).map((name) => ({ id: newIdentityId(), name, ...common }));
    await tx.insertInto('identity_roles').values(roles).execute();
    const inDomain = {
      ...common,
      name: FIRST_ADMINISTRATOR,
      domain_id: DEFAULT_DOMAIN.id,
      enabled: 1 as const,
      epoch: 0,
    };
    const project_id = newIdentityId();
    await tx
      .insertInto('identity_projects')
      .values({ ...inDomain, id: project_id, parent_id: DEFAULT_DOMAIN.id, tags: '[]' })
      .execute();
    const user_id = newIdentityId();
    await tx
      .insertInto('identity_users')
      .values({ ...inDomain, id: user_id, default_project_id: null, email: null, password_hash })
      .execute();
    const role_id = roles.find(({ name }) => name === 'admin')?.id ?? '';
    const whose = { actor: 'user', actor_id: user_id, role_id } as const;
    await tx
      .insertInto('identity_assignments')
      .values([
        { ...whose, target: 'project', target_id: project_id },
        { ...whose, target: 'system', target_id: 'all' },
      ])
      .execute();
    await tx
      .insertInto('identity_regions')
      .values({ ...common, id: FIRST_REGION, parent_region_id: null })
      .execute();
    for (const [type, name, url] of SERVICES) {
      const service_id = newIdentityId();
      await tx
        .insertInto('identity_services')
        .values({ ...common, id: service_id, type, name, enabled: 1 })
        .execute();
      for (const whom of ['public', 'internal', 'admin'] as const)
        await tx
          .insertInto('identity_endpoints')
          .values({
            ...{ id: newIdentityId(), service_id, region_id: FIRST_REGION, interface: whom },
            ...{ url, enabled: 1, extra: '{}' },
          })
          .execute();
    }
    return true;
  });
  return made && given === undefined ? password : undefined;
}
