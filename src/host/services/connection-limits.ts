/** How many connections instances may have. */
import type { Socket } from 'node:net';

export interface Limits {
  /** Connections of all, and of one. */
  readonly total: number;
  readonly each: number;
  /** Connections of all who are none of the ports known. */
  readonly strangers: number;
  /** Milliseconds without a sign of life, and of a connection as a whole. */
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

/** No port's id. */
const STRANGERS = '';

export class ConnectionLimits {
  readonly #limits: Limits;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Counts a connection until it ends, which it must in time; resets it when there are too many, and says so.
   * @param portId of the port that it is from. Whoever is none shares with all such: they may have any addresses
   */
  admit(portId: string | undefined, socket: Socket): boolean {
    const { total, each, strangers, idleMs, lifetimeMs } = this.#limits;
    const whose = portId ?? STRANGERS;
    const count = this.#counts.get(whose) ?? 0;
    if (count >= (portId === undefined ? strangers : each) || this.#total >= total) {
      socket.resetAndDestroy();
      return false;
    }
    this.#counts.set(whose, count + 1);
    this.#total++;
    socket.setTimeout(idleMs, () => socket.resetAndDestroy());
    const end = setTimeout(() => socket.resetAndDestroy(), lifetimeMs);
    socket.once('close', () => {
      clearTimeout(end);
      this.#total--;
      const left = (this.#counts.get(whose) ?? 1) - 1;
      if (left === 0) this.#counts.delete(whose);
      else this.#counts.set(whose, left);
    });
    return true;
  }
}
