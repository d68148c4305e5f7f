/** The engine's running part: a connection to OVN's northbound database, the reconciler, and the status of ports. */

import type { Logger } from 'pino';
import { Registry } from '../../metrics/index.ts';
import { type Declaration, OvsdbClient, type TableKinds, type TlsFiles } from '../../ovsdb/index.ts';
import type { Store } from '../../resources/index.ts';
import type { ReconcilerOptions } from '../reconciler/options.ts';
import { RECONCILER_LOCK, Reconciler } from '../reconciler/reconciler.ts';
import { ReplicaView } from '../reconciler/replica-view.ts';
import type { ReconcilerStatus } from '../reconciler/status.ts';
import type { EngineSettings } from '../settings.ts';
import { type StoreWrites, storeWrites } from '../store-writes.ts';
import { MANAGED_TABLES, northboundDatabase } from './database.ts';
import { leaveDropGroup } from './earlier-layout.ts';
import { EngineMetrics } from './engine-metrics.ts';
import { GlobalOptions } from './global-options.ts';
import { OvnVersion } from './ovn-version.ts';
import { NorthboundPlanner } from './planner.ts';
import { PortStatus } from './port-status.ts';
import { UnitFailures } from './unit-failures.ts';

export interface NorthboundOptions extends Pick<ReconcilerOptions, 'batchSize' | 'pollMs' | 'auditEveryMs'> {
  readonly store: Store;
  /** How the store is written; by itself when left out. */
  readonly writes?: StoreWrites;
  /** OVSDB remotes of the northbound database, separated by commas. */
  readonly remote: string;
  readonly tls?: TlsFiles;
  readonly settings: EngineSettings;
  /** Where the engine counts; without one nobody reads it. */
  readonly metrics?: Registry;
  readonly log: Logger;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/**
 * Where the cursor is: in an address set, which nothing names. northd follows those by themselves, where a change of most
 * other rows, those of NB_Global too, has it look at everything.
 */
const CURSOR_SET = 'sextant_cursor';

/** Sextant's hold on OVN: derives the northbound database from the store, and port status the other way. */
export class Northbound {
  readonly reconciler: Reconciler;
  readonly #client: OvsdbClient<TableKinds>;
  readonly #portStatus: PortStatus;
  readonly #unitFailures: UnitFailures;
  readonly #ovn: OvnVersion;
  readonly #globalOptions: GlobalOptions;
  readonly #endMetrics: () => void;

  private constructor(
    client: OvsdbClient<TableKinds>,
    reconciler: Reconciler,
    portStatus: PortStatus,
    unitFailures: UnitFailures,
    ovn: OvnVersion,
    globalOptions: GlobalOptions,
    endMetrics: () => void,
  ) {
    this.#client = client;
    this.reconciler = reconciler;
    this.#portStatus = portStatus;
    this.#unitFailures = unitFailures;
    this.#ovn = ovn;
    this.#globalOptions = globalOptions;
    this.#endMetrics = endMetrics;
  }

  /** Connects and starts; resolves when the replica is complete. */
  static async start(options: NorthboundOptions): Promise<Northbound> {
    const {
      store,
      writes = storeWrites(options.store),
      remote,
      tls,
      settings,
      metrics = new Registry(),
      log,
      signal,
      ...tuning
    } = options;
    const engineMetrics = new EngineMetrics(metrics);
    const declaration: Declaration<TableKinds> = northboundDatabase;
    const client = await OvsdbClient.connect({
      remote,
      declaration,
      leaderOnly: true,
      log,
      ...(tls && { tls }),
      ...(signal && { signal }),
    });
    const view = new ReplicaView(client, MANAGED_TABLES);
    const lock = await client.lock(RECONCILER_LOCK);
    const portStatus = new PortStatus({
      ...{ store, writes, client, view, lock, log },
      onFirstUp: engineMetrics.firstUp,
    });
    const unitFailures = new UnitFailures({ store, writes, lock, portStatus, log });
    const planner = new NorthboundPlanner(store.read, settings);
    const reconciler = await Reconciler.start({
      ...tuning,
      store,
      writes,
      client,
      view,
      cursorRow: { table: 'Address_Set', name: CURSOR_SET },
      planner,
      prepare: (apply) => leaveDropGroup(store, view, apply),
      failureLog: unitFailures,
      onFollowed: engineMetrics.followed,
      log,
    });
    const endMetrics = engineMetrics.follow({
      status: () => reconciler.status(),
      countUnits: () => planner.count(),
    });
    return new Northbound(
      client,
      reconciler,
      portStatus,
      unitFailures,
      new OvnVersion(client, log),
      new GlobalOptions(client, lock, log),
      endMetrics,
    );
  }

  /** How far OVN follows the store, and what could not be brought into it. */
  status(): Promise<ReconcilerStatus> {
    return this.reconciler.status();
  }

  /** OVN's version, such as `26.03.2`; undefined while it is not known. */
  get ovnVersion(): string | undefined {
    return this.#ovn.version;
  }

  /** Resolves when everything committed to the store before the call is in the northbound database. */
  settled(): Promise<void> {
    return this.reconciler.settled();
  }

  async stop(): Promise<void> {
    this.#endMetrics();
    this.#ovn.stop();
    await this.#globalOptions.stop();
    await this.reconciler.stop();
    await this.#unitFailures.stop();
    await this.#portStatus.stop();
    await this.#client.close();
  }
}
