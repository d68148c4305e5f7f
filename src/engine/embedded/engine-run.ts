/**
 * The processes of one state directory on this machine, whatever of OVN they are: who has the directory, what is
 * adopted, in which order they end. Either they end with this process, whatever way it ends; or they outlive it, and the
 * next one on the state directory adopts them.
 */
import { rmSync } from 'node:fs';
import type { Logger } from 'pino';
import { createNamespace, deleteNamespace, namespaceExists } from '../../linux/index.ts';
import { type AttendantProgram, attendantDefinition } from './attendant.ts';
import { Daemon, type DaemonDefinition, type DaemonState } from './daemon.ts';
import { databaseFiles } from './daemon-definitions.ts';
import { STOP_ORDER } from './daemon-names.ts';
import { switchDaemonHere } from './datapath.ts';
import { refuseMovedState } from './moved-state.ts';
import {
  chassisOfRunDirectory,
  deleteServiceNamespaces,
  type EnginePaths,
  endStaleProcesses,
  lockStateDirectory,
  makeRunDirectory,
  makeStateDirectory,
  noteLifetime,
  processesOf,
  StateDirectoryError,
  systemId,
} from './state-directory.ts';
import { Upkeep } from './upkeep.ts';

/** A state directory that this process has for itself. */
export interface StateClaim {
  readonly paths: EnginePaths;
  /** Gives it back, which an engine that was started on it does when it has stopped. */
  release(): void;
}

/** A process of the engine, as it is now. */
export interface EngineProcessState extends DaemonState {
  readonly name: string;
}

export interface EngineRunOptions {
  /** Network namespace that the switch is to have for itself; null for the one that this process is in. */
  readonly namespace: string | null;
  /** Whether the switch is one of the processes; it is when left out. */
  readonly hasSwitch?: boolean;
  /** Whether the processes go on when this one ends. */
  readonly outlives: boolean;
  readonly log: Logger;
}

/**
 * Takes a state directory, for whoever has things to do before the engine starts that two must not do at once.
 * @throws StateDirectoryError when another process has it, or it was moved and its daemons still run
 */
export function claimState(stateDir: string): StateClaim {
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

export class EngineRun {
  readonly paths: EnginePaths;
  /** Network namespace of the switch; null is this process's own. */
  readonly namespace: string | null;
  /** Whether the processes go on when this one ends. */
  readonly outlives: boolean;
  readonly log: Logger;
  readonly #hasSwitch: boolean;
  readonly #release: () => void;
  readonly #daemons = new Map<string, Daemon>();
  readonly #upkeep: Upkeep;
  #stopped: Promise<void> | undefined;

  constructor(
    { paths, release }: StateClaim,
    { namespace, hasSwitch = true, outlives, log }: EngineRunOptions,
  ) {
    this.#hasSwitch = hasSwitch;
    this.paths = paths;
    this.namespace = namespace;
    this.outlives = outlives;
    this.log = log;
    this.#release = release;
    this.#upkeep = new Upkeep(paths, this.#daemons, log);
  }

  /** The daemons and the programs beside them, in the order in which they were started. */
  processes(): EngineProcessState[] {
    return Array.from(this.#daemons, ([name, { state }]) => ({ name, ...state }));
  }

  /**
   * Makes run directory and namespace, then has `start` start the parts, and looks after them from then on. What has
   * been started ends when that fails, unless it was there before.
   */
  async bringUp(start: () => Promise<void>): Promise<void> {
    try {
      await this.#prepare();
      await start();
      this.#upkeep.start();
    } catch (error) {
      if (this.processes().some(({ isAdopted }) => isAdopted)) await this.leave();
      else await this.stop();
      throw error;
    }
  }

  /** Adopts or starts a daemon, once what it needs is there, and waits until it does its work. */
  async start(definition: DaemonDefinition, ...needed: readonly Promise<unknown>[]): Promise<void> {
    await Promise.all(needed);
    this.#daemons.set(definition.name, await Daemon.start(definition, this.log));
  }

  /**
   * Has a program of Sextant's run beside the daemons, for as long as they do, and waits for nothing: it is started
   * again when it does not come up.
   */
  attend(program: AttendantProgram): Daemon {
    const daemon = Daemon.begin(attendantDefinition(program, this), this.log);
    this.#daemons.set(program.name, daemon);
    return daemon;
  }

  /** Ends all processes and removes the switch's namespace, and with it whatever is plugged in there. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /** Gives the state directory back. Processes that outlive this one go on; else this is `stop`. */
  leave(): Promise<void> {
    if (!this.outlives) return this.stop();
    this.#stopped ??= this.#letGo();
    return this.#stopped;
  }

  async #letGo(): Promise<void> {
    this.#upkeep.stop();
    await Promise.all(this.#daemons.values().map((daemon) => daemon.leave()));
    this.#release();
  }

  async #end(): Promise<void> {
    this.#upkeep.stop();
    const ordered = new Set<string>(STOP_ORDER.flat());
    const attendants = [...this.#daemons.keys()].filter((name) => !ordered.has(name));
    for (const names of [attendants, ...STOP_ORDER]) {
      await Promise.all(names.map((name) => this.#daemons.get(name)?.stop()));
    }
    const { id, run } = this.paths;
    if (this.namespace !== null) deleteNamespace(this.namespace);
    // What attendants had run for them.
    await endStaleProcesses(run);
    deleteServiceNamespaces(id);
    rmSync(run, { recursive: true, force: true });
    this.#release();
  }

  /**
   * Daemons that are there are to be adopted if they are this state directory's, with the switch in the namespace of
   * this name, and may outlive this process.
   */
  async #prepare(): Promise<void> {
    const { run, state } = this.paths;
    const isOurs = chassisOfRunDirectory(run) === systemId(state);
    const hasNamespace = this.namespace === null || namespaceExists(this.namespace);
    if (!this.outlives || !isOurs || !hasNamespace) {
      const stale = await endStaleProcesses(run);
      if (stale.length > 0) this.log.warn({ pids: stale }, 'ended daemons that cannot be gone on with');
    }
    makeRunDirectory(this.paths);
    noteLifetime(run, this.outlives);
    this.#prepareNamespace();
  }

  /**
   * Makes the switch's namespace, unless a predecessor's is there with instances plugged in. In a new one the devices
   * that an old switch database names are gone, so that begins anew, too.
   */
  #prepareNamespace(): void {
    if (!this.#hasSwitch) return;
    if (this.namespace === null) {
      if (processesOf(this.paths.run).some(({ name }) => name === 'ovs-vswitchd')) return;
      const other = switchDaemonHere();
      if (other === undefined) return;
      throw new StateDirectoryError(
        `another Open vSwitch (ovs-vswitchd, process ${other}) has the machine's network namespace: ` +
          'stop it, or give the engine a namespace of its own',
      );
    }
    if (namespaceExists(this.namespace)) return;
    createNamespace(this.namespace);
    rmSync(databaseFiles(this.paths.state).switch, { force: true });
  }
}

/**
 * Waits for all parts, even when one fails, so that none comes up after the others were stopped.
 * @throws whatever the first of those that failed did
 */
export async function allParts(parts: readonly Promise<unknown>[]): Promise<void> {
  for (const part of await Promise.allSettled(parts)) if (part.status === 'rejected') throw part.reason;
}
