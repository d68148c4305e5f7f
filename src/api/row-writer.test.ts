import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Random, randomOf, SEED } from '../../test/support/random.ts';
import { columnOf, definitions, fromRow, type Values } from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { viewer } from './response-body.ts';
import { rowWriter } from './row-writer.ts';

const TEXTS = ['', 'web', 'a "quoted" \\ one', 'two\nlines\u0001', 'grüße 🌍', '\u2028', '__proto__'];
const VALUES = [
  [],
  {},
  null,
  7,
  ['red', 'b"lue'],
  [{ ip_address: 'fd00::1', since: 'x' }],
  { nested: { 1: [true] } },
];

/** A row of the table, and what stands elsewhere: some of it is often the same as before. */
function anyRow(definition: (typeof definitions)[keyof typeof definitions], random: Random) {
  const row: Values = {};
  const supplied: Values = {};
  for (const [name, { stored, type }] of Object.entries(definition.attributes)) {
    const value = random.oneOf(VALUES);
    if (stored === false) supplied[name] = value;
    else if (type.storedAs === 'json') row[columnOf(name)] = JSON.stringify(value);
    else if (type.storedAs === 'boolean') row[columnOf(name)] = random.oneOf([0, 1]);
    else row[columnOf(name)] = random.oneOf([null, 7, random.oneOf(TEXTS), random.oneOf(TEXTS)]);
  }
  delete supplied.tenant_id;
  return { row, supplied };
}

describe('rows as JSON', () => {
  for (const definition of Object.values(definitions)) {
    for (const isAdmin of [true, false]) {
      it(`${definition.name}, as ${isAdmin ? 'administrators' : 'members'} see it, to the byte (SEXTANT_SEED=${SEED})`, () => {
        const random = randomOf(SEED);
        const caller = { isAdmin } as Caller;
        for (const fields of [[], ['id'], ['name', 'tags', 'status_reason', 'tenant_id'], ['none']]) {
          const view = viewer(definition, caller, fields);
          const write = rowWriter(definition, caller, fields);
          for (let count = 0; count < 50; count++) {
            const { row, supplied } = anyRow(definition, random);
            const record = { ...fromRow(definition, row as never), ...supplied };
            assert.equal(write(row, supplied), JSON.stringify(view(record)));
          }
        }
      });
    }
  }
});
