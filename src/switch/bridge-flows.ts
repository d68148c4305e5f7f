/** Keeps the flows and meters of a bridge as they should be, over restarts of the switch and whatever others do to them. */
import type { Logger } from 'pino';
import { Loop } from '../base/index.ts';
import {
  type CountedDrop,
  compareFlows,
  compareMeters,
  type FlowDifference,
  type Learned,
  OpenFlowConnection,
  type ReportedPacket,
  RuleSet,
  type Rules,
} from '../openflow/index.ts';

/** A switch that was restarted is back within this many milliseconds, give or take. */
const RETRY = 50;

export interface BridgeFlowsOptions {
  /** The bridge's management socket, `<OVS_RUNDIR>/<bridge>.mgmt`. */
  readonly path: string;
  /** Is told of the packets that flows report. */
  readonly onReport?: (packet: ReportedPacket) => void;
  /** Whether there are flows that have the bridge learn others. */
  readonly learns?: true;
  readonly log: Logger;
}

/** What a bridge has dropped. */
export interface BridgeDrops {
  readonly flows: readonly CountedDrop[];
  /** By the number of the meter. */
  readonly meters: ReadonlyMap<number, number>;
}

export class BridgeFlows {
  readonly #options: BridgeFlowsOptions;
  readonly #loop: Loop;
  readonly #wanted = new RuleSet();
  #forget: Learned[] = [];
  #connection: OpenFlowConnection | undefined;
  /** Whether the bridge has what was wanted when that was last applied; else it is to be asked. */
  #known = false;
  #reachable = true;

  constructor(options: BridgeFlowsOptions) {
    this.#options = options;
    this.#loop = new Loop(
      () => this.#apply(),
      RETRY,
      (error) => this.#lost(error),
    );
  }

  /**
   * Changes what the bridge is to have, from now on. It has no flows but those; so the first change must be all of
   * them. Resolves once the bridge has them, or the keeping has ended.
   * @param changes rules by a name of the caller's; undefined takes those of the name away
   * @param forget what the bridge has learned by flows and is not to know any more
   */
  change(
    changes: Iterable<readonly [name: string, rules: Rules | undefined]>,
    forget: readonly Learned[] = [],
  ): Promise<void> {
    for (const [name, rules] of changes) this.#wanted.put(name, rules);
    this.#forget.push(...forget);
    return this.#loop.run();
  }

  /** Sends an Ethernet frame out of a port, if the bridge can be reached. */
  send(port: number, frame: Uint8Array): void {
    this.#connection?.send(port, frame);
  }

  /**
   * What flows that drop for a reason, and meters, have dropped since they are there.
   * @returns undefined while the bridge cannot be reached
   * @throws OpenFlowError when it is gone meanwhile
   */
  async drops(): Promise<BridgeDrops | undefined> {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    const [flows, meters] = await Promise.all([connection.flowDrops(), connection.meterDrops()]);
    return { flows, meters };
  }

  /**
   * How many packets flows have let through that are counted, by their identity (`identityOf`).
   * @returns undefined while the bridge cannot be reached
   * @throws OpenFlowError when it is gone meanwhile
   */
  async counts(): Promise<Map<string, number> | undefined> {
    return this.#connection?.flowCounts();
  }

  /** Ends the keeping. The flows stay. */
  async stop(): Promise<void> {
    const stopped = this.#loop.stop();
    this.#connection?.close();
    await stopped;
  }

  async #apply(): Promise<void> {
    const connection = this.#connection ?? (await this.#connect());
    const changes = this.#wanted.takeChanges();
    const known = this.#known;
    this.#known = true; // if others change flows from here on, that is noticed and undoes this
    const [flows, meters] = known ? [changes.flows, changes.meters] : await this.#compare(connection);
    // Whatever was learned while nobody looked may not be so any more.
    const forget: Learned[] = known || !this.#options.learns ? this.#forget : ['all'];
    this.#forget = [];
    const [added, removed] = [flows.add.length, flows.remove.length];
    const isSame = added + removed + meters.add.size + meters.modify.size + meters.remove.size === 0;
    if (isSame && forget.length === 0) return;
    await connection.change({ ...flows, forget }, meters);
    this.#options.log.debug({ bridge: this.#options.path, added, removed, asked: !known }, 'flows changed');
  }

  /** What the bridge lacks, and has too much. */
  async #compare(connection: OpenFlowConnection) {
    const [flows, meters] = await Promise.all([connection.flows(), connection.meters()]);
    const difference: FlowDifference = compareFlows(flows, this.#wanted.flows());
    return [difference, compareMeters(meters, this.#wanted.meters())] as const;
  }

  async #connect(): Promise<OpenFlowConnection> {
    const { path, onReport, log } = this.#options;
    const connection = await OpenFlowConnection.open(path);
    this.#connection = connection;
    this.#known = false;
    connection.closed.then(() => {
      if (this.#connection === connection) this.#connection = undefined;
      this.#loop.wake();
    });
    connection.configure(onReport ?? (() => {}));
    await connection.watchFlows(() => {
      if (this.#known) log.warn({ bridge: path }, 'flows were changed by someone else');
      this.#known = false;
      this.#loop.wake();
    });
    if (!this.#reachable) log.info({ bridge: path }, 'switch is reachable again');
    this.#reachable = true;
    return connection;
  }

  /** Begins anew with another connection, which finds out what the bridge has. */
  #lost(error: unknown): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#known = false;
    if (this.#reachable) {
      this.#options.log.warn({ bridge: this.#options.path, err: error }, 'flows cannot be set, trying again');
    }
    this.#reachable = false;
  }
}
