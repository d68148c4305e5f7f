/** The engine's running part: a connection to OVN's northbound database, the reconciler, and the status of ports. */
import type { Logger } from 'pino';
import { type Declaration, OvsdbClient, type TableKinds, type TlsFiles } from '../../ovsdb/index.ts';
import type { Store } from '../../resources/tables.ts';
import { RECONCILER_LOCK, Reconciler, type ReconcilerOptions } from '../reconciler/reconciler.ts';
import { ReplicaView } from '../reconciler/replica-view.ts';
import type { ReconcilerStatus } from '../reconciler/status.ts';
import type { EngineSettings } from '../settings.ts';
import { MANAGED_TABLES, northboundDatabase } from './database.ts';
import { NorthboundPlanner } from './planner.ts';
import { PortStatus } from './port-status.ts';
import { UnitFailures } from './unit-failures.ts';

export interface NorthboundOptions extends Pick<ReconcilerOptions, 'batchSize' | 'pollMs' | 'auditEveryMs'> {
  readonly store: Store;
  /** OVSDB remotes of the northbound database, separated by commas. */
  readonly remote: string;
  readonly tls?: TlsFiles;
  readonly settings: EngineSettings;
  readonly log: Logger;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** Sextant's hold on OVN: derives the northbound database from the store, and port status the other way. */
export class Northbound {
  readonly reconciler: Reconciler;
  readonly #client: OvsdbClient<TableKinds>;
  readonly #portStatus: PortStatus;
  readonly #unitFailures: UnitFailures;

  private constructor(
    client: OvsdbClient<TableKinds>,
    reconciler: Reconciler,
    portStatus: PortStatus,
    unitFailures: UnitFailures,
  ) {
    this.#client = client;
    this.reconciler = reconciler;
    this.#portStatus = portStatus;
    this.#unitFailures = unitFailures;
  }

  /** Connects and starts; resolves when the replica is complete. */
  static async start(options: NorthboundOptions): Promise<Northbound> {
    const { store, remote, tls, settings, log, signal, ...tuning } = options;
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
    const portStatus = new PortStatus({ store, client, view, lock, log });
    const unitFailures = new UnitFailures({ store, lock, portStatus, log });
    const reconciler = await Reconciler.start({
      ...tuning,
      store,
      client,
      view,
      cursorTable: 'NB_Global',
      planner: new NorthboundPlanner(store.read, settings),
      failureLog: unitFailures,
      log,
    });
    return new Northbound(client, reconciler, portStatus, unitFailures);
  }

  /** Whether the northbound database is reached now. */
  get isConnected(): boolean {
    return this.#client.isConnected;
  }

  /** How far OVN follows the store, and what could not be brought into it. */
  status(): Promise<ReconcilerStatus> {
    return this.reconciler.status();
  }

  /** Resolves when everything committed to the store before the call is in the northbound database. */
  settled(): Promise<void> {
    return this.reconciler.settled();
  }

  async stop(): Promise<void> {
    await this.reconciler.stop();
    await this.#unitFailures.stop();
    await this.#portStatus.stop();
    await this.#client.close();
  }
}
