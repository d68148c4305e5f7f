import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

/**
 * What each part may import of the others: the arrows of the architecture, which point up the list only. `resources`
 * and `store` know neither HTTP nor OVN; `api` and `engine` do not know each other, they meet in the store's journal;
 * `engine` and `service` do not know `host`, they meet in the contract; `ovsdb` and `openflow` know no OVN.
 */
const arrows: Record<string, readonly string[]> = {
  base: [],
  metrics: [],
  pki: [],
  addressing: [],
  errors: ['addressing'],
  packets: ['addressing'],
  'host-contract': ['addressing'],
  metadata: ['addressing'],
  linux: ['packets', 'addressing'],
  openflow: ['addressing'],
  ovsdb: ['base'],
  switch: ['openflow', 'ovsdb', 'linux', 'addressing', 'base'],
  store: ['addressing', 'base'],
  resources: ['errors', 'store', 'packets', 'addressing'],
  identity: ['resources', 'errors', 'store', 'base'],
  api: ['identity', 'resources', 'errors', 'store', 'addressing', 'metrics'],
  engine: [
    'resources',
    'store',
    'host-contract',
    'switch',
    'ovsdb',
    'linux',
    'addressing',
    'metrics',
    'base',
  ],
  host: [
    'pki',
    'host-contract',
    'switch',
    'openflow',
    'ovsdb',
    'linux',
    'packets',
    'addressing',
    'metrics',
    'base',
  ],
  lab: ['switch', 'linux', 'packets', 'addressing', 'base'],
  client: ['resources', 'addressing', 'base'],
  gap: ['client', 'lab', 'packets', 'addressing'],
  bench: ['client', 'host', 'host-contract', 'lab', 'switch', 'linux', 'packets', 'addressing'],
  service: [
    ...[
      'api',
      'identity',
      'client',
      'engine',
      'host-contract',
      'metadata',
      'resources',
      'errors',
      'store',
      'switch',
      'linux',
    ],
    ...['pki', 'ovsdb', 'metrics', 'addressing', 'base'],
  ],
  cli: [
    ...['service', 'engine', 'host', 'host-contract', 'gap', 'bench', 'lab', 'client'],
    ...['resources', 'pki', 'addressing', 'base'],
  ],
};

/** The part that nobody enters but by the `sextant` command. */
const withoutDoor: readonly string[] = ['cli'];

/** Second doors of parts: for who needs little of it, and is not to load all. Each says so. */
const SECOND_DOORS: readonly string[] = [
  'src/base/yaml.ts',
  'src/identity/token-life.ts',
  'src/resources/definitions.ts',
  'bench/sizes.ts',
];

const root = join(import.meta.dirname, '..');

/** Tests may put parts together as they like. */
const files = globSync(['src/*/**/*.ts', 'bench/**/*.ts'], { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts'),
);

/** What each file imports of the others, types and what is loaded later included. */
const imports: ReadonlyMap<string, readonly string[]> = new Map(
  files.map((file) => [file, importsOf(file)] as const),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const specifiers = text.matchAll(/(?:\bfrom|\bimport\(?)\s*'(\.[^']+)'/g);
  return Array.from(specifiers, ([, specifier]) => join(dirname(file), specifier!));
}

/** The folder of `src`, or the one beside it. */
function partOf(file: string): string {
  const [top = '', part = ''] = file.split(sep);
  return top === 'src' ? part : top;
}

/** All imports that `isWrong`, as lines to read. */
const wrongImports = (isWrong: (file: string, target: string) => boolean): string[] =>
  [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => isWrong(file, target)).map((target) => `${file} imports ${target}`),
  );

test('every part has its arrows', () => {
  const parts = new Set(files.map(partOf));
  assert.deepEqual(
    [...parts].filter((part) => arrows[part] === undefined),
    [],
  );
});

test('the code map has every part with its arrows', () => {
  const page = readFileSync(join(root, 'docs/explanation/code-map.md'), 'utf8');
  const rows = page.matchAll(/^\| `([\w-]+)` \| [^|]* \| ((?:`[\w-]+`(?:, )?)*) ?\|$/gm);
  const told = Array.from(
    rows,
    ([, part = '', uses = '']) => [part, (uses.match(/[\w-]+/g) ?? []).sort()] as const,
  );
  const held = Object.entries(arrows).map(([part, uses]) => [part, uses.toSorted()] as const);
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(held));
});

test('arrows point up the list only', () => {
  const seen = new Set<string>();
  for (const [part, targets] of Object.entries(arrows)) {
    assert.deepEqual(
      targets.filter((target) => !seen.has(target)),
      [],
      part,
    );
    seen.add(part);
  }
});

test('no part imports from where no arrow leads', () => {
  const wrong = wrongImports(
    (file, target) => partOf(target) !== partOf(file) && !arrows[partOf(file)]?.includes(partOf(target)),
  );
  assert.deepEqual(wrong, []);
});

/** Folders with an index, in `file`'s path or above. */
function doorsAround(file: string): string[] {
  const folders: string[] = [];
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    if (existsSync(join(root, folder, 'index.ts'))) folders.push(folder);
  }
  return folders;
}

test('a part, and a folder in it that has an index, is entered by its index', () => {
  const wrong = wrongImports((file, target) => {
    if (withoutDoor.includes(partOf(target)) || SECOND_DOORS.includes(target)) return false;
    const entered = doorsAround(target).filter((folder) => relative(folder, file).startsWith('..'));
    return entered.some((folder) => target !== join(folder, 'index.ts'));
  });
  assert.deepEqual(wrong, []);
});

test('every part has a door, but for those that are known not to', () => {
  const parts = new Set(files.map(partOf));
  const without = [...parts].filter(
    (part) => !existsSync(join(root, part === 'bench' ? part : join('src', part), 'index.ts')),
  );
  assert.deepEqual(
    without.filter((part) => !withoutDoor.includes(part)),
    [],
  );
});

test('an index says what its part is', () => {
  const silent = files.filter(
    (file) =>
      file.endsWith('/index.ts') &&
      !withoutDoor.includes(partOf(file)) &&
      !readFileSync(join(root, file), 'utf8').startsWith('/**'),
  );
  assert.deepEqual(silent, []);
});

/** The packages that a file has Node load at once, by whatever way; not what is loaded when it is called. */
function loadedAtOnce(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const text = readFileSync(join(root, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;'"]*?from\s+)?'([^']+)'/gm);
  for (const [, specifier = ''] of statements) {
    const target = specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
    if (seen.has(target)) continue;
    seen.add(target);
    if (specifier.startsWith('.')) loadedAtOnce(target, seen);
  }
  return new Set([...seen].filter((target) => !target.endsWith('.ts') && !target.startsWith('node:')));
}

test('a command loads commander, and nothing that only a service needs', () => {
  assert.deepEqual([...loadedAtOnce('src/cli/main.ts')], ['commander']);
  assert.ok(loadedAtOnce('src/service/service.ts').has('kysely'), 'and this would show it');
});

/** The groups of files of which each imports each other, by whatever way (Tarjan's algorithm). */
function cycles(): string[][] {
  const found: string[][] = [];
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const visit = (file: string): number => {
    const known = lowest.get(file);
    if (known !== undefined) return known;
    const number = lowest.size;
    lowest.set(file, number);
    path.push(file);
    const low = Math.min(number, ...(imports.get(file) ?? []).map(visit));
    lowest.set(file, low);
    if (low < number) return low;
    const group = path.splice(path.indexOf(file));
    for (const member of group) lowest.set(member, Number.POSITIVE_INFINITY);
    if (group.length > 1) found.push(group.sort());
    return Number.POSITIVE_INFINITY;
  };
  for (const file of files) visit(file);
  return found.sort();
}

test('no file imports itself by way of others', () => {
  assert.deepEqual(cycles(), []);
});

test('the test sees imports', () => {
  const seen = new Set([...imports.values()].flat().map(partOf));
  for (const part of ['addressing', 'store', 'resources'])
    assert.ok(seen.has(part), `nobody imports ${part}?`);
});
