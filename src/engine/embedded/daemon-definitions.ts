/** The daemons of an embedded engine: how each is called, and how to tell that it does its work. */
import { setTimeout as delay } from 'node:timers/promises';
import { jsonRpcCall, transactOnce } from '../../ovsdb/index.ts';
import type { OvsdbOperation } from '../../switch/index.ts';
import type { DaemonDefinition } from './daemon.ts';
import { type DatabaseDefinition, NORTHBOUND, SOUTHBOUND, SWITCH } from './databases.ts';
import { searchPath } from './programs.ts';
import type { EnginePaths } from './state-directory.ts';

/** Names of the daemons' pid files, control sockets and logs; the OVS tools know those of the last two. */
export type DaemonName =
  | 'northbound'
  | 'southbound'
  | 'switch'
  | 'ovn-northd'
  | 'ovs-vswitchd'
  | 'ovn-controller';

/**
 * Niceness of northd. Under a burst of changes it would take a processor for itself, and who asked for the changes
 * would wait for the answers. Not of ovn-controller: it answers instances' RS, DHCP and ND.
 */
const BACKGROUND = 10;

/** The file that a daemon logs to. */
export const daemonLog = ({ logs }: EnginePaths, name: DaemonName): string => `${logs}/${name}.log`;

/** Database sockets, by the names under which the tools look for them in OVN_RUNDIR and OVS_RUNDIR. */
export function databaseSockets(
  run: string,
): Record<'northbound' | 'southbound' | 'switch' | 'ovnView', string> {
  return {
    northbound: `${run}/ovnnb_db.sock`,
    southbound: `${run}/ovnsb_db.sock`,
    switch: `${run}/db.sock`,
    // What ovn-controller is given instead of the last one.
    ovnView: `${run}/ovn-view.sock`,
  };
}

/** Database files. */
export function databaseFiles(state: string): { northbound: string; southbound: string; switch: string } {
  return {
    northbound: `${state}/northbound.db`,
    southbound: `${state}/southbound.db`,
    switch: `${state}/switch.db`,
  };
}

/**
 * @param prefix of the programs
 * @param namespace network namespace of the switch; null is the machine's
 * @param systemId the chassis' name
 */
export function daemonDefinitions(
  paths: EnginePaths,
  prefix: string,
  namespace: string | null,
  systemId: string,
): Record<DaemonName, DaemonDefinition> {
  const sockets = databaseSockets(paths.run);
  const files = databaseFiles(paths.state);

  const common = (name: DaemonName) => ({
    name,
    environment: { PATH: searchPath(prefix), ...environment(paths) },
    log: daemonLog(paths, name),
    control: (pid: number) => `${paths.run}/${name}.${pid}.ctl`,
    exit: ['exit'] as const,
    niceness: 0,
  });
  const options = (name: DaemonName) => [
    `--pidfile=${paths.run}/${name}.pid`,
    `--log-file=${daemonLog(paths, name)}`,
    '-vconsole:emer',
    '-vsyslog:off',
  ];
  const database = (
    name: 'northbound' | 'southbound' | 'switch',
    { title, database }: DatabaseDefinition,
    where: string | null,
  ): DaemonDefinition => ({
    ...common(name),
    title,
    namespace: where,
    command: [
      'ovsdb-server',
      ...options(name),
      `--unixctl=${paths.run}/${name}.ctl`,
      `--remote=punix:${sockets[name]}`,
      files[name],
    ],
    control: () => `${paths.run}/${name}.ctl`,
    ready: async (_pid, signal) => {
      const databases = (await jsonRpcCall(sockets[name], 'list_dbs', [], signal)) as string[];
      return databases.includes(database);
    },
  });

  return {
    northbound: database('northbound', NORTHBOUND, null),
    southbound: database('southbound', SOUTHBOUND, null),
    switch: database('switch', SWITCH, namespace),
    'ovn-northd': {
      ...common('ovn-northd'),
      title: 'northd',
      namespace: null,
      niceness: BACKGROUND,
      command: [
        'ovn-northd',
        ...options('ovn-northd'),
        `--ovnnb-db=unix:${sockets.northbound}`,
        `--ovnsb-db=unix:${sockets.southbound}`,
      ],
      ready: async (pid, signal) => {
        const status = await jsonRpcCall(`${paths.run}/ovn-northd.${pid}.ctl`, 'status', [], signal);
        return String(status).includes('active') && (await southboundIsBegun(sockets.southbound, signal));
      },
    },
    'ovs-vswitchd': {
      ...common('ovs-vswitchd'),
      title: 'switch',
      namespace,
      command: ['ovs-vswitchd', ...options('ovs-vswitchd'), `unix:${sockets.switch}`],
      exit: ['exit', '--cleanup'],
      ready: (_pid, signal) => switchIsConfigured(sockets.switch, signal),
    },
    'ovn-controller': {
      ...common('ovn-controller'),
      title: 'OVN controller',
      namespace,
      command: ['ovn-controller', ...options('ovn-controller'), `unix:${sockets.ovnView}`],
      ready: async (pid, signal) => {
        const control = `${paths.run}/ovn-controller.${pid}.ctl`;
        const status = await jsonRpcCall(control, 'connection-status', [], signal);
        return (
          String(status).trim() === 'connected' &&
          (await chassisIsKnown(sockets.southbound, systemId, signal))
        );
      },
    },
  };
}

/** Directories that OVS and OVN would take from the system's otherwise. */
function environment({ run, logs, state }: EnginePaths): Record<string, string> {
  return Object.fromEntries(
    ['OVS', 'OVN'].flatMap((prefix) => [
      [`${prefix}_RUNDIR`, run],
      [`${prefix}_LOGDIR`, logs],
      [`${prefix}_DBDIR`, state],
      [`${prefix}_SYSCONFDIR`, state],
    ]),
  );
}

/**
 * Whether ovs-vswitchd has done what the database says at this moment: it copies `next_cfg` to `cur_cfg` then
 * (ovs-vswitchd.conf.db(5)). Raising `next_cfg` first tells this process's work from a predecessor's.
 */
async function switchIsConfigured(socket: string, signal: AbortSignal): Promise<boolean> {
  const table = 'Open_vSwitch';
  const select = (columns: string[]): OvsdbOperation => ({ op: 'select', table, where: [], columns });
  const raise: OvsdbOperation = { op: 'mutate', table, where: [], mutations: [['next_cfg', '+=', 1]] };
  const counter = async (operations: OvsdbOperation[], column: 'next_cfg' | 'cur_cfg') => {
    const results = await transactOnce(socket, 'Open_vSwitch', operations, signal);
    const rows = results.at(-1)?.rows as Record<typeof column, number>[];
    return rows[0]?.[column] ?? 0;
  };
  const wanted = await counter([raise, select(['next_cfg'])], 'next_cfg');
  while ((await counter([select(['cur_cfg'])], 'cur_cfg')) < wanted) await delay(5, undefined, { signal });
  return true;
}

/** Whether northd has written the row that a southbound database has once: OVN 23.03's controller crashes without. */
async function southboundIsBegun(socket: string, signal: AbortSignal): Promise<boolean> {
  const select = { op: 'select', table: 'SB_Global', where: [], columns: ['_uuid'] };
  const [result] = await transactOnce(socket, 'OVN_Southbound', [select], signal);
  return (result?.rows as unknown[]).length > 0;
}

async function chassisIsKnown(socket: string, name: string, signal: AbortSignal): Promise<boolean> {
  const select = { op: 'select', table: 'Chassis', where: [['name', '==', name]], columns: ['name'] };
  const [result] = await transactOnce(socket, 'OVN_Southbound', [select], signal);
  return (result?.rows as unknown[]).length > 0;
}
