/** Keeps the flows of a bridge as they should be, over restarts of the switch and whatever others do to them. */
import type { Logger } from 'pino';
import { Loop } from './loop.ts';
import { compareFlows } from './openflow/bundle.ts';
import { OpenFlowConnection } from './openflow/connection.ts';
import { type EncodedFlow, encodeFlow, type Flow } from './openflow/flow.ts';

/** A switch that was restarted is back within this many milliseconds, give or take. */
const RETRY = 50;

export class BridgeFlows {
  readonly #path: string;
  readonly #log: Logger;
  readonly #loop: Loop;
  #wanted: readonly EncodedFlow[] = [];
  #connection: OpenFlowConnection | undefined;
  /** What the bridge has; undefined when that is to be asked. */
  #present: readonly EncodedFlow[] | undefined;
  #reachable = true;

  /** @param path the bridge's management socket, `<OVS_RUNDIR>/<bridge>.mgmt` */
  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
    this.#loop = new Loop(
      () => this.#apply(),
      RETRY,
      (error) => this.#lost(error),
    );
  }

  /** Has the bridge have these flows and no others, from now on. Resolves once it has them. */
  set(flows: readonly Flow[]): Promise<void> {
    this.#wanted = flows.map(encodeFlow);
    return this.#loop.run();
  }

  /** Ends the keeping. The flows stay. */
  async stop(): Promise<void> {
    const stopped = this.#loop.stop();
    this.#connection?.close();
    await stopped;
  }

  async #apply(): Promise<void> {
    const connection = this.#connection ?? (await this.#connect());
    const wanted = this.#wanted;
    const known = this.#present;
    this.#present = wanted; // if others change flows from here on, that is noticed and undoes this
    const difference = compareFlows(known ?? (await connection.flows()), wanted);
    const [added, removed] = [difference.add.length, difference.remove.length];
    if (added + removed === 0) return;
    await connection.change(difference);
    this.#log.debug({ bridge: this.#path, added, removed, asked: known === undefined }, 'flows changed');
  }

  async #connect(): Promise<OpenFlowConnection> {
    const connection = await OpenFlowConnection.open(this.#path);
    this.#connection = connection;
    this.#present = undefined;
    connection.closed.then(() => {
      if (this.#connection === connection) this.#connection = undefined;
      this.#loop.wake();
    });
    connection.matchFirstFragments();
    await connection.watchFlows(() => {
      if (this.#present !== undefined)
        this.#log.warn({ bridge: this.#path }, 'flows were changed by someone else');
      this.#present = undefined;
      this.#loop.wake();
    });
    if (!this.#reachable) this.#log.info({ bridge: this.#path }, 'switch is reachable again');
    this.#reachable = true;
    return connection;
  }

  /** Begins anew with another connection, which finds out what the bridge has. */
  #lost(error: unknown): void {
    this.#connection?.close();
    this.#connection = undefined;
    if (this.#reachable)
      this.#log.warn({ bridge: this.#path, err: error }, 'flows cannot be set, trying again');
    this.#reachable = false;
  }
}
