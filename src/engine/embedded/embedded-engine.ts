/**
 * OVN on this machine alone: private databases, northd, switch and controller under a state directory, on unix
 * sockets. They touch no system-wide Open vSwitch. Either they end with this process, whatever way it ends; or they
 * outlive it, and the next one on the state directory adopts them.
 */
import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { createNamespace, deleteNamespace, namespaceExists } from '../../linux/index.ts';
import { transactOnce } from '../../ovsdb/index.ts';
import { bridgeOfPhysicalNetwork, type Chassis, chassisOperations } from '../../switch/index.ts';
import { type AttendantProgram, attendantDefinition } from './attendant.ts';
import { Daemon, type DaemonState } from './daemon.ts';
import { daemonDefinitions, databaseFiles, databaseSockets } from './daemon-definitions.ts';
import { type DaemonName, daemonLog, STOP_ORDER } from './daemon-names.ts';
import { switchDaemonHere, usableDatapath } from './datapath.ts';
import { refuseMovedState } from './moved-state.ts';
import {
  chassisOfRunDirectory,
  type EnginePaths,
  endStaleProcesses,
  lockStateDirectory,
  makeRunDirectory,
  makeStateDirectory,
  noteLifetime,
  processesOf,
  StateDirectoryError,
  serviceNamespaceOf,
  systemId,
} from './state-directory.ts';
import { Upkeep } from './upkeep.ts';

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
  /** Whether the daemons go on when this process ends; they end with it when left out. */
  readonly outlives?: boolean;
  readonly log: Logger;
}

/** A process of the engine, as it is now. */
export interface EngineProcessState extends DaemonState {
  readonly name: string;
}

/** Tunnels of an only chassis lead nowhere, but OVN demands an address for them. */
const TUNNEL_ADDRESS = '::1';

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
  readonly #outlives: boolean;
  readonly #log: Logger;
  readonly #unlock: () => void;
  readonly #daemons = new Map<string, Daemon>();
  readonly #upkeep: Upkeep;
  #stopped: Promise<void> | undefined;

  private constructor(
    paths: EnginePaths,
    namespace: string | null,
    { outlives = false, log }: EmbeddedEngineOptions,
    unlock: () => void,
  ) {
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
    this.#outlives = outlives;
    this.#log = log;
    this.#unlock = unlock;
    this.#upkeep = new Upkeep(paths, this.#daemons, log);
  }

  /**
   * Takes a state directory, for whoever has things to do before the engine starts that two must not do at once.
   * @throws StateDirectoryError when another process has it, or it was moved and its daemons still run
   */
  static claim(stateDir: string): StateClaim {
    const paths = makeStateDirectory(stateDir);
    const unlock = lockStateDirectory(paths.state);
    try {
      refuseMovedState(paths);
    } catch (error) {
      unlock();
      throw error;
    }
    let isHeld = true;
    const release = () => {
      if (isHeld) unlock();
      isHeld = false;
    };
    return { paths, release };
  }

  /**
   * Starts an engine and waits until it does its work. Daemons that outlived a predecessor are adopted, if they are to
   * outlive this one as well. Instances that were plugged in when a predecessor crashed are still plugged in.
   * @throws StateDirectoryError when another process uses the state directory, or another switch the namespace
   * @throws ChassisError when a physical network's name cannot be used
   * @throws DatabaseError, ProcessError when a part does not come up; what this has started ends then
   */
  static async start(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
    options.physicalNetworks.forEach(bridgeOfPhysicalNetwork);
    const { stateDir } = options;
    const { paths, release } = typeof stateDir === 'string' ? EmbeddedEngine.claim(stateDir) : stateDir;
    const namespace = options.namespace === 'own' ? paths.id : null;
    const engine = new EmbeddedEngine(paths, namespace, options, release);
    try {
      await engine.#bringUp(options.physicalNetworks, options.programs ?? '/usr');
    } catch (error) {
      if (engine.processes().some(({ isAdopted }) => isAdopted)) await engine.leave();
      else await engine.stop();
      throw error;
    }
    return engine;
  }

  /** The daemons and the programs beside them, in the order in which they were started. */
  processes(): EngineProcessState[] {
    return Array.from(this.#daemons, ([name, { state }]) => ({ name, ...state }));
  }

  /**
   * Has a program of Sextant's run beside the daemons, for as long as they do, and waits for nothing: it is started
   * again when it does not come up.
   */
  attend(program: AttendantProgram): Daemon {
    const definition = attendantDefinition(program, { paths: this.#paths, outlives: this.#outlives });
    const daemon = Daemon.begin(definition, this.#log);
    this.#daemons.set(program.name, daemon);
    return daemon;
  }

  /** Ends all daemons and removes the switch's namespace, and with it whatever is plugged in there. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /** Gives the state directory back. Daemons that outlive this process go on; else this is `stop`. */
  leave(): Promise<void> {
    if (!this.#outlives) return this.stop();
    this.#stopped ??= this.#letGo();
    return this.#stopped;
  }

  async #letGo(): Promise<void> {
    this.#upkeep.stop();
    await Promise.all(this.#daemons.values().map((daemon) => daemon.leave()));
    this.#unlock();
  }

  async #end(): Promise<void> {
    this.#upkeep.stop();
    const ordered = new Set<string>(STOP_ORDER.flat());
    const attendants = [...this.#daemons.keys()].filter((name) => !ordered.has(name));
    for (const names of [attendants, ...STOP_ORDER]) {
      await Promise.all(names.map((name) => this.#daemons.get(name)?.stop()));
    }
    if (this.namespace !== null) deleteNamespace(this.namespace);
    deleteNamespace(this.serviceNamespace);
    rmSync(this.rundir, { recursive: true, force: true });
    this.#unlock();
  }

  async #bringUp(physicalNetworks: readonly string[], prefix: string): Promise<void> {
    await this.#prepareRun();
    const definitions = daemonDefinitions({
      paths: this.#paths,
      prefix,
      namespace: this.namespace,
      systemId: this.chassis,
      outlives: this.#outlives,
      log: this.#log,
    });
    const start = async (name: DaemonName, ...needed: Promise<unknown>[]) => {
      await Promise.all(needed);
      this.#daemons.set(name, await Daemon.start(definitions[name], this.#log));
    };

    // Each part begins as soon as those that it needs are ready.
    const northbound = start('northbound');
    const southbound = start('southbound');
    const northd = start('ovn-northd', northbound, southbound);
    const database = start('switch');
    const view = start('ovn-view', database);
    const settings = database.then(() => this.#setUpChassis(prefix, physicalNetworks));
    const vswitchd = start('ovs-vswitchd', settings);
    // ovn-controller retries only after a second when it finds no switch, and needs what northd writes first.
    const controller = start('ovn-controller', northd, vswitchd, view);

    // Wait for all of them even when one fails, so that none comes up after the others were stopped.
    const parts = await Promise.allSettled([
      northbound,
      southbound,
      database,
      view,
      settings,
      northd,
      vswitchd,
      controller,
    ]);
    for (const part of parts) if (part.status === 'rejected') throw part.reason;
    this.#upkeep.start();
  }

  /**
   * Makes run directory and namespace. Daemons that are there are to be adopted if they are this state directory's,
   * with the switch in the namespace of this name, and may outlive this process.
   */
  async #prepareRun(): Promise<void> {
    const { run } = this.#paths;
    const isOurs = chassisOfRunDirectory(run) === this.chassis;
    const hasNamespace = this.namespace === null || namespaceExists(this.namespace);
    if (!this.#outlives || !isOurs || !hasNamespace) {
      const stale = await endStaleProcesses(run);
      if (stale.length > 0) this.#log.warn({ pids: stale }, 'ended daemons that cannot be gone on with');
    }
    makeRunDirectory(this.#paths);
    noteLifetime(run, this.#outlives);
    this.#prepareNamespace();
  }

  /**
   * Makes the switch's namespace, unless a predecessor's is there with instances plugged in. In a new one the devices
   * that an old switch database names are gone, so that begins anew, too.
   */
  #prepareNamespace(): void {
    if (this.namespace === null) {
      if (processesOf(this.rundir).some(({ name }) => name === 'ovs-vswitchd')) return;
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
}
