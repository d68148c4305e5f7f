/** A machine whose switch has the datapath in userspace, and a service that has tunnels encrypted. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { LabHosts } from '../../src/cli/lab-hosts.ts';
import { usableDatapath } from '../../src/engine/index.ts';
import { afterwards } from '../support/afterwards.ts';
import { makeToken, silent } from './support.ts';

test('a machine that cannot encrypt does not become a host, is told why, and is left as it was', async (t) => {
  const world = await LabHosts.open(silent, 6, { SEXTANT_ENGINE_ENCRYPTION: 'ipsec' });
  afterwards(t, () => world[Symbol.asyncDispose]());
  const machine = world.fabric.machine('h1');
  const token = await makeToken(world);
  const joined = world.joinAs(machine, token);
  if ((await usableDatapath(machine.namespace, '/usr')) === 'system') return void (await joined);
  await assert.rejects(
    joined,
    /host h1 cannot have its own so: its switch has the datapath in userspace.*modprobe/s,
  );
  assert.ok(!existsSync(world.stateOf(machine)));
  assert.equal((await world.client.show('host_token', token.split('.')[0]!)).used, 0);
  assert.deepEqual(await world.client.list('agent', { host: 'h1' }), []);

  const gre = { 'provider:network_type': 'gre' } as const;
  await assert.rejects(world.client.create('network', gre), /hosts cannot encrypt GRE over IPv6/);
  assert.equal((await world.client.create('network', {})).mtu, 1385);
  await assert.rejects(world.client.create('network', { mtu: 1386 }), /1385/);
});
