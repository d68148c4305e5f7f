import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindDeclaration, declareDatabase, defaultOf } from './declaration.ts';
import { SchemaMismatchError } from './errors.ts';
import { parseSchema } from './schema.ts';

const schema = parseSchema({
  name: 'db',
  version: '7.0.0',
  tables: {
    Port: {
      columns: {
        name: { type: 'string' },
        tag: { type: { key: 'integer', min: 0, max: 1 } },
        options: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
      },
    },
  },
});

test('tables and columns that the server lacks are left out', () => {
  const bound = bindDeclaration(
    declareDatabase('db', { Port: { name: 'string', novelty: 'set of string' }, Future: { name: 'string' } }),
    schema,
  );
  assert.deepEqual([...bound.keys()], ['Port']);
  assert.deepEqual([...bound.get('Port')!.columns.keys()], ['name']);
});

test('an optional column may be read as a set', () => {
  const bound = bindDeclaration(declareDatabase('db', { Port: { tag: 'set of integer' } }), schema);
  assert.equal(bound.get('Port')!.columns.get('tag')!.form, 'set');
});

for (const [column, kind] of [
  ['name', 'integer'],
  ['tag', 'integer'],
  ['tag', 'optional string'],
  ['options', 'set of string'],
  ['options', 'map of string to integer'],
] as const) {
  test(`Port.${column} cannot be read as "${kind}"`, () => {
    assert.throws(
      () => bindDeclaration(declareDatabase('db', { Port: { [column]: kind } }), schema),
      SchemaMismatchError,
    );
  });
}

test('defaults are those of RFC 7047 section 5.2.1', () => {
  assert.equal(defaultOf('string'), '');
  assert.equal(defaultOf('integer'), 0);
  assert.equal(defaultOf('boolean'), false);
  assert.equal(defaultOf('uuid'), '00000000-0000-0000-0000-000000000000');
  assert.equal(defaultOf('optional string'), undefined);
  assert.deepEqual(defaultOf('set of uuid'), new Set());
  assert.deepEqual(defaultOf('map of string to integer'), new Map());
});

test('a schema that is none is refused', () => {
  assert.throws(
    () => parseSchema({ name: 'db', tables: { T: { columns: { c: { type: 'text' } } } } }),
    /unknown type "text"/,
  );
  assert.throws(() => parseSchema({ name: 'db', tables: { T: 1 } }), /malformed: T is not an object/);
});
