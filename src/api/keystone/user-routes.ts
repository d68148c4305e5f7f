/** What belongs to users and groups: passwords, projects, memberships, application credentials. */
import { errors } from '../../errors/index.ts';
import {
  addMember,
  applicationCredential,
  type CredentialWish,
  createCredential,
  credentialsOf,
  Directory,
  deleteCredential,
  findCredential,
  membersOf,
  removeMember,
  requireMember,
  targetsOf,
} from '../../identity/index.ts';
import type { Values } from '../../resources/index.ts';
import { changesIn, parseCreate } from '../request-body.ts';
import {
  requireAdministrating,
  requireCredentialsChange,
  requireOwn,
  requirePasswordChange,
  requireReadingAll,
} from './access.ts';
import {
  askerOf,
  HIDDEN,
  type IdParams,
  type KeystoneParts,
  linked,
  listed,
  signedInOf,
  V3,
} from './asked.ts';

interface PairParams {
  Params: { id: string; other: string };
}

/** Adds what stands below a user, but for application credentials. */
export function addUserRoutes(parts: KeystoneParts): void {
  const { app, identity } = parts;
  const [users, projects, groups] = (['user', 'project', 'group'] as const).map(
    (name) => new Directory(identity, name),
  ) as [Directory, Directory, Directory];

  app.get<IdParams>(`${V3}/users/:id/projects`, HIDDEN, async (request) => {
    const { id } = request.params;
    requireOwn(signedInOf(request), id, 'list_user_projects');
    const found = await projects.listOf(await targetsOf(identity, id, 'project'));
    return listed(
      parts,
      request,
      'projects',
      found.filter(({ enabled }) => enabled),
    );
  });
  app.get<IdParams>(`${V3}/users/:id/groups`, HIDDEN, async (request) => {
    const { id } = request.params;
    requireOwn(signedInOf(request), id, 'list_groups_for_user');
    return listed(parts, request, 'groups', await groups.listOf(await membersOf(identity, 'user_id', id)));
  });
  app.post<IdParams>(`${V3}/users/:id/password`, HIDDEN, async (request, reply) => {
    const { id } = request.params;
    requirePasswordChange(signedInOf(request), id);
    const { original_password: original, password } = changesIn(
      { name: 'user', attributes: {} },
      request.body,
    );
    if (typeof original !== 'string' || typeof password !== 'string' || password === '')
      throw errors.identity.invalid({
        field: 'user',
        reason: 'it must have original_password and password',
      });
    await identity.requirePassword(id, original, askerOf(request));
    const passwordHash = await identity.passwords.hash(password, askerOf(request));
    await users.update(id, { values: {}, extra: {}, passwordHash });
    return reply.code(204).send();
  });

  app.get<IdParams>(`${V3}/groups/:id/users`, HIDDEN, async (request) => {
    requireReadingAll(signedInOf(request), 'list_users_in_group');
    const ids = await membersOf(identity, 'group_id', request.params.id);
    return listed(parts, request, 'users', await users.listOf(ids));
  });
  const member = `${V3}/groups/:id/users/:other`;
  app.put<PairParams>(member, HIDDEN, async (request, reply) => {
    requireAdministrating(signedInOf(request), 'add_user_to_group');
    await addMember(identity, request.params.id, request.params.other);
    return reply.code(204).send();
  });
  app.get<PairParams>(member, HIDDEN, async (request, reply) => {
    requireReadingAll(signedInOf(request), 'check_user_in_group');
    await requireMember(identity.db, request.params.id, request.params.other);
    return reply.code(204).send();
  });
  app.delete<PairParams>(member, HIDDEN, async (request, reply) => {
    requireAdministrating(signedInOf(request), 'remove_user_from_group');
    await removeMember(identity, request.params.id, request.params.other);
    return reply.code(204).send();
  });
}

/** Adds a user's application credentials, and their access rules. */
export function addCredentialRoutes(parts: KeystoneParts): void {
  const { app, identity, baseOf } = parts;
  const path = `${V3}/users/:id/application_credentials`;
  const { name, collection } = applicationCredential;
  const below = (userId: string): string => `users/${userId}/${collection}`;

  app.get<IdParams & { Querystring: { name?: string } }>(path, HIDDEN, async (request) => {
    const { id } = request.params;
    requireOwn(signedInOf(request), id, 'list_application_credentials');
    const all = await credentialsOf(identity, id);
    const wanted = request.query.name;
    const found = wanted === undefined ? all : all.filter((one) => one.name === wanted);
    return listed(parts, request, collection, found, below(id));
  });
  app.get<PairParams>(`${path}/:other`, HIDDEN, async (request) => {
    const { id, other } = request.params;
    requireOwn(signedInOf(request), id, 'get_application_credential');
    const found = await findCredential(identity, id, other);
    return { [name]: linked(`${baseOf(request)}${V3}/${below(id)}/${other}`, found) };
  });
  app.post<IdParams>(path, HIDDEN, async (request, reply) => {
    const { id } = request.params;
    const signedIn = signedInOf(request);
    requireCredentialsChange(signedIn, id, 'create_application_credential');
    const given = changesIn(applicationCredential, request.body);
    const { project_id: _, ...wish } = parseCreate(applicationCredential, given, {
      isAdmin: true,
      projectId: '',
    });
    if (wish.name === '') throw errors.identity.invalid({ field: 'name', reason: 'it must not be empty' });
    const made = await createCredential(identity, signedIn, wish as CredentialWish, askerOf(request));
    return reply.code(201).send({ [name]: linked(`${baseOf(request)}${V3}/${below(id)}/${made.id}`, made) });
  });
  app.delete<PairParams>(`${path}/:other`, HIDDEN, async (request, reply) => {
    const { id, other } = request.params;
    requireCredentialsChange(signedInOf(request), id, 'delete_application_credential');
    await deleteCredential(identity, id, other);
    return reply.code(204).send();
  });
  app.get<IdParams>(`${V3}/users/:id/access_rules`, HIDDEN, async (request) => {
    const { id } = request.params;
    requireOwn(signedInOf(request), id, 'list_access_rules');
    const all = await credentialsOf(identity, id);
    const rules = all.flatMap(({ access_rules: own }) => (own as Values[] | null) ?? []);
    return listed(parts, request, 'access_rules', rules, `users/${id}/access_rules`);
  });
}
