/** Which server of a cluster leads. */
import { bindDeclaration, declareDatabase, type Row } from './declaration.ts';
import { RetryableError } from './errors.ts';
import type { Json } from './json.ts';
import { Monitor } from './monitor.ts';
import { Replica } from './replica.ts';
import type { RpcPeer } from './rpc.ts';
import { parseSchema } from './schema.ts';

/** The part of every server's `_Server` database (ovsdb-server(5)) that tells who leads. */
const serverDatabase = declareDatabase('_Server', {
  Database: { name: 'string', model: 'string', connected: 'boolean', leader: 'boolean' },
});
type DatabaseRow = Row<(typeof serverDatabase.tables)['Database']>;

/** Watches, on one session, whether the server leads the Raft cluster of a database. */
export class LeaderWatch {
  readonly #database: string;
  readonly #replica = new Replica(serverDatabase);
  readonly #monitor = new Monitor(serverDatabase.database, this.#replica);

  constructor(database: string) {
    this.#database = database;
  }

  /**
   * Asks whether the server leads, and closes the session as soon as it no longer does. A standalone server
   * always leads.
   *
   * @throws RetryableError when it does not
   */
  async start(peer: RpcPeer): Promise<void> {
    const schema = parseSchema(await peer.request('get_schema', [serverDatabase.database]));
    await this.#monitor.start(peer, bindDeclaration(serverDatabase, schema));
    const objection = this.#objection();
    if (objection !== undefined) throw new RetryableError(objection);
    this.#replica.onChange(() => {
      const reason = this.#objection();
      if (reason !== undefined) peer.close(reason);
    });
  }

  /** Takes a notification of the session. */
  notify(method: string, params: readonly Json[]): void {
    this.#monitor.notify(method, params);
  }

  #objection(): string | undefined {
    const rows: Iterable<DatabaseRow> = this.#replica.table('Database').rows();
    const row = [...rows].find(({ name }) => name === this.#database);
    if (row === undefined) return `the server does not serve ${this.#database}`;
    if (row.model !== 'clustered') return undefined;
    if (!row.connected) return `the server is cut off from the cluster of ${this.#database}`;
    return row.leader ? undefined : `the server does not lead the cluster of ${this.#database}`;
  }
}
