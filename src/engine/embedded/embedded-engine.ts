/**
 * OVN on this machine alone: private databases, northd, switch and controller under a state directory, on unix
 * sockets. They touch no system-wide Open vSwitch and end with this process, whatever way it ends.
 */
import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { createNamespace, deleteNamespace, namespaceExists } from '../../linux/index.ts';
import { jsonRpcCall, transactOnce } from '../../ovsdb/index.ts';
import { bridgeOfPhysicalNetwork, type Chassis, chassisOperations, OvnView } from '../../switch/index.ts';
import { Daemon } from './daemon.ts';
import {
  type DaemonName,
  daemonDefinitions,
  daemonLog,
  databaseFiles,
  databaseSockets,
} from './daemon-definitions.ts';
import { type DatabaseDefinition, NORTHBOUND, prepareDatabase, SOUTHBOUND, SWITCH } from './databases.ts';
import { switchDaemonHere, usableDatapath } from './datapath.ts';
import { rotateLogs } from './log-rotation.ts';
import {
  type EnginePaths,
  endStaleDaemons,
  lockStateDirectory,
  makeRunDirectory,
  makeStateDirectory,
  StateDirectoryError,
  serviceNamespaceOf,
  systemId,
} from './state-directory.ts';

/** A state directory that this process has for itself. */
export interface StateClaim {
  readonly paths: EnginePaths;
  /** Gives it back, which an engine that was started on it does when it has stopped. */
  release(): void;
}

export interface EmbeddedEngineOptions {
  /** Directory for databases and logs, made when missing, or what `claim` returned for it. One engine at a time uses it. */
  readonly stateDir: string | StateClaim;
  /** Physical networks, each with a bridge `br-<name>` and its mapping. */
  readonly physicalNetworks: readonly string[];
  /** Where the switch and its devices are: in a network namespace of their own, or in the machine's. */
  readonly namespace: 'own' | 'host';
  /** Prefix of OVN's and Open vSwitch's programs and schemas; the system's own when left out. */
  readonly programs?: string;
  readonly log: Logger;
}

/** Tunnels of an only chassis lead nowhere, but OVN demands an address for them. */
const TUNNEL_ADDRESS = '::1';
const LOG_LIMIT = 10 * 1024 * 1024;
const LOG_CHECK_EVERY_MS = 60_000;
/** Whoever needs another daemon stops before it. */
const STOP_ORDER: readonly DaemonName[][] = [
  ['ovn-controller'],
  ['ovs-vswitchd', 'ovn-northd'],
  ['northbound', 'southbound', 'switch'],
];

export class EmbeddedEngine {
  /** OVSDB remote of the northbound database. */
  readonly northbound: string;
  /** OVSDB remote of the southbound database. */
  readonly southbound: string;
  /** OVSDB remote of the switch's database, Open_vSwitch. */
  readonly switchDatabase: string;
  /** The network namespace of the switch; null is the machine's. */
  readonly namespace: string | null;
  /** Name of the network namespace for this host's services. */
  readonly serviceNamespace: string;
  /** The name of its only chassis. */
  readonly chassis: string;
  /** The kernel's datapath or the userspace one; known once it has started. */
  datapath: Chassis['datapath'] = 'netdev';
  /** Directory of the daemons' sockets: OVS_RUNDIR and OVN_RUNDIR for the tools of OVS and OVN. */
  readonly rundir: string;
  /** The log of ovn-controller, which says what ACLs that are logged let through and drop. */
  readonly controllerLog: string;

  readonly #paths: EnginePaths;
  readonly #log: Logger;
  readonly #unlock: () => void;
  readonly #daemons = new Map<DaemonName, Daemon>();
  #ovnView: OvnView | undefined;
  #rotation: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;

  private constructor(paths: EnginePaths, namespace: string | null, log: Logger, unlock: () => void) {
    const sockets = databaseSockets(paths.run);
    this.northbound = `unix:${sockets.northbound}`;
    this.southbound = `unix:${sockets.southbound}`;
    this.switchDatabase = `unix:${sockets.switch}`;
    this.namespace = namespace;
    this.serviceNamespace = serviceNamespaceOf(paths.id);
    this.chassis = systemId(paths.state);
    this.rundir = paths.run;
    this.controllerLog = daemonLog(paths, 'ovn-controller');
    this.#paths = paths;
    this.#log = log;
    this.#unlock = unlock;
  }

  /**
   * Takes a state directory, for whoever has things to do before the engine starts that two must not do at once.
   * @throws StateDirectoryError when another process has it
   */
  static claim(stateDir: string): StateClaim {
    const paths = makeStateDirectory(stateDir);
    const unlock = lockStateDirectory(paths.state);
    let isHeld = true;
    const release = () => {
      if (isHeld) unlock();
      isHeld = false;
    };
    return { paths, release };
  }

  /**
   * Starts an engine and waits until it does its work. Instances that were plugged in when a predecessor crashed
   * are still plugged in.
   * @throws StateDirectoryError when another process uses the state directory, or another switch the namespace
   * @throws ChassisError when a physical network's name cannot be used
   * @throws DatabaseError, ProcessError when a part does not come up; nothing is left running then
   */
  static async start(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
    options.physicalNetworks.forEach(bridgeOfPhysicalNetwork);
    const { stateDir } = options;
    const { paths, release } = typeof stateDir === 'string' ? EmbeddedEngine.claim(stateDir) : stateDir;
    const namespace = options.namespace === 'own' ? paths.id : null;
    const engine = new EmbeddedEngine(paths, namespace, options.log, release);
    try {
      await engine.#bringUp(options.physicalNetworks, options.programs ?? '/usr');
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  /** Ends all daemons and removes the switch's namespace, and with it whatever is plugged in there. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    clearInterval(this.#rotation);
    for (const names of STOP_ORDER) {
      await Promise.all(names.map((name) => this.#daemons.get(name)?.stop()));
    }
    await this.#ovnView?.stop();
    if (this.namespace !== null) deleteNamespace(this.namespace);
    deleteNamespace(this.serviceNamespace);
    rmSync(this.rundir, { recursive: true, force: true });
    this.#unlock();
  }

  async #bringUp(physicalNetworks: readonly string[], prefix: string): Promise<void> {
    const { state, run } = this.#paths;
    const stale = await endStaleDaemons(run);
    if (stale.length > 0) this.#log.warn({ pids: stale }, 'ended daemons that a crashed predecessor left');
    makeRunDirectory(this.#paths);
    this.#prepareNamespace();
    const sockets = databaseSockets(run);
    this.#ovnView = await OvnView.start(sockets.switch, sockets.ovnView);
    const definitions = daemonDefinitions(this.#paths, prefix, this.namespace, this.chassis);
    const start = async (name: DaemonName, ...needed: Promise<unknown>[]) => {
      await Promise.all(needed);
      this.#daemons.set(name, await Daemon.start(definitions[name], this.#log));
    };
    const files = databaseFiles(state);
    const prepare = (file: string, definition: DatabaseDefinition) =>
      prepareDatabase(file, definition, prefix, this.#log);

    // Each part begins as soon as those that it needs are ready.
    const northbound = start('northbound', prepare(files.northbound, NORTHBOUND));
    const southbound = start('southbound', prepare(files.southbound, SOUTHBOUND));
    const northd = start('ovn-northd', northbound, southbound);
    const database = start('switch', prepare(files.switch, SWITCH));
    const settings = database.then(() => this.#setUpChassis(prefix, physicalNetworks));
    const vswitchd = start('ovs-vswitchd', settings);
    // ovn-controller retries only after a second when it finds no switch, and needs what northd writes first.
    const controller = start('ovn-controller', northd, vswitchd);

    // Wait for all of them even when one fails, so that none comes up after the others were stopped.
    const parts = await Promise.allSettled([
      northbound,
      southbound,
      database,
      settings,
      northd,
      vswitchd,
      controller,
    ]);
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
    this.#rotation = setInterval(() => this.#rotateLogs(), LOG_CHECK_EVERY_MS).unref();
  }

  /**
   * Makes the switch's namespace, unless a crashed predecessor's is there with instances plugged in. In a new one
   * the devices that an old switch database names are gone, so that begins anew, too.
   */
  #prepareNamespace(): void {
    if (this.namespace === null) {
      const other = switchDaemonHere();
      if (other === undefined) return;
      throw new StateDirectoryError(
        `another Open vSwitch (ovs-vswitchd, process ${other}) has the machine's network namespace: ` +
          'stop it, or give the engine a namespace of its own',
      );
    }
    if (namespaceExists(this.namespace)) return;
    createNamespace(this.namespace);
    rmSync(databaseFiles(this.#paths.state).switch, { force: true });
  }

  async #setUpChassis(prefix: string, physicalNetworks: readonly string[]): Promise<void> {
    const socket = databaseSockets(this.#paths.run).switch;
    const patience = AbortSignal.timeout(10_000);
    const [roots, bridges] = await transactOnce(
      socket,
      'Open_vSwitch',
      [
        { op: 'select', table: 'Open_vSwitch', where: [], columns: ['_uuid'] },
        { op: 'select', table: 'Bridge', where: [], columns: ['name'] },
      ],
      patience,
    );
    const chassis: Chassis = {
      systemId: this.chassis,
      southbound: this.southbound,
      tunnelAddress: TUNNEL_ADDRESS,
      datapath: await usableDatapath(this.namespace, prefix),
      physicalNetworks,
    };
    const present = new Set((bridges?.rows as { name: string }[]).map((bridge) => bridge.name));
    const configured = (roots?.rows as unknown[]).length > 0;
    await transactOnce(socket, 'Open_vSwitch', chassisOperations(chassis, present, configured), patience);
    this.datapath = chassis.datapath;
    this.#log.info({ datapath: chassis.datapath, namespace: this.namespace }, 'chassis is set up');
  }

  #rotateLogs(): void {
    const logs = [...this.#daemons.values()].map(({ pid, definition: { log, control } }) => ({
      file: log,
      reopen: async () => {
        if (pid) await jsonRpcCall(control(pid), 'vlog/reopen', [], AbortSignal.timeout(5_000));
      },
    }));
    rotateLogs(logs, LOG_LIMIT).catch((error) => this.#log.warn({ err: error }, 'could not rotate a log'));
  }
}
