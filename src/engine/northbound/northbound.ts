/** The engine's running part: a connection to OVN's northbound database, the reconciler, and the status of ports. */
import type { Logger } from 'pino';
import { type Declaration, OvsdbClient, type TableKinds, type TlsFiles } from '../../ovsdb/index.ts';
import type { Store } from '../../resources/tables.ts';
import { RECONCILER_LOCK, Reconciler, type ReconcilerOptions } from '../reconciler/reconciler.ts';
import type { EngineSettings } from '../settings.ts';
import { MANAGED_TABLES, northboundDatabase } from './database.ts';
import { NorthboundPlanner } from './planner.ts';
import { PortStatus } from './port-status.ts';

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

  private constructor(client: OvsdbClient<TableKinds>, reconciler: Reconciler, portStatus: PortStatus) {
    this.#client = client;
    this.reconciler = reconciler;
    this.#portStatus = portStatus;
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
    const reconciler = await Reconciler.start({
      ...tuning,
      store,
      client,
      managed: MANAGED_TABLES,
      cursorTable: 'NB_Global',
      planner: new NorthboundPlanner(store.read, settings),
      log,
    });
    const lock = await client.lock(RECONCILER_LOCK);
    return new Northbound(client, reconciler, new PortStatus({ store, client, lock, log }));
  }

  /** Whether the northbound database is reached now. */
  get isConnected(): boolean {
    return this.#client.isConnected;
  }

  /** Resolves when everything committed to the store before the call is in the northbound database. */
  settled(): Promise<void> {
    return this.reconciler.settled();
  }

  async stop(): Promise<void> {
    await this.reconciler.stop();
    await this.#portStatus.stop();
    await this.#client.close();
  }
}
