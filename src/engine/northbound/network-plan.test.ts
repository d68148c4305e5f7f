import assert from 'node:assert/strict';
import { test } from 'node:test';
import { network } from '../../../test/support/records.ts';
import { RowRef } from '../reconciler/plan.ts';
import { planNetwork } from './network-plan.ts';

test('a network in tunnels is a switch', () => {
  assert.deepEqual(planNetwork(network()), [
    { table: 'Logical_Switch', key: 'switch', columns: { name: 'neutron-n1' } },
  ]);
});

test('a VLAN network also has a port that leads to the physical network, with its tag', () => {
  const [, localnet] = planNetwork(network({ physicalNetwork: 'physnet1', vlan: 200 }));
  assert.deepEqual(localnet, {
    table: 'Logical_Switch_Port',
    key: 'localnet',
    columns: {
      name: 'provnet-n1',
      type: 'localnet',
      addresses: ['unknown'],
      options: { network_name: 'physnet1' },
      tag: 200,
      enabled: true,
    },
    parent: new RowRef('Logical_Switch', 'network/n1', 'switch'),
  });
});

test('a flat network has no tag; one that is down leads nowhere', () => {
  const [, localnet] = planNetwork(network({ physicalNetwork: 'physnet1', adminStateUp: false }));
  assert.equal(localnet?.columns.tag, undefined);
  assert.equal(localnet?.columns.enabled, false);
});
