import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bindDeclaration, type ColumnKind, declareDatabase } from './declaration.ts';
import type { Json } from './json.ts';
import { parseSchema } from './schema.ts';
import { decode, encode, encodeKeys, encodeMembers, NamedUuid } from './value.ts';

const kinds = {
  name: 'string',
  tag: 'optional integer',
  ratio: 'real',
  up: 'optional boolean',
  ports: 'set of uuid',
  options: 'map of string to string',
  weights: 'map of uuid to integer',
  direction: 'string',
} as const satisfies Record<string, ColumnKind>;

const unlimited = { min: 0, max: 'unlimited' };
const table = bindDeclaration(
  declareDatabase('db', { Switch: kinds }),
  parseSchema({
    name: 'db',
    version: '1.0.0',
    tables: {
      Switch: {
        columns: {
          name: { type: { key: { type: 'string', minLength: 2, maxLength: 20 } } },
          tag: { type: { key: { type: 'integer', minInteger: 1, maxInteger: 4095 }, min: 0, max: 1 } },
          ratio: { type: 'real' },
          up: { type: { key: 'boolean', min: 0, max: 1 } },
          ports: { type: { key: { type: 'uuid', refTable: 'Port' }, ...unlimited } },
          options: { type: { key: 'string', value: 'string', ...unlimited } },
          weights: { type: { key: { type: 'uuid' }, value: 'integer', min: 0, max: 2 } },
          direction: { type: { key: { type: 'string', enum: ['set', ['from', 'to']] } } },
        },
      },
    },
  }),
).get('Switch')!;

const column = (name: keyof typeof kinds) => table.columns.get(name)!;
const write = (name: keyof typeof kinds, value: unknown): Json => encode('Switch', column(name), value);

const uuid = fc.uuid();
const values: Record<string, fc.Arbitrary<unknown>> = {
  name: fc.string({ minLength: 2, maxLength: 20 }).filter((text) => !text.includes('\0')),
  tag: fc.option(fc.integer({ min: 1, max: 4095 }), { nil: undefined }),
  ratio: fc.double({ noNaN: true, noDefaultInfinity: true }),
  up: fc.option(fc.boolean(), { nil: undefined }),
  ports: fc.array(uuid).map((uuids) => new Set(uuids)),
  options: fc
    .array(fc.tuple(fc.string({ unit: 'grapheme-ascii' }), fc.string({ unit: 'grapheme-ascii' })))
    .map((pairs) => new Map(pairs)),
  weights: fc.array(fc.tuple(uuid, fc.maxSafeInteger()), { maxLength: 2 }).map((pairs) => new Map(pairs)),
};

for (const [name, arbitrary] of Object.entries(values)) {
  test(`${name} (${kinds[name as keyof typeof kinds]}) is read as it was written`, () => {
    const bound = column(name as keyof typeof kinds);
    fc.assert(
      fc.property(arbitrary, (value) => {
        assert.deepEqual(decode(bound, encode('Switch', bound, value)), value);
      }),
    );
  });
}

test('the forms on the wire are those of RFC 7047 section 5.1', () => {
  const port = '550e8400-e29b-41d4-a716-446655440000';
  assert.deepEqual(write('tag', undefined), ['set', []]);
  assert.deepEqual(write('tag', 7), 7);
  assert.deepEqual(write('ports', [port]), ['uuid', port]);
  assert.deepEqual(write('ports', []), ['set', []]);
  assert.deepEqual(write('ports', [port, new NamedUuid('row0', 'Port'), port]), [
    'set',
    [
      ['uuid', port],
      ['named-uuid', 'row0'],
    ],
  ]);
  assert.deepEqual(write('options', { a: 'b' }), ['map', [['a', 'b']]]);
  assert.deepEqual(encodeMembers('Switch', column('ports'), [port]), ['set', [['uuid', port]]]);
  assert.deepEqual(encodeKeys('Switch', column('options'), ['a']), ['set', ['a']]);
});

const refused: [keyof typeof kinds, unknown, RegExp][] = [
  ['name', 'x', /Switch\.name: "x" is shorter than 2 characters/],
  ['name', 'x'.repeat(21), /is longer than 20 characters/],
  ['name', 'a\0b', /without NUL/],
  ['name', '\ud800\ud800', /is not UTF-8 text/],
  ['name', 7, /Switch\.name: 7 is not a string/],
  ['name', undefined, /has 0 elements, at least 1 is needed/],
  ['tag', 0, /Switch\.tag: 0 is less than 1/],
  ['tag', 4096, /4096 is greater than 4095/],
  ['tag', 1.5, /1.5 is not an integer/],
  ['ratio', Number.NaN, /NaN is not a number/],
  ['up', 'yes', /"yes" is not a boolean/],
  ['ports', ['nonsense'], /Switch\.ports: "nonsense" is not a UUID/],
  ['ports', [new NamedUuid('row1', 'Router')], /"row1" is a row of Router, where one of Port is needed/],
  ['ports', 'nonsense', /is not iterable/],
  ['options', ['a'], /neither a Map nor an object/],
  ['options', { a: 1 }, /1 is not a string/],
  ['direction', 'sideways', /Switch\.direction: "sideways" is not one of from, to/],
];

for (const [name, value, message] of refused) {
  test(`${name} does not take ${String(value).slice(0, 20)}: ${message.source}`, () => {
    assert.throws(() => write(name, value), message);
  });
}
