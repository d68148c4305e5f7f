import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../resources/definition/definition.ts';
import { definitions, type ResourceName } from '../../resources/registry.ts';
import type { Flag, NameLookup } from './flag.ts';
import { flagsOf, positionalAttribute } from './flags.ts';

const lookup: NameLookup = { idOf: async (_resource, name) => `id of ${name}` };

const all: [ResourceName, Definition][] = Object.entries(definitions).map(([name, definition]) => [
  name as ResourceName,
  definition,
]);

/** A text that the flag takes. */
function sample({ placeholder = '', choices }: Flag): string {
  if (choices?.[0] !== undefined) return choices[0];
  if (placeholder === 'true|false') return 'true';
  if (placeholder === 'key=value') return placeholder;
  if (placeholder === 'file') return import.meta.filename;
  return placeholder.includes('=')
    ? (placeholder.split('|').at(-1) ?? '')
        .replaceAll('…', '1')
        .replace('delete-subnet=1', 'delete-subnet=true')
    : '1';
}

async function settableWith(flags: readonly Flag[]): Promise<Set<string>> {
  const bodies = await Promise.all(flags.map((flag) => flag.body(sample(flag), lookup)));
  return new Set(bodies.flatMap((body) => Object.keys(body)));
}

test('every attribute that POST takes can be given to create, and every one that PUT takes to set', async () => {
  for (const [resource, definition] of all) {
    const created = await settableWith(flagsOf(resource, definition, 'create'));
    const positional = positionalAttribute(definition);
    if (positional !== undefined) created.add(positional);
    const changed = await settableWith(flagsOf(resource, definition, 'set'));
    for (const [name, { create, update, actions }] of Object.entries(definition.attributes)) {
      if (name === 'tenant_id') continue;
      assert.equal(created.has(name), create !== undefined || name === 'tags', `${resource} create ${name}`);
      const settable = update !== undefined || actions !== undefined || name === 'tags';
      assert.equal(changed.has(name), settable, `${resource} set ${name}`);
    }
  }
});

test('no command has two flags of one name', () => {
  for (const [resource, definition] of all) {
    for (const verb of ['create', 'set', 'unset', 'list'] as const) {
      const names = flagsOf(resource, definition, verb).map(({ name }) => name);
      assert.deepEqual(names, [...new Set(names)], `${resource} ${verb}`);
    }
  }
});

test('a prefix that is delegated is given, or asked for from a pool', async () => {
  const flag = flagsOf('port', definitions.port, 'create').find(({ name }) => name === 'delegated-prefix');
  assert.ok(flag);
  assert.deepEqual(await flag.body('fd00:1::/56', lookup), { delegated_prefixes: ['fd00:1::/56'] });
  assert.deepEqual(await flag.body('subnet-pool=homes,prefix-length=56', lookup), {
    delegated_prefixes: [{ subnetpool_id: 'id of homes', prefixlen: 56 }],
  });
  await assert.rejects(async () => flag.body('prefix-length=56', lookup), /lacks subnet-pool=/);
});
