import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sextant } from '../../test/support/command.ts';

const nowhere = 'http://[::1]:1';
const completed = async (words: string) => {
  const { status, out } = await sextant(nowhere, `complete -- ${words}`);
  assert.equal(status, 0);
  return out.split('\n').slice(0, -1);
};

test('commands, flags and known values complete', async () => {
  assert.deepEqual(await completed('net'), ['network']);
  assert.deepEqual(await completed('sta'), ['status']);
  assert.deepEqual(await completed('status -f ""'), ['json', 'table']);
  assert.deepEqual(await completed('network se'), ['segment', 'set']);
  assert.deepEqual(await completed('security group ru'), ['rule']);
  assert.deepEqual(await completed('security group rule ""'), ['create', 'delete', 'help', 'list', 'show']);
  assert.deepEqual(await completed('router add ""'), ['gateway', 'help', 'port', 'route', 'subnet']);
  assert.deepEqual(await completed('subnet create --ipv6-'), ['--ipv6-address-mode', '--ipv6-ra-mode']);
  assert.deepEqual(await completed('subnet create --ipv6-ra-mode dh'), [
    'dhcpv6-stateful',
    'dhcpv6-stateless',
  ]);
  assert.deepEqual(await completed('network list -f ""'), ['csv', 'json', 'table', 'value', 'yaml']);
});

test("a flag's value is not taken for a command", async () => {
  assert.deepEqual(await completed('--endpoint network port li'), ['list']);
});

test('each shell has its script', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    assert.match((await sextant(nowhere, `completion ${shell}`)).out, /sextant complete --/, shell);
  }
  assert.equal((await sextant(nowhere, 'completion tcsh')).status, 2);
});
