/** Which gateways are on this host, as far as BGP is concerned: one that goes to another host is told of there first. */
import type { Gateways } from '../facts/index.ts';

/** In which the host that a gateway went to tells of it: peers do without the route as little as packets do. */
const HANDOVER_MS = 3_000;

export class GatewayPresence {
  readonly #facts: Pick<Gateways, 'gatewaysHere'>;
  readonly #onEnd: () => void;
  readonly #now: () => number;
  /** Until when each counts as here that is not, in milliseconds; Infinity for those that are. */
  readonly #until = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param onEnd is called when one does not count any more */
  constructor(
    facts: Pick<Gateways, 'gatewaysHere'>,
    onEnd: () => void,
    now: () => number = () => performance.now(),
  ) {
    this.#facts = facts;
    this.#onEnd = onEnd;
    this.#now = now;
  }

  /** Whether a gateway's port is here, or was until a moment ago. */
  isHere(portId: string): boolean {
    this.#look();
    return this.#until.has(portId);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = this.#now();
    const here = new Set(Array.from(this.#facts.gatewaysHere(), ([portId]) => portId));
    for (const portId of here) this.#until.set(portId, Number.POSITIVE_INFINITY);
    let next = Number.POSITIVE_INFINITY;
    for (const [portId, until] of this.#until) {
      if (here.has(portId)) continue;
      if (until === Number.POSITIVE_INFINITY) this.#until.set(portId, now + HANDOVER_MS);
      else if (until <= now) this.#until.delete(portId);
      next = Math.min(next, this.#until.get(portId) ?? next);
    }
    clearTimeout(this.#timer);
    if (next !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(this.#onEnd, next - now).unref();
  }
}
