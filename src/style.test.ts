/** What the linter cannot hold of how code and texts are written: see CONTRIBUTING.md. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

interface Text {
  readonly file: string;
  readonly text: string;
}

const textsOf = (...patterns: string[]): Text[] =>
  globSync(patterns, { cwd: root }).map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

/** Tests may call what they compare with as they like. */
const sources = textsOf('{src,bench,scripts}/**/*.ts').filter(({ file }) => !file.endsWith('.test.ts'));
const everything = textsOf('{src,bench,scripts,test}/**/*.ts', '*.md', 'docs/**/*.md');

/** Lines that `pattern` finds, to read. */
const findings = (texts: readonly Text[], pattern: RegExp): string[] =>
  texts.flatMap(({ file, text }) =>
    text
      .split('\n')
      .map((line, index) => ({ line, place: `${file}:${index + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, place }) => `${place} ${line.trim()}`),
  );

/** The constants of a module, with what they are. */
const constantsIn = (text: string): { name: string; value: string }[] =>
  Array.from(
    text.matchAll(/^(?:export )?const (\w+)(?:: [^=]+?)? =\s((?:.|\n)*?);\n(?=\S|\n|$)/gm),
    ([, name = '', value = '']) => ({ name, value }),
  );

/** Whether nothing is in there but numbers, texts, patterns, addresses, and lists, sets and tables of them. */
function isData(value: string): boolean {
  const bare = value
    .replaceAll(/\/\*(?:.|\n)*?\*\/|(?<=\s)\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '0')
    .replaceAll(/(?<=^|[\s([,])\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, '0')
    .replaceAll(/\bas const\b|\bsatisfies [^;]+$/g, '')
    .replaceAll(/\b(?:Address|Prefix|Mac)\.(?:parse|of)\b|\bnew (?:Set|Map)(?:<[^(]*>)?/g, '')
    .replaceAll(/\b(?:true|false|null|undefined)\b/g, '0')
    .replaceAll(/\b0x[\da-f_]+n?\b|\b\d[\d_.]*(?:e\d+)?n?\b/gi, '0')
    .replaceAll(/[\w$]+(?=:)/g, '');
  return /0/.test(bare) && /^[\s0()[\]{},:+*/|<-]*$/.test(bare);
}

/** A table whose members are named as constants are, such as protocol numbers: its name is one of a type. */
const isEnumeration = (value: string): boolean => /^\{(?:\s*(?:\/\*.*\*\/)?\s*[A-Z][A-Z\d_]*:)/.test(value);

test('what stands in the code once and for all is written in capitals', () => {
  const wrong = sources.flatMap(({ file, text }) =>
    constantsIn(text)
      .filter(({ name, value }) => isData(value) && !isEnumeration(value) && !/^[A-Z][A-Z\d_]*$/.test(name))
      .map(({ name }) => `${file} ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('sections of RFCs are called sections', () => {
  assert.deepEqual(findings(everything, /\u00a7/), []);
});

test('what has a name in British spelling has that everywhere', () => {
  // Neutron, OVN and the C library spell their own names, and FRR its commands: what is behind the word tells them.
  assert.deepEqual(findings(everything, /n[e]ighbor(?! (?:tenants|\$\{|[\da-f]+:))/i), []);
});

test('a file says first what is in it', () => {
  const silent = sources.filter(({ text }) => !text.startsWith('/**')).map(({ file }) => file);
  assert.deepEqual(silent, []);
});

test('what is thrown stands behind @throws', () => {
  assert.deepEqual(findings(sources, /\bThrows (?:an?|the) /), []);
});
