import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Command } from 'commander';
import { sextant } from '../../test/support/command.ts';
import { serve } from '../../test/support/http-server.ts';
import { buildProgram } from './program.ts';

const silent = { env: {}, color: false, out: () => {}, err: () => {} };

/** Commands that do something, with the words that lead to them. */
function leaves(command: Command, words: string[] = []): [string[], Command][] {
  const own: [string[], Command][] =
    command.commands.length === 0 || (words.length > 0 && command.options.length > 0)
      ? [[words, command]]
      : [];
  return [...own, ...command.commands.flatMap((child) => leaves(child, [...words, child.name()]))];
}

/** Commands whose examples do too much for a test. */
const heavy = new Set(['serve', 'gap', 'bench']);

test('every command says what it does; those that ask the API have an example that is right', async (t) => {
  const { endpoint } = await serve(t, ({ url }) => [
    404,
    { NeutronError: { type: 'NotFound', message: url } },
  ]);
  let examples = 0;
  for (const [words, command] of leaves(buildProgram(silent))) {
    if (command.name() === 'complete') continue;
    assert.notEqual(command.description(), '', words.join(' '));
    const { out } = await sextant(endpoint, `${words.join(' ')} --help`);
    const example = /^Example:\n {2}sextant (.*)$/m.exec(out)?.[1];
    if (!command.options.some(({ long }) => long === '--endpoint')) continue;
    assert.ok(example, words.join(' '));
    assert.ok(example.startsWith(words.join(' ')), example);
    if (heavy.has(words[0] ?? '')) continue;
    // The API knows nothing: a right command line gets as far as its refusal.
    const { status, err } = await sextant(endpoint, example);
    assert.equal(status, 1, `${example}: ${err}`);
    examples++;
  }
  assert.ok(examples > 30);
});

test('the reference page has every command', () => {
  const page = readFileSync(new URL('../../docs/reference/command-line.md', import.meta.url), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `([a-z0-9 -]+)` \| (.*) \|$/gm)].map(([, name, text]) => [name, text]),
  );
  for (const [words] of leaves(buildProgram(silent))) {
    if (words[0] === 'complete') continue;
    const group = [...rows.keys()].findLast((name) => `${words.join(' ')} `.startsWith(`${name} `));
    assert.ok(group, words.join(' '));
    const rest = words.slice(group.split(' ').length).join(' ');
    assert.ok(rest === '' || rows.get(group)?.includes(`\`${rest}\``), `${group}: ${rest}`);
  }
});

test('help goes to standard output with status 0, a missing command to standard error with status 2', async () => {
  const help = await sextant('', '--help');
  assert.equal(help.status, 0);
  assert.match(help.out, /Usage: sextant/);
  const nothing = await sextant('', 'network');
  assert.equal(nothing.status, 2);
  assert.equal(nothing.out, '');
  assert.match(nothing.err, /Usage: sextant network/);
});

test('a refusal is told with its status and type', async (t) => {
  const { endpoint } = await serve(t, () => [
    409,
    { NeutronError: { type: 'NetworkInUse', message: 'Network x is in use.', detail: '' } },
  ]);
  assert.deepEqual(await sextant(endpoint, 'network list'), {
    status: 1,
    out: '',
    err: 'sextant: Network x is in use. (409 NetworkInUse)\n',
  });
});

test('no server: the error says how to get one', async () => {
  const { status, err } = await sextant('http://[::1]:1', 'network list');
  assert.equal(status, 1);
  assert.match(err, /GET http:\/\/\[::1\]:1\/v2.0\/networks got no answer/);
  assert.match(err, /"sextant serve" starts one/);
});

test('where and as whom: flags before or after the command, which hide secrets in --debug', async (t) => {
  const { endpoint, received } = await serve(t, () => [200, { networks: [] }]);
  await sextant('http://[::1]:1', `--endpoint ${endpoint} --project p1 network list`);
  await sextant('http://[::1]:1', `network list --endpoint ${endpoint}/v2.0`);
  assert.deepEqual(
    received.map(({ headers }) => headers['x-project-id']),
    ['p1', undefined],
  );
  const { err } = await sextant(endpoint, 'network list --debug');
  assert.match(err, /> GET http:\S+\/v2.0\/networks\n< 200 in [\d.]+ ms\n< \{"networks":\[\]\}/);
});
