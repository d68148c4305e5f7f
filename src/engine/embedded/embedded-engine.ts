/**
 * OVN on this machine: private databases, northd, switch and controller under a state directory. They touch no
 * system-wide Open vSwitch, and listen on unix sockets alone unless other machines are to be its hosts as well.
 */
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { bridgeOfPhysicalNetwork, type Chassis } from '../../switch/index.ts';
import type { AttendantProgram } from './attendant.ts';
import type { Daemon } from './daemon.ts';
import { daemonDefinitions, databaseSockets } from './daemon-definitions.ts';
import { type DaemonName, daemonLog } from './daemon-names.ts';
import { usableDatapath } from './datapath.ts';
import { allParts, claimState, type EngineProcessState, EngineRun, type StateClaim } from './engine-run.ts';
import { expelHosts, type HostsListener, listenForHosts } from './listen-for-hosts.ts';
import { setUpChassis } from './set-up-chassis.ts';
import { serviceNamespaceOf, systemId } from './state-directory.ts';

export interface EmbeddedEngineOptions {
  /** Directory for databases and logs, made when missing, or what `claim` returned for it. One engine at a time uses it. */
  readonly stateDir: string | StateClaim;
  /** Physical networks, each with a bridge `br-<name>` and its mapping. */
  readonly physicalNetworks: readonly string[];
  /** Where the switch and its devices are: in a network namespace of their own, or in the machine's. */
  readonly namespace: 'own' | 'host';
  /** Where the southbound database listens for hosts on other machines; nowhere when left out. */
  readonly hosts?: HostsListener | undefined;
  /** Prefix of OVN's and Open vSwitch's programs and schemas; the system's own when left out. */
  readonly programs?: string;
  /** Whether the daemons go on when this process ends; they end with it when left out. */
  readonly outlives?: boolean;
  readonly log: Logger;
}

/** Tunnels of a chassis that is alone lead nowhere, but OVN demands an address for them. */
const NO_TUNNEL_ADDRESS = '::1';

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
  /** The name of its own chassis. */
  readonly chassis: string;
  /** The kernel's datapath or the userspace one; known once it has started. */
  datapath: Chassis['datapath'] = 'netdev';
  /** Directory of the daemons' sockets: OVS_RUNDIR and OVN_RUNDIR for the tools of OVS and OVN. */
  readonly rundir: string;
  /** The log of ovn-controller, which says what ACLs that are logged let through and drop. */
  readonly controllerLog: string;

  readonly #run: EngineRun;
  readonly #hosts: HostsListener | undefined;

  private constructor(run: EngineRun, hosts: HostsListener | undefined) {
    const { paths } = run;
    const sockets = databaseSockets(paths.run);
    this.northbound = `unix:${sockets.northbound}`;
    this.southbound = `unix:${sockets.southbound}`;
    this.switchDatabase = `unix:${sockets.switch}`;
    this.namespace = run.namespace;
    this.serviceNamespace = serviceNamespaceOf(paths.id);
    this.chassis = systemId(paths.state);
    this.rundir = paths.run;
    this.controllerLog = daemonLog(paths, 'ovn-controller');
    this.#run = run;
    this.#hosts = hosts;
  }

  /**
   * Takes a state directory, for whoever has things to do before the engine starts that two must not do at once.
   * @throws StateDirectoryError when another process has it, or it was moved and its daemons still run
   */
  static claim(stateDir: string): StateClaim {
    return claimState(stateDir);
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
    const { stateDir, outlives = false, log } = options;
    const claim = typeof stateDir === 'string' ? claimState(stateDir) : stateDir;
    const namespace = options.namespace === 'own' ? claim.paths.id : null;
    const run = new EngineRun(claim, { namespace, outlives, log });
    const engine = new EmbeddedEngine(run, options.hosts);
    await run.bringUp(() => engine.#start(options));
    return engine;
  }

  /** The daemons and the programs beside them, in the order in which they were started. */
  processes(): EngineProcessState[] {
    return this.#run.processes();
  }

  /**
   * Has a program of Sextant's run beside the daemons, for as long as they do, and waits for nothing: it is started
   * again when it does not come up.
   */
  attend(program: AttendantProgram): Daemon {
    return this.#run.attend(program);
  }

  /**
   * Has hosts that are believed no more be out at once: connections of hosts end, and who is still believed comes again.
   * @param chassis those whose rows, and with them tunnels to them, are to go
   * @throws OvsdbError when the southbound database does not take it
   */
  async expelHosts(chassis: readonly string[]): Promise<void> {
    if (this.#hosts !== undefined)
      await expelHosts(databaseSockets(this.rundir).southbound, this.#hosts, chassis);
  }

  /** Ends all daemons and removes the switch's namespace, and with it whatever is plugged in there. */
  stop(): Promise<void> {
    return this.#run.stop();
  }

  /** Gives the state directory back. Daemons that outlive this process go on; else this is `stop`. */
  leave(): Promise<void> {
    return this.#run.leave();
  }

  async #start(options: EmbeddedEngineOptions): Promise<void> {
    const { programs: prefix = '/usr', hosts } = options;
    const { paths, outlives, log } = this.#run;
    const definitions = daemonDefinitions({
      paths,
      prefix,
      namespace: this.namespace,
      systemId: this.chassis,
      outlives,
      hosts,
      log,
    });
    const start = (name: DaemonName, ...needed: Promise<unknown>[]) =>
      this.#run.start(definitions[name], ...needed);

    // Each part begins as soon as those that it needs are ready.
    const northbound = start('northbound');
    const southbound = start('southbound');
    const northd = start('ovn-northd', northbound, southbound);
    const database = start('switch');
    const view = start('ovn-view', database);
    const settings = database.then(() => this.#setUpChassis(prefix, options));
    const vswitchd = start('ovs-vswitchd', settings);
    // ovn-controller retries only after a second when it finds no switch, and needs what northd writes first.
    const controller = start('ovn-controller', northd, vswitchd, view);
    const listening = northd.then(
      () => hosts && listenForHosts(databaseSockets(paths.run).southbound, hosts),
    );
    await allParts([
      ...[northbound, southbound, database, view, settings, northd, vswitchd, controller],
      listening,
    ]);
  }

  async #setUpChassis(
    prefix: string,
    { physicalNetworks, hosts }: Pick<EmbeddedEngineOptions, 'physicalNetworks' | 'hosts'>,
  ): Promise<void> {
    const tunnelAddress = hosts?.tunnelAddress;
    this.datapath = await usableDatapath(this.namespace, prefix);
    await setUpChassis(databaseSockets(this.rundir).switch, {
      systemId: this.chassis,
      southbound: this.southbound,
      tunnelAddress: tunnelAddress ?? NO_TUNNEL_ADDRESS,
      datapath: this.datapath,
      physicalNetworks,
      ...(tunnelAddress !== undefined && { peers: { hostname: hostname(), devices: {} } }),
    });
    this.#run.log.info({ datapath: this.datapath, namespace: this.namespace }, 'chassis is set up');
  }
}
