/** Reads what a POST or PUT asks for, as the definition allows: pure. */

import { errors, RequestError } from '../errors/index.ts';
import type { Attribute, Attributed, Definition, Values, Who } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { mayUseAttribute } from './policy.ts';

/** What a body is read by. */
type Readable = Attributed & { readonly name: string };

/** What of a caller attributes depend on. */
type Asker = Pick<Caller, 'isAdmin' | 'projectId' | 'isStrict'>;

/**
 * What stands in a body under a key.
 * @throws RequestError 400 when it is no object
 */
export function objectIn(body: unknown, key: string): Values {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw errors.request.notAnObject();
  }
  const value = (body as Values)[key];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw errors.request.keyMissing({ key });
  }
  return value as Values;
}

/** @returns the requests in a POST: one, or (`bulk`) those in the list */
export function itemsIn(definition: Definition, body: unknown): { bulk: boolean; items: unknown[] } {
  if (typeof body === 'object' && body !== null && definition.collection in body) {
    const items = (body as Values)[definition.collection];
    if (!Array.isArray(items) || items.length === 0) {
      throw errors.request.emptyBulk({ collection: definition.collection });
    }
    return { bulk: true, items: items.map((item) => unwrapped(definition, item)) };
  }
  return { bulk: false, items: [objectIn(body, definition.name)] };
}

/** Neutron takes items of a list also as they stand alone: `{"networks": [{"network": {...}}]}`. */
function unwrapped({ name, attributes }: Definition, item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Object.hasOwn(attributes, name)) return item;
  return Object.keys(item).length === 1 && Object.hasOwn(item, name) ? (item as Values)[name] : item;
}

/** The request in a PUT. */
export const changesIn = (definition: Readable, body: unknown): Values => objectIn(body, definition.name);

/** What old clients say for project_id. */
const PROJECT_ALIAS = 'tenant_id';

const meant = (name: string): string => (name === PROJECT_ALIAS ? 'project_id' : name);

type WritingVerb = 'create' | 'update';

/** An answer names so many attributes that there are not: more than any resource has. */
const MOST_UNKNOWN = 100;

/** Before anything else is done with a request: it may have as many attributes as a body has room for. */
function checkKnown(definition: Attributed, given: Values, verb: WritingVerb): void {
  const names = Object.keys(given);
  const unknown = names.filter((name) => !Object.hasOwn(definition.attributes, meant(name)));
  if (unknown.length > 0) throw errors.request.unknownAttributes({ names: unknown.slice(0, MOST_UNKNOWN) });
  for (const name of names) {
    if (definition.attributes[meant(name)]?.[verb] !== undefined) continue;
    throw verb === 'update' ? errors.request.readOnly({ name }) : errors.request.notInPost({ name });
  }
}

function checkPolicy(
  name: string,
  who: Who | undefined,
  value: unknown,
  attribute: Attribute,
  caller: Asker,
): void {
  if (mayUseAttribute(caller, who)) return;
  // Naming one's own project, or a default, asks for nothing special.
  if (name === 'project_id') {
    if (value === caller.projectId) return;
    throw errors.request.foreignProject();
  }
  if (JSON.stringify(value) === JSON.stringify(attribute.default)) return;
  throw errors.request.attributeOfAdmins({ name });
}

function parseAttribute(
  { type, nullMeans }: Attribute,
  value: unknown,
  field: string,
  { isStrict = false }: Asker,
): unknown {
  if (value === null && nullMeans !== undefined) return nullMeans;
  return isStrict && type.strictly ? type.strictly(value, field) : type.parse(value, field);
}

function projectAlias({ [PROJECT_ALIAS]: tenantId, ...given }: Values): Values {
  if (tenantId === undefined) return given;
  if (given.project_id !== undefined && given.project_id !== tenantId) {
    throw errors.request.projectsDiffer();
  }
  return { ...given, project_id: tenantId };
}

/**
 * Checks the attributes of a POST and fills in defaults.
 * @param where names the item in messages of bulk requests: `ports[3].`; empty for a single one
 * @throws RequestError 400 for the first attribute that is wrong, 403 for one that the caller may not set
 */
export function parseCreate(definition: Readable, item: unknown, caller: Asker, where = ''): Values {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw errors.request.itemNotAnObject({ item: where.replace(/\.$/, '') || definition.name });
  }
  checkKnown(definition, item as Values, 'create');
  const given = projectAlias(item as Values);
  const result: Values = {};
  for (const [name, attribute] of Object.entries(definition.attributes)) {
    const value = given[name];
    if (value !== undefined) {
      result[name] = parseAttribute(attribute, value, where + name, caller);
      checkPolicy(name, attribute.create, result[name], attribute, caller);
    } else if (attribute.required) {
      throw errors.request.attributeMissing({ name: where + name });
    } else if (attribute.default !== undefined) result[name] = attribute.default;
  }
  return result;
}

/**
 * Checks the attributes of a PUT.
 * @throws RequestError as `parseCreate`
 */
export function parseUpdate(definition: Attributed, given: Values, caller: Asker): Values {
  checkKnown(definition, given, 'update');
  const result: Values = {};
  for (const [name, value] of Object.entries(given)) {
    const attribute = definition.attributes[name];
    if (!attribute) continue;
    result[name] = parseAttribute(attribute, value, name, caller);
    checkPolicy(name, attribute.update, result[name], attribute, caller);
  }
  return result;
}

/** A header of an answer tells so many. */
const MOST_CLEARED = 20;

/**
 * Looks for what of a POST was taken otherwise than it was written.
 * @returns for a header of its answer: `cidr: fd00::5/64 is fd00::/64`; undefined when there is nothing
 */
export function clearedOf(definition: Definition): (body: unknown) => string | undefined {
  const forgiving = Object.entries(definition.attributes).filter(([, { type }]) => type.strictly);
  if (forgiving.length === 0) return () => undefined;
  return (body) => {
    const { bulk, items } = itemsIn(definition, body);
    const cleared = items.flatMap((item, index) =>
      forgiving.flatMap(([name, { type }]) => {
        const value = (item as Values)[name];
        const field = bulk ? `${definition.collection}[${index}].${name}` : name;
        if (typeof value !== 'string' || isTaken(() => type.strictly?.(value, field))) return [];
        return `${field}: ${value} is ${type.parse(value, field)}`;
      }),
    );
    return cleared.length === 0 ? undefined : cleared.slice(0, MOST_CLEARED).join(', ');
  };
}

/** Whether something is read without being refused. */
export function isTaken(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof RequestError) return false;
    throw error;
  }
}
