/** Reads what a POST or PUT asks for, as the definition allows: pure. */
import type { Attribute, Definition, Who } from '../resources/definition/definition.ts';
import { badRequest, forbidden } from '../resources/errors.ts';
import type { Values } from '../resources/repository.ts';
import type { Caller } from './identity.ts';

function objectIn(body: unknown, key: string): Values {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest('The request body is not a JSON object.');
  }
  const value = (body as Values)[key];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(`Unable to find '${key}' in request body: it must hold a JSON object.`);
  }
  return value as Values;
}

/** @returns the requests in a POST: one, or (`bulk`) those in the list */
export function itemsIn(definition: Definition, body: unknown): { bulk: boolean; items: unknown[] } {
  if (typeof body === 'object' && body !== null && definition.collection in body) {
    const items = (body as Values)[definition.collection];
    if (!Array.isArray(items) || items.length === 0) {
      throw badRequest(`Resources required: '${definition.collection}' must be a list that is not empty.`);
    }
    return { bulk: true, items };
  }
  return { bulk: false, items: [objectIn(body, definition.name)] };
}

/** The request in a PUT. */
export const changesIn = (definition: Definition, body: unknown): Values => objectIn(body, definition.name);

type Verb = 'create' | 'update';
const methodOf = { create: 'POST', update: 'PUT' } as const;

function checkKnown(definition: Definition, given: Values, verb: Verb): void {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(definition.attributes, name));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.join(', ')}'`);
  for (const name of Object.keys(given)) {
    if (definition.attributes[name]?.[verb] !== undefined) continue;
    throw badRequest(
      verb === 'update'
        ? `Cannot update read-only attribute ${name}`
        : `Attribute '${name}' not allowed in ${methodOf[verb]}`,
    );
  }
}

function checkPolicy(
  name: string,
  who: Who | undefined,
  value: unknown,
  attribute: Attribute,
  caller: Caller,
): void {
  if (who !== 'admin' || caller.isAdmin) return;
  // Naming one's own project, or a default, asks for nothing special.
  if ((name === 'project_id' || name === 'tenant_id') && value === caller.projectId) return;
  if (JSON.stringify(value) === JSON.stringify(attribute.default)) return;
  throw forbidden(`(rule:admin_only) ${name} may be set by administrators alone.`);
}

/** Old clients say tenant_id. */
function projectAlias({ tenant_id, ...given }: Values): Values {
  if (tenant_id === undefined) return given;
  if (given.project_id !== undefined && given.project_id !== tenant_id) {
    throw badRequest("'project_id' and 'tenant_id' do not match: give one of them.");
  }
  return { ...given, project_id: tenant_id };
}

/**
 * Checks the attributes of a POST and fills in defaults.
 * @param where names the item in messages of bulk requests: `ports[3].`; empty for a single one
 * @throws RequestError 400 for the first attribute that is wrong, 403 for one that the caller may not set
 */
export function parseCreate(definition: Definition, item: unknown, caller: Caller, where = ''): Values {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw badRequest(`Invalid input for ${where || definition.name}. Reason: it is not a JSON object.`);
  }
  const given = projectAlias(item as Values);
  checkKnown(definition, given, 'create');
  const result: Values = {};
  for (const [name, attribute] of Object.entries(definition.attributes)) {
    const value = given[name];
    if (value !== undefined) {
      result[name] = attribute.type.parse(value, where + name);
      checkPolicy(name, attribute.create, result[name], attribute, caller);
    } else if (attribute.required) {
      throw badRequest(`Failed to parse request. Required attribute '${where}${name}' not specified`);
    } else if (attribute.default !== undefined) result[name] = attribute.default;
  }
  return result;
}

/**
 * Checks the attributes of a PUT.
 * @throws RequestError as `parseCreate`
 */
export function parseUpdate(definition: Definition, given: Values, caller: Caller): Values {
  checkKnown(definition, given, 'update');
  const result: Values = {};
  for (const [name, value] of Object.entries(given)) {
    const attribute = definition.attributes[name];
    if (!attribute) continue;
    result[name] = attribute.type.parse(value, name);
    checkPolicy(name, attribute.update, result[name], attribute, caller);
  }
  return result;
}
