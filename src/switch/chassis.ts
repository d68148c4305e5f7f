/**
 * What makes a machine a chassis of OVN: the settings and the bridges in its Open_vSwitch database.
 * Pure: facts in, OVSDB operations (RFC 7047 section 5.2) out.
 */

/** OVN's integration bridge. */
export const INTEGRATION_BRIDGE = 'br-int';
/** The guard bridge: instances plug here, and patch ports lead on to the integration bridge. */
export const INSTANCE_BRIDGE = 'br-vif';

/** How a machine takes part in OVN. */
export interface Chassis {
  /** The chassis' name in the southbound database. */
  systemId: string;
  /** OVSDB remote of the southbound database. */
  southbound: string;
  /** Address on which tunnels end, IPv6 or IPv4. */
  tunnelAddress: string;
  /** `system` is the kernel's datapath, `netdev` the one in userspace. */
  datapath: 'system' | 'netdev';
  /** Physical networks that the machine reaches; each gets a bridge of its own. */
  physicalNetworks: readonly string[];
}

/** An OVSDB operation in its JSON form. */
export type OvsdbOperation = { op: string; table: string } & Record<string, unknown>;

/** A chassis that cannot be set up as asked. */
export class ChassisError extends Error {
  override readonly name = 'ChassisError';
}

/**
 * The bridge of a physical network.
 * @throws ChassisError when the name cannot be part of the name of a network device
 */
export function bridgeOfPhysicalNetwork(physicalNetwork: string): string {
  const bridge = `br-${physicalNetwork}`;
  if (!/^[A-Za-z0-9_.-]{1,12}$/.test(physicalNetwork)) {
    throw new ChassisError(
      `physical network '${physicalNetwork}' cannot have a bridge: choose a name of 1 to 12 letters, digits, '.', '_' and '-'`,
    );
  }
  if (bridge === INTEGRATION_BRIDGE || bridge === INSTANCE_BRIDGE) {
    throw new ChassisError(
      `physical network '${physicalNetwork}' would share the bridge ${bridge} with OVN: choose another name`,
    );
  }
  return bridge;
}

/**
 * The operations that bring an Open_vSwitch database to what the chassis needs, leaving everything else in it.
 * Repeating them changes nothing.
 * @param present names of the bridges that the database has
 * @param configured whether the database has its one row in table Open_vSwitch
 */
export function chassisOperations(
  chassis: Chassis,
  present: ReadonlySet<string>,
  configured: boolean,
): OvsdbOperation[] {
  const root: OvsdbOperation[] = configured ? [] : [{ op: 'insert', table: 'Open_vSwitch', row: {} }];
  return [
    ...root,
    ...settings('external_ids', externalIds(chassis)),
    ...settings('other_config', { 'userspace-tso-enable': String(chassis.datapath === 'netdev') }),
    ...bridges(chassis).flatMap(({ name, failMode }, index) => {
      const columns = { datapath_type: chassis.datapath, fail_mode: failMode };
      return present.has(name)
        ? [{ op: 'update', table: 'Bridge', where: [['name', '==', name]], row: columns }]
        : newBridge(name, columns, index);
    }),
  ];
}

/** Settings of ovn-controller (ovn-controller(8)) for a chassis whose databases are near. */
function externalIds(chassis: Chassis): Record<string, string> {
  return {
    'system-id': chassis.systemId,
    'ovn-remote': chassis.southbound,
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': chassis.tunnelAddress,
    'ovn-bridge': INTEGRATION_BRIDGE,
    'ovn-bridge-mappings': chassis.physicalNetworks
      .map((physicalNetwork) => `${physicalNetwork}:${bridgeOfPhysicalNetwork(physicalNetwork)}`)
      .join(','),
    // Monitoring everything spares a round trip to the database for every port that comes up.
    'ovn-monitor-all': 'true',
    // Both peers are on this machine: a dead one shows by its closed socket, a slow one must not be given up.
    'ovn-remote-probe-interval': '0',
    'ovn-openflow-probe-interval': '0',
  };
}

function bridges(chassis: Chassis): { name: string; failMode: 'secure' | 'standalone' }[] {
  return [
    { name: INTEGRATION_BRIDGE, failMode: 'secure' },
    { name: INSTANCE_BRIDGE, failMode: 'secure' },
    ...chassis.physicalNetworks.map((physicalNetwork) => ({
      name: bridgeOfPhysicalNetwork(physicalNetwork),
      failMode: 'standalone' as const,
    })),
  ];
}

/** Sets keys of a map column of the Open_vSwitch row. `insert` leaves a key that is there, hence `delete` first. */
function settings(column: string, values: Record<string, string>): OvsdbOperation[] {
  const keys = ['set', Object.keys(values)];
  const mutations = [
    [column, 'delete', keys],
    [column, 'insert', ['map', Object.entries(values)]],
  ];
  return [{ op: 'mutate', table: 'Open_vSwitch', where: [], mutations }];
}

/** A bridge with its local port. `index` keeps the bridges of one transaction apart. */
function newBridge(name: string, columns: Record<string, string>, index: number): OvsdbOperation[] {
  const insert = (table: string, row: Record<string, unknown>): OvsdbOperation => {
    return { op: 'insert', table, 'uuid-name': `${table}_${index}`, row };
  };
  const reference = (table: string) => ['named-uuid', `${table}_${index}`];
  return [
    insert('Interface', { name, type: 'internal' }),
    insert('Port', { name, interfaces: reference('Interface') }),
    insert('Bridge', { name, ports: reference('Port'), ...columns }),
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'insert', reference('Bridge')]],
    },
  ];
}
