import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

/**
 * What each part may import of the others: the arrows of the architecture. `resources` and `store` know neither
 * HTTP nor OVN; `api` and `engine` do not know each other, they meet in the store's journal; `ovsdb` knows no OVN.
 */
const arrows: Record<string, readonly string[]> = {
  base: [],
  addressing: [],
  errors: ['addressing'],
  store: [],
  ovsdb: [],
  packets: ['addressing'],
  linux: ['packets', 'addressing'],
  metadata: ['addressing'],
  openflow: ['packets', 'addressing'],
  'host-contract': ['addressing'],
  switch: ['openflow', 'ovsdb', 'linux', 'addressing', 'base'],
  host: ['host-contract', 'switch', 'openflow', 'linux', 'packets', 'ovsdb', 'addressing', 'base'],
  resources: ['errors', 'store', 'packets', 'addressing'],
  api: ['resources', 'errors', 'store', 'addressing'],
  engine: ['resources', 'store', 'host-contract', 'switch', 'ovsdb', 'linux', 'addressing'],
  client: ['resources', 'addressing'],
  lab: ['switch', 'linux', 'packets', 'addressing'],
  gap: ['client', 'lab', 'packets', 'addressing'],
  bench: ['client', 'host', 'host-contract', 'lab', 'switch', 'linux', 'packets', 'addressing'],
  service: [
    'api',
    'engine',
    'host-contract',
    'host',
    'linux',
    'metadata',
    'resources',
    'errors',
    'store',
    'addressing',
  ],
  cli: [
    'service',
    'engine',
    'gap',
    'bench',
    'host',
    'host-contract',
    'lab',
    'client',
    'resources',
    'addressing',
  ],
};

const root = join(import.meta.dirname, '..');

/** The folder of `src`, or the one beside it. */
function partOf(path: string): string {
  const [top = '', part = ''] = relative(root, path).split(sep);
  return top === 'src' ? part : top;
}

/** Where a file imports from, for its relative imports. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g);
  return Array.from(specifiers, ([, specifier]) => join(dirname(file), specifier!));
}

/** Tests may put parts together as they like. */
const files = globSync(['src/*/**/*.ts', 'bench/**/*.ts'], { cwd: root })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => join(root, file));

test('every part has its arrows', () => {
  const parts = new Set(files.map(partOf));
  assert.deepEqual(
    [...parts].filter((part) => arrows[part] === undefined),
    [],
  );
});

test('no part imports from where no arrow leads', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => partOf(target) !== partOf(file) && !arrows[partOf(file)]?.includes(partOf(target)))
      .map((target) => `${relative(root, file)} imports ${relative(root, target)}`),
  );
  assert.deepEqual(wrong, []);
});

test('the test sees imports', () => {
  const seen = new Set(files.flatMap(importsOf).map(partOf));
  for (const part of ['addressing', 'store', 'resources'])
    assert.ok(seen.has(part), `nobody imports ${part}?`);
});
