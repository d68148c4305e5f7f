/** A name means one thing in the whole code: who has read it in one file knows it in all. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Names that each of several files has to have, with the reason. */
const shared: Readonly<Record<string, string>> = {
  up: 'what Kysely calls in every migration',
};

interface Declared {
  readonly name: string;
  readonly file: string;
  readonly isExported: boolean;
  readonly isType: boolean;
}

const declared: readonly Declared[] = globSync('{src,bench}/**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .flatMap((file) =>
    Array.from(
      readFileSync(join(root, file), 'utf8').matchAll(
        /^(export )?(?:abstract |async )*(const|let|function\*?|class|interface|type) (\w+)/gm,
      ),
      ([, exported, kind = '', name = '']) => ({
        name,
        file,
        isExported: exported !== undefined,
        isType: /class|interface|type/.test(kind),
      }),
    ),
  );

/** Those of the names that more than one file has, with the files. */
const inSeveral = (names: readonly Declared[]): string[] =>
  Array.from(Map.groupBy(names, ({ name }) => name))
    .map(([name, ofName]) => ({ name, files: [...new Set(ofName.map(({ file }) => file))] }))
    .filter(({ name, files }) => files.length > 1 && shared[name] === undefined)
    .map(({ name, files }) => `${name}: ${files.join(', ')}`);

test('what is exported has a name of its own', () => {
  assert.deepEqual(inSeveral(declared.filter(({ isExported }) => isExported)), []);
});

test('no type of one file alone has the name of one that is exported elsewhere', () => {
  const types = declared.filter(({ isType }) => isType);
  const exported = new Set(types.filter(({ isExported }) => isExported).map(({ name }) => name));
  assert.deepEqual(inSeveral(types.filter(({ name }) => exported.has(name))), []);
});

test('every name that may be in several files is', () => {
  const counts = Map.groupBy(declared, ({ name }) => name);
  for (const name of Object.keys(shared)) assert.ok((counts.get(name)?.length ?? 0) > 1, name);
});
