import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeOfPhysicalNetwork, type Chassis, ChassisError, chassisOperations } from './chassis.ts';

const chassis: Chassis = {
  systemId: 'c1',
  southbound: 'unix:/run/sb.sock',
  tunnelAddress: '::1',
  datapath: 'netdev',
  physicalNetworks: ['physnet1', 'phys.2'],
};

test('the bridge of a physical network fits into the name of a device and is not one of ours', () => {
  assert.equal(bridgeOfPhysicalNetwork('physnet1'), 'br-physnet1');
  for (const name of ['', 'thirteenchars', 'a/b', 'a,b', 'a:b', 'int', 'vif']) {
    assert.throws(() => bridgeOfPhysicalNetwork(name), ChassisError, name);
  }
});

test('an empty database gets its root row and every bridge with its local port', () => {
  const operations = chassisOperations(chassis, new Set(), false);
  assert.deepEqual(operations[0], { op: 'insert', table: 'Open_vSwitch', row: {} });
  const bridges = operations.filter(({ op, table }) => op === 'insert' && table === 'Bridge');
  assert.deepEqual(
    bridges.map(({ row }) => row),
    [
      { name: 'br-int', ports: ['named-uuid', 'Port_0'], datapath_type: 'netdev', fail_mode: 'secure' },
      { name: 'br-vif', ports: ['named-uuid', 'Port_1'], datapath_type: 'netdev', fail_mode: 'secure' },
      {
        name: 'br-physnet1',
        ports: ['named-uuid', 'Port_2'],
        datapath_type: 'netdev',
        fail_mode: 'standalone',
      },
      {
        name: 'br-phys.2',
        ports: ['named-uuid', 'Port_3'],
        datapath_type: 'netdev',
        fail_mode: 'standalone',
      },
    ],
  );
});

test('bridges that are there are updated, and nothing is inserted again', () => {
  const present = new Set(['br-int', 'br-vif', 'br-physnet1', 'br-phys.2', 'br-foreign']);
  const operations = chassisOperations(chassis, present, true);
  assert.deepEqual(
    operations.filter(({ op }) => op === 'insert'),
    [],
  );
  assert.equal(operations.filter(({ op, table }) => op === 'update' && table === 'Bridge').length, 4);
});

test('settings replace earlier values of the same keys only', () => {
  const mutations = chassisOperations(chassis, new Set(), true)
    .filter(({ op }) => op === 'mutate')
    .flatMap(({ mutations }) => mutations as [string, string, [string, unknown[]]][]);
  const [removed, inserted] = mutations.filter(([column]) => column === 'external_ids');
  assert.ok(removed && inserted);
  assert.equal(removed[1], 'delete');
  const settings = new Map(inserted[2][1] as [string, string][]);
  assert.deepEqual(removed[2], ['set', [...settings.keys()]]);
  assert.equal(settings.get('ovn-bridge-mappings'), 'physnet1:br-physnet1,phys.2:br-phys.2');
  assert.equal(settings.get('ovn-remote'), 'unix:/run/sb.sock');
});
