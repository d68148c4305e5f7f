/** What the flags of a command ask of the API. */
import type { Attribute, Definition, ResourceName } from '../../resources/index.ts';
import { UsageError } from '../errors.ts';
import { setChanges, unsetChanges } from './changes.ts';
import { type Body, bodyOfFlags, type Given, type NameLookup } from './flag.ts';
import { positionalAttribute } from './flags.ts';
import { shapeOf } from './shape.ts';
import { specialFlags } from './special-flags.ts';
import { splitTags } from './tags.ts';

/** An action on a resource that is there: `PUT /v2.0/address-groups/ID/add_addresses`. */
export interface ActionRequest {
  readonly action: string;
  readonly body: Body;
}

/** Attributes for POST or PUT, actions to follow, and the tags that the resource shall have, if they change. */
export interface ResourceRequest {
  readonly attributes: Body;
  readonly actions: readonly ActionRequest[];
  readonly tags: string[] | undefined;
}

/** @param positional the word before the flags: the name, or a rule's group; empty where there is none */
export async function createRequest(
  resource: ResourceName,
  definition: Definition,
  positional: string,
  given: readonly Given[],
  lookup: NameLookup,
): Promise<ResourceRequest> {
  const attribute = positionalAttribute(definition);
  const named =
    attribute === undefined
      ? {}
      : { [attribute]: await positionalValue(definition.attributes[attribute], positional, lookup) };
  const body = await bodyOfFlags(given, lookup);
  const { complete } = specialFlags(resource, 'create');
  return { ...splitTags({ ...named, ...(complete?.(body) ?? body) }), actions: [] };
}

/** The word itself, or the id of what it names. */
const positionalValue = async (
  attribute: Attribute | undefined,
  word: string,
  lookup: NameLookup,
): Promise<string> =>
  attribute?.reference === undefined ? word : lookup.idOf(attribute.reference as ResourceName, word);

export async function setRequest(
  resource: ResourceName,
  definition: Definition,
  current: Body,
  given: readonly Given[],
  lookup: NameLookup,
): Promise<ResourceRequest> {
  demandSome(given);
  const { body, actions } = splitActions(definition, await bodyOfFlags(given, lookup), 'add');
  const { complete } = specialFlags(resource, 'set');
  const grows = new Set(Object.keys(definition.attributes).filter((name) => holdsSeveral(definition, name)));
  return { ...splitTags(setChanges(current, complete?.(body) ?? body, given, grows)), actions };
}

export async function unsetRequest(
  definition: Definition,
  current: Body,
  given: readonly Given[],
  lookup: NameLookup,
): Promise<ResourceRequest> {
  demandSome(given);
  const clearing = given.filter(({ flag }) => flag.clears !== undefined);
  const taking = given.filter(({ flag }) => flag.clears === undefined);
  const what = `${definition.title} ${current.name || current.id}`;
  const { body, actions } = splitActions(definition, await bodyOfFlags(taking, lookup), 'remove');
  const changes = { ...unsetChanges(what, current, body), ...(await bodyOfFlags(clearing, lookup)) };
  return { ...splitTags(changes), actions };
}

/** Takes out what is changed by actions of its own. */
function splitActions(
  definition: Definition,
  body: Body,
  verb: 'add' | 'remove',
): { body: Body; actions: ActionRequest[] } {
  const rest: Record<string, unknown> = {};
  const actions: ActionRequest[] = [];
  for (const [name, value] of Object.entries(body)) {
    const action = definition.attributes[name]?.actions?.[verb];
    if (action === undefined) rest[name] = value;
    else actions.push({ action, body: { [name]: value } });
  }
  return { body: rest, actions };
}

/** Parameters of `GET`; a list of values repeats the parameter. */
export async function listQuery(
  positional: string | undefined,
  given: readonly Given[],
  lookup: NameLookup,
): Promise<Record<string, string | string[]>> {
  const body = await bodyOfFlags(given, lookup);
  const filters =
    positional === undefined
      ? body
      : { ...body, security_group_id: await lookup.idOf('security_group', positional) };
  return Object.fromEntries(
    Object.entries(filters).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : String(value ?? ''),
    ]),
  );
}

function holdsSeveral(definition: Definition, name: string): boolean {
  const schema = definition.attributes[name]?.type.schema;
  const kind = schema && shapeOf(schema).kind;
  return kind === 'list' || kind === 'free';
}

function demandSome(given: readonly Given[]): void {
  if (given.length === 0) throw new UsageError('Nothing to change was named: see --help for the flags.');
}
