/** Locks, by which one of several clients acts. */
import { Listeners } from '../base/index.ts';
import { OvsdbError, unlessLost } from './errors.ts';
import { isJsonObject, type Json } from './json.ts';
import type { RpcPeer } from './rpc.ts';

/**
 * An OVSDB lock (RFC 7047 sections 4.1.8 to 4.1.10) that is asked for anew on every session. Locks live on one
 * server: in a cluster they mean something among clients with `leaderOnly` only.
 */
export class Lock {
  readonly name: string;
  readonly #listeners = new Listeners<boolean>();
  #peer: RpcPeer | undefined;
  #held = false;

  readonly #forget: () => void;

  /**
   * @param name an identifier (RFC 7047 section 3.1, <id>)
   * @param forget called when the lock is no longer wanted
   */
  constructor(name: string, forget: () => void) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new OvsdbError(`"${name}" cannot name a lock: letters, digits and underscores only`);
    }
    this.name = name;
    this.#forget = forget;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Calls `listener` whenever the lock is gained or lost; the result ends it. */
  onChange(listener: (held: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Resolves as soon as this client holds the lock. */
  async acquired(): Promise<void> {
    if (this.#held) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.onChange((held) => held && resolve());
    await promise;
    stop();
  }

  /** Takes the lock from whoever holds it, who is told. */
  async steal(): Promise<void> {
    const peer = this.#peer;
    // A client that waits for the lock must leave the queue first.
    await peer?.request('unlock', [this.name]);
    await this.#request('steal');
  }

  /** Asks for the lock on a new session. */
  async start(peer: RpcPeer): Promise<void> {
    this.#peer = peer;
    await this.#request('lock');
  }

  /** Lets go of the lock, or of the place in its queue. */
  async stop(): Promise<void> {
    const peer = this.#peer;
    this.#forget();
    this.lost();
    // With its session the lock is gone.
    await unlessLost(peer?.request('unlock', [this.name]));
  }

  /** The session is over, and the lock with it. */
  lost(): void {
    this.#peer = undefined;
    this.#set(false);
  }

  /** Takes a notification of the session. */
  notify(method: string, params: readonly Json[]): void {
    if (params[0] !== this.name) return;
    if (method === 'locked') this.#set(true);
    if (method === 'stolen') this.#set(false);
  }

  async #request(method: 'lock' | 'steal'): Promise<void> {
    const peer = this.#peer;
    await peer?.request(method, [this.name], (result) => {
      if (peer === this.#peer && isJsonObject(result) && result.locked === true) this.#set(true);
    });
  }

  #set(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    this.#listeners.tell(held);
  }
}
