import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Address, Mac, Prefix } from '../../../../addressing/index.ts';
import { toolsByUseCase } from './tool-catalogue.ts';
import { programOf } from './tool-programs.ts';
import { toolTable } from './tools-page.ts';

const party = (number: number) => ({
  mac: Mac.of(0x020000000000n + BigInt(number)),
  address: Address.parse(`fd66::${number}`),
});
const roles = {
  attacker: party(1),
  victim: party(2),
  bystander: party(3),
  router: party(4),
  nobody: Address.parse('fd66::5'),
  elsewhere: Prefix.parse('fd67::/64'),
};
const tools = Object.values(toolsByUseCase).flat();

test('the page on attacks has every program', () => {
  const page = readFileSync(new URL('../../../../../docs/reference/attacks.md', import.meta.url), 'utf8');
  assert.ok(page.includes(toolTable(toolsByUseCase)), 'run: node scripts/update-attacks-page.ts');
});

test('every program has a name of its own, and runs what its name says', () => {
  assert.equal(new Set(tools.map(({ name }) => name)).size, tools.length);
  for (const tool of tools) {
    const [program, ...rest] = tool.command(roles).map(String);
    assert.equal(program, programOf(tool));
    assert.ok(rest.includes('eth0'), tool.name);
    assert.ok(
      rest.every((word) => /^[\w:.,/#*%-]+$/.test(word)),
      rest.join(' '),
    );
  }
});
