import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridgeOfPhysicalNetwork,
  type Chassis,
  ChassisError,
  chassisOperations,
  type OvsdbOperation,
  type PresentSwitch,
} from './chassis.ts';

const chassis: Chassis = {
  systemId: 'c1',
  southbound: 'unix:/run/sb.sock',
  tunnelAddress: '::1',
  datapath: 'netdev',
  physicalNetworks: ['physnet1', 'phys.2'],
};

const nothing: PresentSwitch = { bridges: new Set(), mappings: undefined, configured: true };

test('the bridge of a physical network fits into the name of a device and is not one of ours', () => {
  assert.equal(bridgeOfPhysicalNetwork('physnet1'), 'br-physnet1');
  for (const name of ['', 'thirteenchars', 'a/b', 'a,b', 'a:b', 'int', 'vif', 'overlay', 'nptv6']) {
    assert.throws(() => bridgeOfPhysicalNetwork(name), ChassisError, name);
  }
});

test('an empty database gets its root row and every bridge with its local port', () => {
  const operations = chassisOperations(chassis, { ...nothing, configured: false });
  assert.deepEqual(operations[0], { op: 'insert', table: 'Open_vSwitch', row: {} });
  const bridges = operations.filter(({ op, table }) => op === 'insert' && table === 'Bridge');
  assert.deepEqual(
    bridges.map(({ row }) => row),
    [
      { name: 'br-int', ports: ['named-uuid', 'Port_0'], datapath_type: 'netdev', fail_mode: 'secure' },
      { name: 'br-vif', ports: ['named-uuid', 'Port_1'], datapath_type: 'netdev', fail_mode: 'secure' },
      { name: 'br-overlay', ports: ['named-uuid', 'Port_2'], datapath_type: 'netdev', fail_mode: 'secure' },
      { name: 'br-nptv6', ports: ['named-uuid', 'Port_3'], datapath_type: 'netdev', fail_mode: 'secure' },
      {
        name: 'br-physnet1',
        ports: ['named-uuid', 'Port_4'],
        datapath_type: 'netdev',
        fail_mode: 'standalone',
      },
      {
        name: 'br-phys.2',
        ports: ['named-uuid', 'Port_5'],
        datapath_type: 'netdev',
        fail_mode: 'standalone',
      },
    ],
  );
});

test('bridges that are there are updated, and nothing is inserted again', () => {
  const present = new Set([
    ...['br-int', 'br-vif', 'br-overlay', 'br-nptv6'],
    ...['br-physnet1', 'br-phys.2', 'br-foreign'],
  ]);
  const operations = chassisOperations(chassis, { ...nothing, bridges: present });
  assert.deepEqual(
    operations.filter(({ op }) => op === 'insert'),
    [],
  );
  assert.equal(operations.filter(({ op, table }) => op === 'update' && table === 'Bridge').length, 6);
});

/** What is done to external_ids, and the values that are put in there. */
function settingsIn(operations: readonly OvsdbOperation[]) {
  const mutations = operations
    .filter(({ op }) => op === 'mutate')
    .flatMap(({ mutations }) => mutations as [string, string, [string, unknown[]]][]);
  const [removed, inserted] = mutations.filter(([column]) => column === 'external_ids');
  assert.ok(removed && inserted);
  return { removed, settings: new Map(inserted[2][1] as [string, string][]) };
}

test('settings replace earlier values of the same keys only', () => {
  const { removed, settings } = settingsIn(chassisOperations(chassis, nothing));
  assert.equal(removed[1], 'delete');
  assert.deepEqual(removed[2], ['set', [...settings.keys()]]);
  assert.equal(
    settings.get('ovn-bridge-mappings'),
    'physnet1:br-physnet1,phys.2:br-phys.2,sextant-overlay:br-overlay',
  );
  assert.equal(settings.get('ovn-remote'), 'unix:/run/sb.sock');
});

test('what routers send from one of several hosts has a MAC address of that host on each physical network', () => {
  const macsOf = (systemId: string): string[] => {
    const among: Chassis = { ...chassis, systemId, peers: { hostname: 'h1', devices: {} } };
    const { settings } = settingsIn(chassisOperations(among, nothing));
    const mappings = settings.get('ovn-chassis-mac-mappings')!.split(',');
    assert.deepEqual(
      mappings.map((mapping) => mapping.split(':')[0]),
      ['physnet1', 'phys.2'],
    );
    return mappings.map((mapping) => mapping.slice(mapping.indexOf(':') + 1));
  };
  const macs = [...macsOf('h1'), ...macsOf('h2')];
  for (const mac of macs) assert.match(mac, /^02(:[0-9a-f]{2}){5}$/);
  assert.equal(new Set(macs).size, 4);
  assert.deepEqual(macsOf('h1'), macs.slice(0, 2), 'the same whenever it is asked for');
});

test('a machine that has mappings keeps them, and gets that of overlays once', () => {
  const own: Chassis = { ...chassis, physicalNetworks: 'as they are' };
  let mappings = 'dc:br-dc,wan:br-wan';
  for (let times = 0; times < 2; times++) {
    mappings = settingsIn(chassisOperations(own, { ...nothing, mappings })).settings.get(
      'ovn-bridge-mappings',
    )!;
    assert.equal(mappings, 'dc:br-dc,wan:br-wan,sextant-overlay:br-overlay');
  }
});
