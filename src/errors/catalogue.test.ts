import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Address, Prefix } from '../addressing/index.ts';
import { loadResources } from '../resources/registry.ts';
import { allEntries, type ErrorGroup, entriesOf, errors, parametersIn, type RequestError } from './index.ts';

const source = join(import.meta.dirname, '..');

/** The parts that end requests, as they are written. */
const written = globSync('{api,identity,resources,service,store,metadata}/**/*.ts', { cwd: source })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => ({ file, text: readFileSync(join(source, file), 'utf8') }));

const resources = await loadResources();
const groups = Object.keys(errors) as ErrorGroup[];

test('an error says what is wrong with which values', () => {
  const error: RequestError = errors.network.inUse({ id: 'n1', ports: ['p1', 'p2'] });
  assert.equal(error.status, 409);
  assert.equal(error.type, 'NetworkInUse');
  assert.match(
    error.message,
    /^Unable to complete operation on network n1\. .*: p1, p2\. Delete them first\.$/,
  );
});

test('values are written as they are, whatever stands in them', () => {
  const { message } = errors.subnet.poolOutOfBounds({
    start: '$&',
    end: '{prefix}',
    prefix: Prefix.parse('fd00::/64'),
    bounds: Address.parse('fd00::1'),
  });
  assert.equal(
    message,
    'The allocation pool $&-{prefix} spans beyond the subnet cidr fd00::/64: allocation_pools must lie in fd00::1.',
  );
});

test('the compiler wants what the message names, and no more', () => {
  // @ts-expect-error: no ports
  errors.network.inUse({ id: 'n1' });
  // @ts-expect-error: the message names no port
  errors.notFound.network({ id: 'n1', port: 'p1' });
  // @ts-expect-error: undefined would be written into the message
  errors.notFound.network({ id: undefined });
  // @ts-expect-error: it has no parameters
  errors.http.noSuchPath({ path: '/' });
});

test('every entry is complete', () => {
  for (const { type, status, message, when, wayOut } of allEntries) {
    assert.match(type, /^[A-Z]\w+$/);
    assert.ok(status >= 400 && status < 600, type);
    assert.equal(message.match(/[{}]/g)?.length ?? 0, parametersIn(message).length * 2, message);
    for (const sentence of [when, wayOut]) assert.match(sentence, /^[A-Z`].*\.$/, message);
  }
});

test('every entry names operations that there are', () => {
  const named = new Set(allEntries.flatMap(({ operations }) => operations));
  const known = new Set<string>(['list', 'show', 'create', 'update', 'delete', 'tags', 'act']);
  for (const { definition, actions, update, nested } of resources) {
    for (const verb of ['list', 'show', 'create', 'delete']) known.add(`${verb}_${definition.name}`);
    // PUT has a route even where nothing can be changed: it says so.
    known.add(`update_${definition.name}`);
    if (update === undefined)
      assert.ok(errors.request.cannotBeChanged.entry.operations.includes(`update_${definition.name}`));
    if ('tags' in definition.attributes) known.add(`tags_${definition.name}`);
    for (const action of Object.keys(actions ?? {})) known.add(action);
    for (const { policy, actions: further } of nested ?? []) {
      for (const verb of ['list', 'show', 'create', 'update', 'delete']) known.add(`${verb}_${policy}`);
      for (const action of Object.keys(further)) known.add(action);
    }
  }
  assert.deepEqual(
    [...named].filter((operation) => !known.has(operation)),
    [],
  );
});

test('every entry is thrown somewhere', () => {
  const names: ReadonlySet<string> = new Set(resources.map(({ definition }) => definition.name));
  const all = written.map(({ text }) => text).join('\n');
  const unused = groups.flatMap((group) =>
    entriesOf(group)
      .filter(([name]) => !(group === 'notFound' && names.has(name)))
      .map(([name]) => `errors.${group}.${name}`)
      .filter((path) => !new RegExp(`${path.replaceAll('.', '\\.')}\\b`).test(all)),
  );
  assert.deepEqual(unused, []);
});

test('no error is made outside of the catalogue', () => {
  const types = [...new Set(allEntries.map(({ type }) => type))];
  const literal = new RegExp(`['"\`](?:${types.join('|')}|HTTP[A-Z]\\w+)['"\`]`);
  for (const { file, text } of written) {
    assert.doesNotMatch(text, /(?:new|extends) RequestError\b/, file);
    assert.doesNotMatch(text, literal, file);
  }
});
