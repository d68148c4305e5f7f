/**
 * What of OVN runs on a machine whose databases are elsewhere: its controller, and the switch unless the machine has one
 * by itself. It goes on without the databases.
 */
import type { Logger } from 'pino';
import { Address } from '../../addressing/index.ts';
import { blockTunnels, unblockTunnels } from '../../linux/index.ts';
import type { TlsFiles } from '../../ovsdb/index.ts';
import { bridgeOfPhysicalNetwork } from '../../switch/index.ts';
import type { AttendantProgram } from './attendant.ts';
import type { Daemon, DaemonDefinition } from './daemon.ts';
import { daemonDefinitions, databaseSockets, type MachineSwitch } from './daemon-definitions.ts';
import { daemonLog } from './daemon-names.ts';
import { usableDatapath } from './datapath.ts';
import { allParts, claimState, type EngineProcessState, EngineRun } from './engine-run.ts';
import { setUpChassis } from './set-up-chassis.ts';
import { makeStateDirectory, nameChassis, serviceNamespaceOf } from './state-directory.ts';
import { moveToBridge, type Underlay } from './underlay.ts';

/** How a host's chassis is connected. */
export interface ChassisConnections {
  /** OVSDB remote of the southbound database. */
  readonly southbound: string;
  /** Address on which tunnels end. */
  readonly tunnelAddress: string;
  /** Physical networks, each with the device that leads there. */
  readonly physicalNetworks: Readonly<Record<string, string>>;
  /** The device that leads to the other hosts, for the userspace datapath. */
  readonly underlay?: Underlay | undefined;
  /** The switch that the machine has by itself: its bridges and their ports stay as they are. */
  readonly machineSwitch?: MachineSwitch | undefined;
}

export interface HostEngineOptions extends ChassisConnections {
  /** Directory for the switch's database and logs. */
  readonly stateDir: string;
  /** The chassis' name, which its certificate has too. */
  readonly chassis: string;
  readonly tls: TlsFiles;
  /** Whether nothing is to pass its tunnels unprotected. */
  readonly encrypted: boolean;
  /** Prefix of OVN's and Open vSwitch's programs; the system's own when left out. */
  readonly programs?: string | undefined;
  /** Whether the processes go on when this one ends. */
  readonly outlives: boolean;
  readonly log: Logger;
}

export class HostEngine {
  /** OVSDB remote of the switch's database. */
  readonly switchDatabase: string;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly switchRundir: string;
  /** Directory of the sockets of OVN's controller. */
  readonly rundir: string;
  /** The file that OVN's controller logs to. */
  readonly controllerLog: string;
  /** Name of the network namespace for this host's services. */
  readonly serviceNamespace: string;
  readonly #run: EngineRun;

  private constructor(run: EngineRun, machineSwitch: MachineSwitch | undefined) {
    const { paths } = run;
    this.switchDatabase = `unix:${machineSwitch?.database ?? databaseSockets(paths.run).switch}`;
    this.switchRundir = machineSwitch?.rundir ?? paths.run;
    this.rundir = paths.run;
    this.controllerLog = daemonLog(paths, 'ovn-controller');
    this.serviceNamespace = serviceNamespaceOf(paths.id);
    this.#run = run;
  }

  /**
   * Starts what is not there, adopts what is, and waits until the switch is as the chassis wants it.
   * @throws StateDirectoryError when another process uses the state directory
   * @throws ChassisError when a physical network's name cannot be used
   * @throws DatabaseError, ProcessError when a part does not come up
   */
  static async start(options: HostEngineOptions): Promise<HostEngine> {
    const { stateDir, chassis, machineSwitch, outlives, log } = options;
    Object.keys(options.physicalNetworks).forEach(bridgeOfPhysicalNetwork);
    nameChassis(makeStateDirectory(stateDir).state, chassis);
    const hasSwitch = machineSwitch === undefined;
    const run = new EngineRun(claimState(stateDir), { namespace: null, hasSwitch, outlives, log });
    const engine = new HostEngine(run, machineSwitch);
    await run.bringUp(() => engine.#start(options));
    return engine;
  }

  /** The processes, in the order in which they were started. */
  processes(): EngineProcessState[] {
    return this.#run.processes();
  }

  /** Has a program of Sextant's run beside the daemons, for as long as they do, and waits for nothing. */
  attend(program: AttendantProgram): Daemon {
    return this.#run.attend(program);
  }

  /** Ends all processes; instances are unplugged, if the switch is one of them. */
  async stop(): Promise<void> {
    await this.#run.stop();
    unblockTunnels(null);
  }

  /** Gives the state directory back. Processes that outlive this one go on; else this is `stop`. */
  leave(): Promise<void> {
    return this.#run.outlives ? this.#run.leave() : this.stop();
  }

  async #start(options: HostEngineOptions): Promise<void> {
    const { chassis, tls, machineSwitch, underlay, programs: prefix = '/usr' } = options;
    const { paths, outlives, log } = this.#run;
    const definitions = daemonDefinitions({
      paths,
      prefix,
      namespace: null,
      systemId: chassis,
      outlives,
      remoteTls: tls,
      machineSwitch,
      log,
    });
    const start = this.#run.start.bind(this.#run);
    const database = machineSwitch === undefined ? start(definitions.switch) : Promise.resolve();
    const view = start(definitions['ovn-view'], database);
    const settings = database.then(() => this.#setUpChassis(options, prefix));
    const vswitchd =
      machineSwitch === undefined
        ? start(onUnderlay(definitions['ovs-vswitchd'], underlay), settings)
        : settings;
    const controller = start(definitions['ovn-controller'], vswitchd, view);
    await allParts([database, view, settings, vswitchd, controller]);
  }

  async #setUpChassis(options: HostEngineOptions, prefix: string): Promise<void> {
    const { chassis, southbound, tunnelAddress, physicalNetworks, underlay, machineSwitch } = options;
    // Before there are tunnels.
    if (options.encrypted) blockTunnels(null, Address.parse(tunnelAddress));
    const datapath = await usableDatapath(null, prefix);
    const isOwn = machineSwitch === undefined;
    await setUpChassis(this.switchDatabase.slice('unix:'.length), {
      systemId: chassis,
      southbound,
      tunnelAddress,
      datapath,
      physicalNetworks: isOwn ? Object.keys(physicalNetworks) : 'as they are',
      peers: { hostname: chassis, devices: physicalNetworks, underlay: isOwn ? underlay?.device : undefined },
    });
    this.#run.log.info({ datapath, chassis }, 'chassis is set up');
  }
}

/** A switch that is ready when the machine has its addresses on it as well. */
function onUnderlay(definition: DaemonDefinition, underlay: Underlay | undefined): DaemonDefinition {
  if (underlay === undefined) return definition;
  const ready: DaemonDefinition['ready'] = async (pid, signal) =>
    (await definition.ready(pid, signal)) && moveToBridge(underlay);
  return { ...definition, ready };
}
