/** How the replica follows the server. */
import { type Conditions, wherePartOf } from './conditions.ts';
import type { BoundTables, TableKinds } from './declaration.ts';
import { OvsdbError, RefusedError } from './errors.ts';
import type { Json, JsonObject } from './json.ts';
import type { Replica, UpdateFormat } from './replica.ts';
import type { RpcPeer } from './rpc.ts';

const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

/**
 * Keeps a replica equal to the server's database, over any number of sessions. It asks for
 * `monitor_cond_since` and continues after the last transaction seen where the server still knows it; older
 * servers are asked for `monitor_cond`, then for `monitor` (RFC 7047 section 4.1.5).
 */
export class Monitor<Tables extends TableKinds> {
  readonly #database: string;
  readonly #replica: Replica<Tables>;
  #lastTransaction = NO_TRANSACTION;
  /** What was asked for, as text: what was seen with other columns or conditions cannot be continued. */
  #asked = '';
  #tables: BoundTables = new Map();
  #conditions: Conditions;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(database: string, replica: Replica<Tables>, conditions: Conditions = {}) {
    this.#database = database;
    this.#replica = replica;
    this.#conditions = conditions;
  }

  /** Has other rows be followed, from the next `start` or `change` on. */
  want(conditions: Conditions): void {
    this.#conditions = conditions;
  }

  /**
   * Tells the session which rows are wanted now; resolves when the replica has them.
   * @throws RetryableError when the session is lost
   */
  change(peer: RpcPeer): Promise<void> {
    const change = this.#changing.then(() => this.#tell(peer));
    this.#changing = change.catch(() => {});
    return change;
  }

  async #tell(peer: RpcPeer): Promise<void> {
    const conditions = this.#conditions;
    const asked = this.#textOf(conditions);
    if (asked === this.#asked) return;
    const changes = Object.fromEntries(
      [...this.#tables.keys()].map((table) => [
        table,
        [{ where: [true], ...wherePartOf(conditions, table) }],
      ]),
    );
    const params: Json[] = [this.#database, this.#database, changes];
    // A server that does not know it sends all rows.
    await understood(
      peer.request('monitor_cond_change', params, () => {
        this.#asked = asked;
      }),
    );
  }

  #requests(conditions: Conditions): JsonObject {
    return Object.fromEntries(
      [...this.#tables.values()].map(({ name, columns }) => [
        name,
        [{ columns: [...columns.keys()], ...wherePartOf(conditions, name) }],
      ]),
    );
  }

  #textOf(conditions: Conditions): string {
    return JSON.stringify(this.#requests(conditions));
  }

  /** Brings the replica up to date over a new session, and starts to follow the changes. */
  async start(peer: RpcPeer, tables: BoundTables): Promise<void> {
    this.#tables = tables;
    const requests = this.#requests(this.#conditions);
    const asked = JSON.stringify(requests);
    if (asked !== this.#asked) this.#lastTransaction = NO_TRANSACTION;
    this.#asked = asked;
    await this.#ask(peer, requests, (contents, format, resumed) => {
      this.#replica.bind(tables);
      if (resumed) this.#replica.apply(contents, format);
      else this.#replica.reset(contents, format);
    });
  }

  /** Takes a notification of the session; says whether it was one of this monitor. */
  notify(method: string, params: readonly Json[]): boolean {
    if (params[0] !== this.#database) return false;
    switch (method) {
      case 'update':
        this.#replica.apply(params[1] ?? null, 'whole rows');
        return true;
      case 'update2':
        this.#replica.apply(params[1] ?? null, 'differences');
        return true;
      case 'update3':
        this.#lastTransaction = String(params[1]);
        this.#replica.apply(params[2] ?? null, 'differences');
        return true;
      default:
        return false;
    }
  }

  async #ask(peer: RpcPeer, requests: JsonObject, take: TakeContents): Promise<void> {
    const params: Json[] = [this.#database, this.#database, requests];
    const known =
      (await understood(
        peer.request('monitor_cond_since', [...params, this.#lastTransaction], (result) => {
          const [found, lastTransaction, contents] = result as [boolean, string, Json];
          this.#lastTransaction = lastTransaction;
          take(contents, 'differences', found);
        }),
      )) ||
      (await understood(peer.request('monitor_cond', params, (all) => take(all, 'differences', false)))) ||
      (await understood(peer.request('monitor', params, (all) => take(all, 'whole rows', false))));
    if (!known) throw new OvsdbError(`the server cannot monitor ${this.#database}`);
  }
}

/** Takes the first contents: all rows, or what changed since the transaction asked for if `resumed`. */
type TakeContents = (contents: Json, format: UpdateFormat, resumed: boolean) => void;

/** Whether the server knows the method that was asked for. */
async function understood(reply: Promise<Json>): Promise<boolean> {
  try {
    await reply;
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.tag === 'unknown method') return false;
    throw error;
  }
}
