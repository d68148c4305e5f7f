/** Roles of users and groups in projects, in domains and for the system. */
import {
  type Assignment,
  assign,
  Directory,
  effective,
  listAssignments,
  requireAssigned,
  requireParties,
  unassign,
} from '../../identity/index.ts';
import type { Values } from '../../resources/index.ts';
import { requireAdministrating, requireReadingAll } from './access.ts';
import { HIDDEN, type IdParams, type KeystoneParts, linked, listed, signedInOf, V3 } from './asked.ts';
import { inferences } from './token-body.ts';

interface GrantParams {
  Params: { target: string; actor: string; role: string };
}

/** Adds `/projects/ID/users/ID/roles/ID` and the like. */
function addGrantRoutes(
  parts: KeystoneParts,
  target: Assignment['target'],
  actor: Assignment['actor'],
): void {
  const { app, identity } = parts;
  const where = target === 'system' ? 'system' : `${target}s/:target`;
  const path = `${V3}/${where}/${actor}s/:actor/roles`;
  const roles = new Directory(identity, 'role');
  const partiesOf = (params: GrantParams['Params']) => ({
    target,
    target_id: target === 'system' ? 'all' : params.target,
    actor,
    actor_id: params.actor,
  });
  const assignmentOf = (params: GrantParams['Params']): Assignment => ({
    ...partiesOf(params),
    role_id: params.role,
  });
  app.get<GrantParams>(path, HIDDEN, async (request) => {
    requireReadingAll(signedInOf(request), 'list_grants');
    const parties = partiesOf(request.params);
    await requireParties(identity.db, parties);
    const found = await listAssignments(identity, parties);
    return listed(parts, request, 'roles', await roles.listOf(found.map(({ role_id }) => role_id)));
  });
  app.put<GrantParams>(`${path}/:role`, HIDDEN, async (request, reply) => {
    requireAdministrating(signedInOf(request), 'create_grant');
    await assign(identity, assignmentOf(request.params));
    return reply.code(204).send();
  });
  app.get<GrantParams>(`${path}/:role`, HIDDEN, async (request, reply) => {
    requireReadingAll(signedInOf(request), 'check_grant');
    await requireAssigned(identity.db, assignmentOf(request.params));
    return reply.code(204).send();
  });
  app.delete<GrantParams>(`${path}/:role`, HIDDEN, async (request, reply) => {
    requireAdministrating(signedInOf(request), 'revoke_grant');
    await unassign(identity, assignmentOf(request.params));
    return reply.code(204).send();
  });
}

/** The filters of `GET /role_assignments`, each with what it asks of an assignment. */
const FILTERS: Readonly<Record<string, (value: string) => Partial<Assignment>>> = {
  'user.id': (actor_id) => ({ actor: 'user', actor_id }),
  'group.id': (actor_id) => ({ actor: 'group', actor_id }),
  'role.id': (role_id) => ({ role_id }),
  'scope.project.id': (target_id) => ({ target: 'project', target_id }),
  'scope.domain.id': (target_id) => ({ target: 'domain', target_id }),
  'scope.system': () => ({ target: 'system' }),
};

const isSet = (value: unknown): boolean => value !== undefined && value !== '0' && value !== 'false';

/** Names of what assignments are about, by kind and id. */
async function namesOf({ identity }: KeystoneParts): Promise<(kind: string, id: string) => Values> {
  const kinds = ['user', 'group', 'project', 'domain', 'role'] as const;
  const all = await Promise.all(kinds.map((kind) => new Directory(identity, kind).list()));
  const byKind = new Map<string, Map<unknown, Values>>(
    kinds.map((kind, at) => [kind, new Map((all[at] ?? []).map((one) => [one.id, one]))]),
  );
  return (kind, id) => {
    const { name = '', domain_id: domainId } = byKind.get(kind)?.get(id) ?? {};
    const domain = typeof domainId === 'string' ? byKind.get('domain')?.get(domainId) : undefined;
    return { id, name, ...(domain && { domain: { id: domain.id, name: domain.name } }) };
  };
}

function shownAssignment(
  base: string,
  { actor, actor_id, target, target_id, role_id }: Assignment,
  named: (kind: string, id: string) => Values,
): Values {
  const where = target === 'system' ? 'system' : `${target}s/${target_id}`;
  return {
    role: named('role', role_id),
    [actor]: named(actor, actor_id),
    scope: target === 'system' ? { system: { all: true } } : { [target]: named(target, target_id) },
    links: { assignment: `${base}${V3}/${where}/${actor}s/${actor_id}/roles/${role_id}` },
  };
}

/** Adds grants, assignments and what roles imply. */
export function addAssignmentRoutes(parts: KeystoneParts): void {
  const { app, identity, baseOf } = parts;
  for (const target of ['project', 'domain', 'system'] as const)
    for (const actor of ['user', 'group'] as const) addGrantRoutes(parts, target, actor);

  app.get<{ Querystring: Record<string, string> }>(`${V3}/role_assignments`, HIDDEN, async (request) => {
    requireReadingAll(signedInOf(request), 'list_role_assignments');
    const { query } = request;
    const wishes = Object.entries(FILTERS).flatMap(([name, wish]) =>
      query[name] === undefined ? [] : [wish(query[name])],
    );
    const isEffective = isSet(query.effective);
    const fits = (one: Assignment): boolean =>
      wishes.every((wish) =>
        Object.entries(wish).every(([key, value]) => one[key as keyof Assignment] === value),
      );
    // Who has a role by a group, or by another role, is found only when these are looked at.
    const all = await listAssignments(identity, isEffective ? {} : Object.assign({}, ...wishes));
    const found = (isEffective ? await effective(identity, all) : all).filter(fits);
    const named = isSet(query.include_names)
      ? await namesOf(parts)
      : (_: string, id: string): Values => ({ id });
    const base = baseOf(request);
    return {
      role_assignments: found.map((one) => shownAssignment(base, one, named)),
      links: { self: `${base}${request.url}`, previous: null, next: null },
    };
  });

  const roles = new Directory(identity, 'role');
  app.get(`${V3}/role_inferences`, HIDDEN, async (request) => {
    requireReadingAll(signedInOf(request), 'list_role_inference_rules');
    const all = (await roles.list()) as { id: string; name: string }[];
    return { role_inferences: inferences(all), links: { self: `${baseOf(request)}${V3}/role_inferences` } };
  });
  app.get<IdParams>(`${V3}/roles/:id/implies`, HIDDEN, async (request) => {
    requireReadingAll(signedInOf(request), 'list_implied_roles');
    const { id, name } = (await roles.find(request.params.id)) as { id: string; name: string };
    const all = (await roles.list()) as { id: string; name: string }[];
    const [found] = inferences(all).filter(({ prior_role: prior }) => (prior as { id: string }).id === id);
    return {
      role_inference: found ?? { prior_role: { id, name }, implies: [] },
      links: linked(`${baseOf(request)}${V3}/roles/${id}/implies`, {}).links,
    };
  });
}
