/** What the documentation says of the code, held to it. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((page) => ({ page, text: read(page) }));

/** A heading as links name it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');

const anchorsIn = (text: string): Set<string> =>
  new Set(Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = '']) => anchorOf(heading)));

test('links between pages lead somewhere', () => {
  const dead = pages.flatMap(({ page, text }) =>
    Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsIn(read(file)).has(anchor);
      })
      .map((target) => `${page}: ${target}`),
  );
  assert.deepEqual(dead, []);
});

test('files and folders that pages name are there', () => {
  const dead = pages.flatMap(({ page, text }) =>
    Array.from(text.matchAll(/`((?:src|test|bench|scripts|docs|bin)\/[\w./-]+)`/g), ([, path = '']) => path)
      // Capitals stand for whatever is to be there.
      .filter((path) => !/\/[A-Z-]+[/.]/.test(path) && !existsSync(join(root, path)))
      .map((path) => `${page}: ${path}`),
  );
  assert.deepEqual(dead, []);
});

/** Whether a file has a function, method, class or constant of this name. */
function declares(file: string, name: string): boolean {
  const declared = `(?:function\\*?|const|class|interface|type) ${name}\\b`;
  const method = `^  (?:static )?(?:async )?\\*?${name}(?:<[^(]*>)?\\(`;
  return new RegExp(`${declared}|${method}`, 'm').test(read(file));
}

const namesIn = (cell: string): string[] => Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = '']) => name);

test('functions that pages name beside a file are in it', () => {
  let looked = 0;
  const dead: string[] = [];
  for (const { page, text } of pages) {
    for (const [, files = '', functions = ''] of text.matchAll(
      /\| (`[^|]*\.ts`) \| ((?:`#?\w+`(?:, )?)+) \|$/gm,
    )) {
      const [paths, names] = [namesIn(files), namesIn(functions)];
      looked += names.length;
      for (const name of names) {
        if (!paths.some((path) => declares(path, name))) dead.push(`${page}: ${name} in ${paths}`);
      }
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(looked > 30, `${looked} functions are named`);
});

test('the page on watching the service has every metric of Sextant’s', () => {
  const page = read('docs/how-to/monitor.md');
  const names = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => Array.from(read(file).matchAll(/name: '(sextant_\w+)'/g), ([, name = '']) => name));
  assert.ok(names.length > 5);
  assert.deepEqual(
    names.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});
