/**
 * What makes a machine a chassis of OVN: the settings and the bridges in its Open_vSwitch database.
 * Pure: facts in, OVSDB operations (RFC 7047 section 5.2) out.
 */

import { hash } from 'node:crypto';

/** OVN's integration bridge. */
export const INTEGRATION_BRIDGE = 'br-int';
/** The guard bridge: instances plug here, and patch ports lead on to the integration bridge. */
export const INSTANCE_BRIDGE = 'br-vif';

/** The bridge that tunnels end on in the userspace datapath. */
export const UNDERLAY_BRIDGE = 'br-underlay';
/** The bridge by which networks that are carried in tunnels of their own, VXLAN or GRE, leave the host. */
export const OVERLAY_BRIDGE = 'br-overlay';
/** What OVN takes overlays for: a physical network of this name, on that bridge. */
export const OVERLAY_NETWORK = 'sextant-overlay';
/** The bridge by which packets of routers that have prefixes translated go, and come back. */
export const TRANSLATION_BRIDGE = 'br-nptv6';
const OWN_BRIDGES: readonly string[] = [
  INTEGRATION_BRIDGE,
  INSTANCE_BRIDGE,
  UNDERLAY_BRIDGE,
  OVERLAY_BRIDGE,
  TRANSLATION_BRIDGE,
];

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
  /** Physical networks that the machine reaches, each by a bridge of its own; or those that it was told otherwise. */
  physicalNetworks: readonly string[] | 'as they are';
  /** What makes it one of several hosts; left out for one that is alone. */
  peers?: ChassisPeers;
}

/** How a chassis is one of several. */
export interface ChassisPeers {
  /** What the southbound database calls its machine. */
  readonly hostname: string;
  /** The devices by which physical networks are reached, by network. */
  readonly devices: Readonly<Record<string, string>>;
  /**
   * The device that leads to the other hosts, where the switch has to have it: the userspace datapath ends tunnels on a
   * bridge.
   */
  readonly underlay?: string | undefined;
}

/** Seconds of silence after which ovn-controller asks whether the database is there: it may be cut off. */
const PROBE_SECONDS = 5;

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
  if (OWN_BRIDGES.includes(bridge)) {
    throw new ChassisError(
      `physical network '${physicalNetwork}' would share the bridge ${bridge} with OVN: choose another name`,
    );
  }
  return bridge;
}

/** What an Open_vSwitch database has, as far as it matters to what is added. */
export interface PresentSwitch {
  /** Names of the bridges. */
  readonly bridges: ReadonlySet<string>;
  /** The bridge of each physical network, as `ovn-bridge-mappings` has them; undefined when nothing says so. */
  readonly mappings: string | undefined;
  /** Whether there is the one row in table Open_vSwitch. */
  readonly configured: boolean;
}

/**
 * The operations that bring an Open_vSwitch database to what the chassis needs, leaving everything else in it.
 * Repeating them changes nothing.
 */
export function chassisOperations(
  chassis: Chassis,
  { bridges: present, mappings, configured }: PresentSwitch,
): OvsdbOperation[] {
  const root: OvsdbOperation[] = configured ? [] : [{ op: 'insert', table: 'Open_vSwitch', row: {} }];
  return [
    ...root,
    ...settings('external_ids', externalIds(chassis, mappings)),
    // The userspace datapath drops what comes with it to a tunnel.
    ...settings('other_config', {
      'userspace-tso-enable': String(chassis.datapath === 'netdev' && chassis.peers === undefined),
    }),
    ...bridges(chassis).flatMap(({ name, failMode, device }, index) => {
      const columns = { datapath_type: chassis.datapath, fail_mode: failMode };
      return present.has(name)
        ? [{ op: 'update', table: 'Bridge', where: [['name', '==', name]], row: columns }]
        : newBridge(name, columns, index, device);
    }),
  ];
}

/** Settings of ovn-controller (ovn-controller(8)). */
function externalIds(chassis: Chassis, mappings: string | undefined): Record<string, string> {
  const { peers } = chassis;
  return {
    'system-id': chassis.systemId,
    'ovn-remote': chassis.southbound,
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': chassis.tunnelAddress,
    'ovn-bridge': INTEGRATION_BRIDGE,
    'ovn-bridge-mappings': mappingsOf(chassis, mappings).join(','),
    ...(peers === undefined
      ? ALONE
      : {
          ...AMONG_OTHERS,
          hostname: peers.hostname,
          'ovn-chassis-mac-mappings': macMappingsOf(chassis, mappings).join(','),
        }),
  };
}

/**
 * What routers send to a physical network from here has this MAC address for the cables: each host is the same router
 * there, and switches must not look for that on the one that was heard last.
 */
function macMappingsOf(chassis: Chassis, mappings: string | undefined): string[] {
  return mappingsOf(chassis, mappings).flatMap((mapping) => {
    const [network] = mapping.split(':');
    if (network === undefined || network === OVERLAY_NETWORK) return [];
    const digits = hash('sha256', `${chassis.systemId} ${network}`).slice(0, 10);
    return `${network}:02:${digits.replace(/..(?=.)/g, '$&:')}`;
  });
}

/** The bridge of each physical network, and that of overlays, which OVN takes for one. */
function mappingsOf({ physicalNetworks }: Chassis, mappings = ''): string[] {
  const overlays = `${OVERLAY_NETWORK}:${OVERLAY_BRIDGE}`;
  const others =
    physicalNetworks === 'as they are'
      ? mappings.split(',').filter((mapping) => mapping !== '' && mapping !== overlays)
      : physicalNetworks.map((network) => `${network}:${bridgeOfPhysicalNetwork(network)}`);
  return [...others, overlays];
}

const ALONE = {
  // Monitoring everything spares a round trip to the database for every port that comes up.
  'ovn-monitor-all': 'true',
  // Both peers are on this machine: a dead one shows by its closed socket, a slow one must not be given up.
  'ovn-remote-probe-interval': '0',
  'ovn-openflow-probe-interval': '0',
};

const AMONG_OTHERS = {
  // What a host keeps and wakes up for is what its own networks are, not the cloud.
  'ovn-monitor-all': 'false',
  'ovn-remote-probe-interval': String(PROBE_SECONDS * 1_000),
  // One that is started again leaves the flows that are there until it knows what is to be, give or take: it is told by
  // and by, and would forward nothing meanwhile.
  'ovn-ofctrl-wait-before-clear': '2000',
  'ovn-openflow-probe-interval': '0',
};

interface WantedBridge {
  readonly name: string;
  readonly failMode: 'secure' | 'standalone';
  /** A device of the machine that is to be a port of it. */
  readonly device?: string | undefined;
}

function bridges({ physicalNetworks, peers }: Chassis): WantedBridge[] {
  return [
    { name: INTEGRATION_BRIDGE, failMode: 'secure' },
    { name: INSTANCE_BRIDGE, failMode: 'secure' },
    { name: OVERLAY_BRIDGE, failMode: 'secure' },
    { name: TRANSLATION_BRIDGE, failMode: 'secure' },
    ...(peers?.underlay === undefined
      ? []
      : [{ name: UNDERLAY_BRIDGE, failMode: 'standalone', device: peers.underlay } as const]),
    ...(typeof physicalNetworks === 'string' ? [] : physicalNetworks).map((physicalNetwork) => ({
      name: bridgeOfPhysicalNetwork(physicalNetwork),
      failMode: 'standalone' as const,
      device: peers?.devices[physicalNetwork],
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

/**
 * A bridge with its local port, and with a device if there is one. `index` keeps the bridges of one transaction apart.
 */
function newBridge(
  name: string,
  columns: Record<string, string>,
  index: number,
  device: string | undefined,
): OvsdbOperation[] {
  const insert = (table: string, row: Record<string, unknown>, key = `${table}_${index}`): OvsdbOperation => {
    return { op: 'insert', table, 'uuid-name': key, row };
  };
  const reference = (key: string) => ['named-uuid', key];
  const local = reference(`Port_${index}`);
  const further =
    device === undefined
      ? []
      : [
          insert('Interface', { name: device }, `Interface_${index}_device`),
          insert(
            'Port',
            { name: device, interfaces: reference(`Interface_${index}_device`) },
            `Port_${index}_device`,
          ),
        ];
  const ports = device === undefined ? local : ['set', [local, reference(`Port_${index}_device`)]];
  return [
    insert('Interface', { name, type: 'internal' }),
    insert('Port', { name, interfaces: reference(`Interface_${index}`) }),
    ...further,
    insert('Bridge', { name, ports, ...columns }),
    {
      op: 'mutate',
      table: 'Open_vSwitch',
      where: [],
      mutations: [['bridges', 'insert', reference(`Bridge_${index}`)]],
    },
  ];
}
