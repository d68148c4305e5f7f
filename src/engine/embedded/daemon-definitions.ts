/** The daemons of an embedded engine: how each is called, and how to tell that it does its work. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { jsonRpcCall, type TlsFiles, transactOnce } from '../../ovsdb/index.ts';
import { OVN_VIEW_PROGRAM, type OvsdbOperation } from '../../switch/index.ts';
import { attendantDefinition } from './attendant.ts';
import type { DaemonDefinition } from './daemon.ts';
import { controlOf, type DaemonName, type DatabaseName, daemonLog, exitOf } from './daemon-names.ts';
import {
  type DatabaseDefinition,
  installedSchema,
  NORTHBOUND,
  prepareDatabase,
  SOUTHBOUND,
  SWITCH,
} from './databases.ts';
import { type HostsListener, TLS_SETTINGS } from './listen-for-hosts.ts';
import { searchPath } from './programs.ts';
import { type EnginePaths, processMark } from './state-directory.ts';

/**
 * Niceness of northd. Under a burst of changes it would take a processor for itself, and who asked for the changes
 * would wait for the answers. Not of ovn-controller: it answers instances' RS, DHCP and ND.
 */
const BACKGROUND = 10;

const READY_WITHIN_MS = 60_000;

/** Where the southbound database listens beside its socket, and in which role whoever comes there is: its own rows say. */
const LISTENERS = '--remote=db:OVN_Southbound,SB_Global,connections';

/** Database sockets, by the names under which the tools look for them in OVN_RUNDIR and OVS_RUNDIR. */
export function databaseSockets(run: string): Record<DatabaseName | 'ovnView', string> {
  return {
    northbound: `${run}/ovnnb_db.sock`,
    southbound: `${run}/ovnsb_db.sock`,
    switch: `${run}/db.sock`,
    // What ovn-controller is given instead of the last one.
    ovnView: `${run}/ovn-view.sock`,
  };
}

/** Database files. */
export function databaseFiles(state: string): Record<DatabaseName, string> {
  return {
    northbound: `${state}/northbound.db`,
    southbound: `${state}/southbound.db`,
    switch: `${state}/switch.db`,
  };
}

export interface DefinitionOptions {
  readonly paths: EnginePaths;
  /** Prefix of the programs. */
  readonly prefix: string;
  /** Network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
  /** The chassis' name. */
  readonly systemId: string;
  /** Whether the daemons go on when this process ends. */
  readonly outlives: boolean;
  /** How the southbound database listens for hosts on other machines, where there are any. */
  readonly hosts?: Pick<HostsListener, 'namespace' | 'tls'> | undefined;
  /** With what the controller shows itself to a southbound database elsewhere; left out, that is one of these here. */
  readonly remoteTls?: TlsFiles | undefined;
  /** The switch, where it is none of these daemons: those of the machine. */
  readonly machineSwitch?: MachineSwitch | undefined;
  readonly log: Logger;
}

/** The Open vSwitch that a machine has by itself. */
export interface MachineSwitch {
  /** Path of its database's unix socket. */
  readonly database: string;
  /** Directory of its sockets, OVS_RUNDIR. */
  readonly rundir: string;
}

export function daemonDefinitions(options: DefinitionOptions): Record<DaemonName, DaemonDefinition> {
  const { paths, prefix, namespace, systemId, outlives, hosts, remoteTls, machineSwitch, log } = options;
  const { run } = paths;
  const sockets = databaseSockets(run);
  const switchSocket = machineSwitch?.database ?? sockets.switch;
  const files = databaseFiles(paths.state);

  const common = (name: DaemonName) => ({
    name,
    run,
    environment: { PATH: searchPath(prefix), ...environment(paths) },
    log: daemonLog(paths, name),
    control: controlOf(run, name),
    ask: (pid: number, signal: AbortSignal) => jsonRpcCall(controlOf(run, name)(pid), 'version', [], signal),
    exit: exitOf(name),
    niceness: 0,
    outlives,
    readyWithinMs: READY_WITHIN_MS,
  });
  const words = (name: DaemonName) => [
    processMark.pidFile(run, name),
    `--log-file=${daemonLog(paths, name)}`,
    '-vconsole:emer',
    '-vsyslog:off',
  ];
  const database = (
    name: DatabaseName,
    definition: DatabaseDefinition,
    where: string | null,
  ): DaemonDefinition => ({
    ...common(name),
    title: definition.title,
    // A server that runs does not know of a newer schema: another one is to be started on the converted file.
    environment: { ...common(name).environment, SEXTANT_SCHEMA: installedSchema(definition, prefix) },
    namespace: where,
    command: [
      'ovsdb-server',
      ...words(name),
      `--unixctl=${run}/${name}.ctl`,
      `--remote=punix:${sockets[name]}`,
      files[name],
    ],
    prepare: () => prepareDatabase(files[name], definition, prefix, log),
    ready: async (_pid, signal) => {
      const databases = (await jsonRpcCall(sockets[name], 'list_dbs', [], signal)) as string[];
      return databases.includes(definition.database);
    },
  });

  const southbound = database('southbound', SOUTHBOUND, null);
  return {
    northbound: database('northbound', NORTHBOUND, null),
    southbound: hosts ? listening(southbound, hosts, run) : southbound,
    switch: database('switch', SWITCH, namespace),
    'ovn-northd': {
      ...common('ovn-northd'),
      title: 'northd',
      namespace: null,
      niceness: BACKGROUND,
      command: [
        'ovn-northd',
        ...words('ovn-northd'),
        `--ovnnb-db=unix:${sockets.northbound}`,
        `--ovnsb-db=unix:${sockets.southbound}`,
      ],
      ready: async (pid, signal) => {
        const status = await jsonRpcCall(`${run}/ovn-northd.${pid}.ctl`, 'status', [], signal);
        return String(status).includes('active') && (await southboundIsBegun(sockets.southbound, signal));
      },
    },
    'ovs-vswitchd': {
      ...common('ovs-vswitchd'),
      title: 'switch',
      namespace,
      command: ['ovs-vswitchd', ...words('ovs-vswitchd'), `unix:${sockets.switch}`],
      ready: (_pid, signal) => switchIsConfigured(sockets.switch, signal),
    },
    'ovn-view': {
      ...attendantDefinition(
        {
          name: 'ovn-view',
          title: "OVN's view of the switch",
          command: [process.execPath, OVN_VIEW_PROGRAM, switchSocket, sockets.ovnView],
          environment: {},
          // The answer is the database's, through the relay.
          question: {
            method: 'list_dbs',
            socket: sockets.ovnView,
            isReady: (answer) => (answer as string[]).includes(SWITCH.database),
          },
        },
        options,
      ),
      log: daemonLog(paths, 'ovn-view'),
      readyWithinMs: READY_WITHIN_MS,
    },
    'ovn-controller': {
      ...common('ovn-controller'),
      title: 'OVN controller',
      namespace,
      environment: {
        ...common('ovn-controller').environment,
        ...(machineSwitch && { OVS_RUNDIR: machineSwitch.rundir }),
      },
      command: [
        'ovn-controller',
        ...words('ovn-controller'),
        ...(remoteTls ? tlsFlags(remoteTls) : []),
        `unix:${sockets.ovnView}`,
      ],
      ready: async (pid, signal) => {
        const control = `${run}/ovn-controller.${pid}.ctl`;
        const status = await jsonRpcCall(control, 'connection-status', [], signal);
        // A database elsewhere may be away, and what the switch has been told goes on.
        if (remoteTls) return true;
        return (
          String(status).trim() === 'connected' &&
          (await chassisIsKnown(sockets.southbound, systemId, signal))
        );
      },
    },
  };
}

/** The southbound database when it listens for hosts as well. */
function listening(
  definition: DaemonDefinition,
  { namespace, tls }: Pick<HostsListener, 'namespace' | 'tls'>,
  run: string,
): DaemonDefinition {
  const settings = `${run}/tls.cnf`;
  const [program, ...words] = definition.command;
  return {
    ...definition,
    namespace,
    command: [program, LISTENERS, ...tlsFlags(tls), ...words],
    environment: { ...definition.environment, OPENSSL_CONF: settings },
    prepare: async () => {
      writeFileSync(settings, TLS_SETTINGS);
      await definition.prepare?.();
    },
  };
}

/** The flags by which programs of OVS and OVN are told what they show to their peers, and whom they believe. */
const tlsFlags = ({ privateKey, certificate, caCertificate }: TlsFiles): string[] => [
  `--private-key=${privateKey}`,
  `--certificate=${certificate}`,
  `--ca-cert=${caCertificate}`,
];

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
