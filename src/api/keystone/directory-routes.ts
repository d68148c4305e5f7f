/** Users, projects and the rest: list, show, create, change, delete, by their definitions. */
import { errors } from '../../errors/index.ts';
import {
  DEFAULT_DOMAIN,
  Directory,
  type DirectoryName,
  type IdentityDefinition,
  identityDefinitions,
  type SignedIn,
} from '../../identity/index.ts';
import type { Values } from '../../resources/index.ts';
import { parseCreate, parseUpdate } from '../request-body.ts';
import { listLimit, requireAdministrating, requireLooking } from './access.ts';
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

/** The definitions say who may set what; that it takes an administrator was seen before. */
const ADMINISTRATOR = { isAdmin: true, projectId: '' };

/** Most of what a thing may have that its definition does not know (octets of JSON). */
const MOST_EXTRA = 4096;

function objectAt(body: unknown, name: string): Values {
  const value = typeof body === 'object' && body !== null ? (body as Values)[name] : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw errors.identity.invalid({ field: name, reason: 'the body must have it, as an object' });
  return value as Values;
}

/** Attributes that the definition knows, and the others. */
function sorted(definition: IdentityDefinition, given: Values): { known: Values; extra: Values } {
  const { links: _, ...rest } = given;
  const entries = Object.entries(rest);
  const isKnown = ([name]: [string, unknown]) =>
    !definition.keepsExtra || Object.hasOwn(definition.attributes, name);
  const extra = Object.fromEntries(entries.filter((entry) => !isKnown(entry)));
  if (JSON.stringify(extra).length > MOST_EXTRA)
    throw errors.identity.invalid({ field: definition.name, reason: 'it has too much of its own' });
  return { known: Object.fromEntries(entries.filter(isKnown)), extra };
}

/** @throws RequestError 400 for a name that is none */
function checkName({ name, id }: Values): void {
  for (const [field, value] of Object.entries({ name, id }))
    if (typeof value === 'string' && value.trim() === '')
      throw errors.identity.invalid({ field, reason: 'it must not be empty' });
}

/** The domain of whom asks: what is made without one is in that. */
function ownDomain({ standing: { scope } }: SignedIn): string {
  if (scope.kind === 'project') return scope.project.domain.id;
  return scope.kind === 'domain' ? scope.domain.id : DEFAULT_DOMAIN.id;
}

/** Fills in what follows from the rest. */
function completed(name: DirectoryName, values: Values, signedIn: SignedIn): Values {
  const { attributes }: IdentityDefinition = identityDefinitions[name];
  const result = { ...values };
  if ('domain_id' in attributes && name !== 'role') result.domain_id ??= ownDomain(signedIn);
  if (name === 'project') {
    if (result.is_domain === true)
      throw errors.identity.invalid({ field: 'is_domain', reason: 'domains are made as domains' });
    result.parent_id ??= result.domain_id;
  }
  if (name === 'endpoint') result.region_id ??= result.region ?? null;
  if (name === 'region' && result.id === undefined) delete result.id;
  return result;
}

/** The filters of a list that the definition knows; others are none, as for Keystone. */
function equalsIn({ attributes }: IdentityDefinition, query: Values): Values {
  const equals: Values = {};
  for (const [name, given] of Object.entries(query)) {
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    const value = Array.isArray(given) ? given[0] : given;
    if (!attribute || attribute.stored === false || attribute.type.storedAs === 'json') continue;
    equals[name] = attribute.type.parse(value, name);
  }
  return equals;
}

/** Adds the routes of one kind. */
export function addDirectoryRoutes(parts: KeystoneParts, name: DirectoryName): void {
  const { app, identity, baseOf } = parts;
  const definition: IdentityDefinition = identityDefinitions[name];
  const { collection } = definition;
  const path = `${V3}/${collection}`;
  const directory = new Directory(identity, name);
  const passwordHash = async (values: Values, asker: string): Promise<string | null | undefined> => {
    if (name !== 'user' || values.password === undefined) return undefined;
    return values.password === null ? null : identity.passwords.hash(String(values.password), asker);
  };

  app.get<{ Querystring: Values }>(path, HIDDEN, async (request) => {
    const limit = listLimit(signedInOf(request), name, collection);
    const equals = equalsIn(definition, request.query);
    const isElsewhere = Object.entries(limit).some(([key, value]) => (equals[key] ?? value) !== value);
    return listed(
      parts,
      request,
      collection,
      isElsewhere ? [] : await directory.list({ ...equals, ...limit }),
    );
  });
  const shownAt = (base: string, values: Values): Values => ({
    [name]: linked(`${base}${path}/${values.id}`, values),
  });
  app.get<IdParams>(`${path}/:id`, HIDDEN, async (request) => {
    const { id } = request.params;
    const signedIn = signedInOf(request);
    const found = await directory.find(id).catch((error: unknown) => {
      // Whoever may not look is not told what is there.
      requireLooking(signedIn, name, { id });
      throw error;
    });
    requireLooking(signedIn, name, found);
    return shownAt(baseOf(request), found);
  });
  app.post(path, HIDDEN, async (request, reply) => {
    const signedIn = signedInOf(request);
    requireAdministrating(signedIn, `create_${name}`);
    const { known, extra } = sorted(definition, objectAt(request.body, name));
    checkName(known);
    const values = completed(name, parseCreate(definition, known, ADMINISTRATOR), signedIn);
    const hash = await passwordHash(values, askerOf(request));
    const made = await directory.create({ values, extra, passwordHash: hash });
    return reply.code(201).send(shownAt(baseOf(request), made));
  });
  app.patch<IdParams>(`${path}/:id`, HIDDEN, async (request) => {
    requireAdministrating(signedInOf(request), `update_${name}`);
    const { known, extra } = sorted(definition, objectAt(request.body, name));
    checkName(known);
    const { id } = request.params;
    const before = await directory.find(id);
    // Clients send back what they were shown.
    for (const key of ['id', 'domain_id', 'parent_id', 'is_domain', 'password_expires_at', 'region'])
      if (known[key] === before[key]) delete known[key];
    const values = parseUpdate(definition, known, ADMINISTRATOR);
    const hash = await passwordHash(values, askerOf(request));
    return shownAt(baseOf(request), await directory.update(id, { values, extra, passwordHash: hash }));
  });
  app.delete<IdParams>(`${path}/:id`, HIDDEN, async (request, reply) => {
    requireAdministrating(signedInOf(request), `delete_${name}`);
    await directory.delete(request.params.id);
    return reply.code(204).send();
  });
}
