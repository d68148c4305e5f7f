/** JSON Schemas of requests and answers, made from the definitions: Fastify's swagger plugin shows them. */

import { type ActionName, errorsOf, type NestedAction, type Operation } from '../errors/index.ts';
import type { Attribute, Definition, Nested, Schema } from '../resources/index.ts';

const describe = ({ type, doc, default: preset }: Attribute): Schema => ({
  ...type.schema,
  description: doc,
  ...(preset !== undefined && { default: preset }),
});

/** As requests have it: null may stand for something there. */
function describeGiven(attribute: Attribute): Schema {
  const { type, nullMeans } = attribute;
  if (nullMeans === undefined) return describe(attribute);
  return describe({ ...attribute, type: { ...type, schema: { anyOf: [type.schema, { type: 'null' }] } } });
}

function objectOf(
  definition: Definition,
  wanted: (attribute: Attribute) => boolean,
  shown: (attribute: Attribute) => Schema,
  required: string[] = [],
): Schema {
  const entries = Object.entries(definition.attributes).filter(([, attribute]) => wanted(attribute));
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, attribute]) => [name, shown(attribute)])),
    ...(required.length > 0 && { required }),
  };
}

const wrapped = (key: string, schema: Schema): Schema => ({
  type: 'object',
  properties: { [key]: schema },
  required: [key],
});

const errorSchema = (types: readonly string[]): Schema =>
  wrapped('NeutronError', {
    type: 'object',
    properties: {
      type: { type: 'string', enum: types },
      message: { type: 'string' },
      detail: { type: 'string' },
    },
  });

/** The answers of an operation that is refused, by status: one has the types of all errors with that status. */
function refusals(...operation: Operation[]): Record<number, Schema> {
  const types = new Map<number, Set<string>>();
  for (const { status, type } of errorsOf(...operation))
    types.set(status, (types.get(status) ?? new Set()).add(type));
  return Object.fromEntries(
    Array.from(types, ([status, set]) => [
      status,
      { description: `Refused: ${[...set].join(', ')}.`, ...errorSchema([...set]) },
    ]),
  );
}

const ID_PARAMETER: Schema = {
  type: 'object',
  properties: { id: { type: 'string', description: 'The id.' } },
  required: ['id'],
};

const TEXT_LIST: Schema = { type: 'array', items: { type: 'string' } };

function listParameters(definition: Definition): Schema {
  const filters = Object.entries(definition.attributes)
    .filter(
      ([, { stored, filter, type }]) => stored !== false && filter !== false && type.storedAs !== 'json',
    )
    .map(([name, { doc }]) => [
      name,
      { ...TEXT_LIST, description: `Filter: ${doc} Repeat it for several values.` },
    ]);
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(filters),
      fields: { ...TEXT_LIST, description: 'Attributes to answer with; all when left out.' },
      sort_key: { ...TEXT_LIST, description: 'Attributes to sort by.' },
      sort_dir: { ...TEXT_LIST, description: 'asc or desc, one for each sort_key.' },
      limit: { type: 'integer', minimum: 0, description: 'Most items in the answer.' },
      marker: { type: 'string', description: 'The id of the last item of the page before.' },
      page_reverse: { type: 'boolean', description: 'The page before the marker.' },
      tags: { type: 'string', description: 'Has all of these tags (comma separated).' },
      'tags-any': { type: 'string', description: 'Has one of these tags.' },
      'not-tags': { type: 'string', description: 'Has not all of these tags.' },
      'not-tags-any': { type: 'string', description: 'Has none of these tags.' },
    },
  };
}

/** Schemas of the routes of one resource. */
export function routeSchemas(definition: Definition) {
  const { name, collection, title, doc } = definition;
  const required = Object.entries(definition.attributes)
    .filter(([, { required }]) => required)
    .map(([key]) => key);
  const whole = objectOf(definition, () => true, describe);
  const request = objectOf(definition, ({ create }) => create !== undefined, describeGiven, required);
  const what = title.toLowerCase();
  const common = { tags: [collection] };
  return {
    list: {
      ...common,
      summary: `List ${collection.replaceAll('_', ' ')}`,
      description: doc,
      querystring: listParameters(definition),
      response: {
        200: wrapped(collection, { type: 'array', items: whole }),
        ...refusals('list', `list_${name}`),
      },
    },
    show: {
      ...common,
      summary: `Show a ${what}`,
      params: ID_PARAMETER,
      response: { 200: wrapped(name, whole), ...refusals('show', `show_${name}`) },
    },
    create: {
      ...common,
      summary: `Create a ${what}, or several: all or none`,
      body: { anyOf: [wrapped(name, request), wrapped(collection, { type: 'array', items: request })] },
      response: { 201: wrapped(name, whole), ...refusals('create', `create_${name}`) },
    },
    update: {
      ...common,
      summary: `Change a ${what}`,
      params: ID_PARAMETER,
      body: wrapped(
        name,
        objectOf(definition, ({ update }) => update !== undefined, describeGiven),
      ),
      response: { 200: wrapped(name, whole), ...refusals('update', `update_${name}`) },
    },
    remove: {
      ...common,
      summary: `Delete a ${what}`,
      params: ID_PARAMETER,
      response: { 204: { type: 'null', description: 'Gone.' }, ...refusals('delete', `delete_${name}`) },
    },
    action: (action: ActionName) => ({
      ...common,
      summary: `${action.replaceAll('_', ' ')} of a ${what}`,
      params: ID_PARAMETER,
      body: { type: 'object' },
      response: { 200: { type: 'object', additionalProperties: true }, ...refusals('act', action) },
    }),
    tags: (verb: string) => ({
      ...common,
      summary: `${verb} tags of a ${what}`,
      params: { type: 'object' },
      response: { '2xx': { description: 'Done.' }, ...refusals('tags', `tags_${name}`) },
    }),
  };
}

/** Schemas of the routes of what stands below a resource's path. */
export function nestedSchemas({ collection: tag, title }: Definition, nested: Nested) {
  const { name, collection, policy, key, schema, request, filters } = nested;
  const common = { tags: [tag] };
  const what = `${name} of a ${title.toLowerCase()}`;
  const one = {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The id.' },
      key: { type: 'string', description: key },
    },
    required: ['id', 'key'],
  };
  return {
    list: {
      ...common,
      summary: `List the ${collection} of a ${title.toLowerCase()}`,
      params: ID_PARAMETER,
      querystring: {
        type: 'object',
        properties: Object.fromEntries(
          [...filters, 'fields'].map((each) => [
            each,
            { ...TEXT_LIST, description: 'Repeat it for several values.' },
          ]),
        ),
      },
      response: {
        200: wrapped(collection, { type: 'array', items: schema }),
        ...refusals('list', `list_${policy}`),
      },
    },
    show: {
      ...common,
      summary: `Show a ${what}`,
      params: one,
      response: { 200: wrapped(name, schema), ...refusals('show', `show_${policy}`) },
    },
    create: {
      ...common,
      summary: `Create a ${what}`,
      params: ID_PARAMETER,
      body: wrapped(name, request),
      response: { 201: wrapped(name, schema), ...refusals('create', `create_${policy}`) },
    },
    update: {
      ...common,
      summary: `Change a ${what}`,
      params: one,
      body: wrapped(name, request),
      response: { 200: wrapped(name, schema), ...refusals('update', `update_${policy}`) },
    },
    remove: {
      ...common,
      summary: `Delete a ${what}`,
      params: one,
      response: { 204: { type: 'null', description: 'Gone.' }, ...refusals('delete', `delete_${policy}`) },
    },
    action: (action: NestedAction) => ({
      ...common,
      summary: `${action} a ${what}`,
      params: one,
      response: { 200: schema, ...refusals('act', action) },
    }),
  };
}
