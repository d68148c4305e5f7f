/** How many connections instances may have. */
import type { Socket } from 'node:net';

export interface Limits {
  /** Connections of all, and of one. */
  readonly total: number;
  readonly each: number;
  /** Milliseconds without a sign of life, and of a connection as a whole. */
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

export class ConnectionLimits {
  readonly #limits: Limits;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Counts a connection until it ends, which it must in time; resets it when there are too many, and says so. */
  admit(whose: string, socket: Socket): boolean {
    const { total, each, idleMs, lifetimeMs } = this.#limits;
    const count = this.#counts.get(whose) ?? 0;
    if (count >= each || this.#total >= total) {
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
