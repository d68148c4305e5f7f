import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ReplicaChange } from './change.ts';
import { bindDeclaration, declareDatabase } from './declaration.ts';
import type { Json, JsonObject } from './json.ts';
import { Replica, type UpdateFormat } from './replica.ts';
import { parseSchema } from './schema.ts';

const declaration = declareDatabase('db', {
  Group: {
    name: 'string',
    tag: 'optional integer',
    ports: 'set of uuid',
    options: 'map of string to string',
  },
});
type Tables = typeof declaration.tables;

const schema = parseSchema({
  name: 'db',
  version: '1.0.0',
  tables: {
    Group: {
      columns: {
        name: { type: 'string' },
        tag: { type: { key: 'integer', min: 0, max: 1 } },
        ports: { type: { key: 'uuid', min: 0, max: 'unlimited' } },
        options: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
      },
    },
  },
});

function openReplica() {
  const replica = new Replica(declaration);
  replica.bind(bindDeclaration(declaration, schema));
  return replica;
}

interface Group {
  name: string;
  tag: number | undefined;
  ports: Set<string>;
  options: Map<string, string>;
}
type Contents = Map<string, Group>;

const group = fc.record(
  {
    name: fc.constantFrom('a', 'b', ''),
    tag: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
    ports: fc.array(fc.constantFrom('p', 'q', 'r')).map((ports) => new Set(ports)),
    options: fc
      .dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'))
      .map((o) => new Map(Object.entries(o))),
  },
  { noNullPrototype: true },
);

const contents: fc.Arbitrary<Contents> = fc
  .dictionary(fc.constantFrom('u1', 'u2', 'u3'), group)
  .map((groups) => new Map(Object.entries(groups)));

const setOnWire = (ports: Iterable<string>): Json => ['set', [...ports].map((port) => ['uuid', port])];
const mapOnWire = (pairs: Iterable<[string, string]>): Json => ['map', [...pairs].map(([k, v]) => [k, v])];
const optionalOnWire = (tag: number | undefined): Json => tag ?? ['set', []];

function wholeRow({ name, tag, ports, options }: Group): JsonObject {
  return { name, tag: optionalOnWire(tag), ports: setOnWire(ports), options: mapOnWire(options) };
}

/** What a server sends as `modify` in update2: symmetric differences for sets, changed pairs for maps. */
function differenceOnWire(was: Group, is: Group): JsonObject {
  const diff: JsonObject = {};
  if (was.name !== is.name) diff.name = is.name;
  if (was.tag !== is.tag) diff.tag = optionalOnWire(is.tag);
  const ports = was.ports.symmetricDifference(is.ports);
  if (ports.size > 0) diff.ports = setOnWire(ports);
  const options = new Map([...was.options].filter(([key]) => !is.options.has(key)));
  for (const [key, value] of is.options) if (was.options.get(key) !== value) options.set(key, value);
  if (options.size > 0) diff.options = mapOnWire(options);
  return diff;
}

function updateOnWire(was: Contents, is: Contents, format: UpdateFormat): JsonObject {
  const rows: JsonObject = {};
  for (const [uuid, row] of was) {
    const now = is.get(uuid);
    if (format === 'whole rows') rows[uuid] = now ? { old: {}, new: wholeRow(now) } : { old: wholeRow(row) };
    else rows[uuid] = now ? { modify: differenceOnWire(row, now) } : { delete: null };
  }
  for (const [uuid, row] of is) {
    if (!was.has(uuid))
      rows[uuid] = format === 'whole rows' ? { new: wholeRow(row) } : { insert: wholeRow(row) };
  }
  return { Group: rows };
}

function contentsOf(replica: Replica<Tables>): Contents {
  return new Map(
    [...replica.table('Group').rows()].map(({ _uuid, name, tag, ports, options }) => [
      _uuid,
      { name, tag, ports: new Set(ports), options: new Map(options) },
    ]),
  );
}

for (const format of ['whole rows', 'differences'] as const) {
  test(`the replica equals the server after any sequence of updates (${format})`, () => {
    fc.assert(
      fc.property(fc.array(contents, { minLength: 1 }), (states) => {
        const replica = openReplica();
        const byName = replica.table('Group').index((row) => (row.name === '' ? undefined : row.name));
        const byPort = replica.table('Group').referrers('ports');
        let was: Contents = new Map();
        for (const is of states) {
          replica.apply(updateOnWire(was, is, format), format);
          assert.deepEqual(contentsOf(replica), is);
          const named = (name: string) =>
            [...is].filter(([, row]) => row.name === name).map(([uuid]) => uuid);
          const holding = (port: string) =>
            [...is].filter(([, row]) => row.ports.has(port)).map(([uuid]) => uuid);
          const uuids = (rows: Iterable<{ _uuid: string }>) => Array.from(rows, ({ _uuid }) => _uuid).sort();
          for (const name of ['a', 'b']) assert.deepEqual(uuids(byName.get(name)), named(name).sort());
          for (const port of ['p', 'q', 'r']) assert.deepEqual(uuids(byPort.get(port)), holding(port).sort());
          assert.deepEqual(uuids(byName.get('')), []);
          was = is;
        }
      }),
    );
  });
}

/** Takes a change back, so that the test can tell whether the feed says everything that happened. */
function undo(before: Contents, { kind, row, columns }: ReplicaChange<Tables>): void {
  if (kind === 'insert') before.delete(row._uuid);
  const { name, tag, ports, options } = row;
  if (kind === 'delete')
    before.set(row._uuid, { name, tag, ports: new Set(ports), options: new Map(options) });
  if (kind !== 'modify') return;
  const target = before.get(row._uuid)!;
  for (const [column, change] of columns) {
    if (change.form === 'scalar') Object.assign(target, { [column]: change.was });
    if (change.form === 'set') {
      for (const port of change.added) target.ports.delete(String(port));
      for (const port of change.removed) target.ports.add(String(port));
    }
    if (change.form === 'map') {
      for (const key of change.added.keys()) target.options.delete(String(key));
      for (const [key, value] of change.removed) target.options.set(String(key), String(value));
    }
  }
}

test('the change feed tells exactly what changed, on updates and after a full reload', () => {
  fc.assert(
    fc.property(contents, contents, fc.constantFrom('update', 'reload'), (was, is, how) => {
      const replica = openReplica();
      replica.reset(updateOnWire(new Map(), was, 'differences'), 'differences');
      const seen: ReplicaChange<Tables>[] = [];
      replica.onChange((changes) => seen.push(...changes));
      if (how === 'update') replica.apply(updateOnWire(was, is, 'differences'), 'differences');
      else replica.reset(updateOnWire(new Map(), is, 'differences'), 'differences');
      assert.deepEqual(contentsOf(replica), is);
      const before = contentsOf(replica);
      for (const change of seen) undo(before, change);
      assert.deepEqual(before, was);
      assert.ok(seen.every(({ kind, columns }) => (kind === 'modify') === columns.size > 0));
    }),
  );
});

test('a column that the server lacks reads as its default', () => {
  const replica = new Replica(declareDatabase('db', { Group: { name: 'string', novelty: 'set of string' } }));
  const tables = bindDeclaration(
    declareDatabase('db', { Group: { name: 'string', novelty: 'set of string' } }),
    schema,
  );
  replica.bind(tables);
  replica.reset({ Group: { u1: { initial: { name: 'x' } } } }, 'differences');
  const groups = replica.table('Group');
  assert.deepEqual(groups.get('u1'), { _uuid: 'u1', name: 'x', novelty: new Set() });
  assert.equal(groups.has('name'), true);
  assert.equal(groups.has('novelty'), false);
});

test('a small change of a big set costs a small change', () => {
  const replica = openReplica();
  const ports = Array.from({ length: 100_000 }, (_, index): Json => ['uuid', `port-${index}`]);
  replica.reset({ Group: { u1: { initial: { ports: ['set', ports] } } } }, 'differences');
  const before = replica.table('Group').get('u1')!.ports;
  const seen: ReplicaChange<Tables>[] = [];
  replica.onChange((changes) => seen.push(...changes));
  replica.apply({ Group: { u1: { modify: { ports: ['uuid', 'port-5'] } } } }, 'differences');
  assert.equal(replica.table('Group').get('u1')!.ports, before, 'the set is changed in place, not copied');
  assert.deepEqual(seen[0]?.columns.get('ports'), {
    form: 'set',
    added: new Set(),
    removed: new Set(['port-5']),
  });
});
