/**
 * Takes ports off hosts that nobody has them move to. OVN sends all that is for a port to each host that names itself in
 * `additional_chassis` of its binding, and its role for hosts lets any of them do so with any port.
 */
import type { Logger } from 'pino';
import { Loop } from '../base/index.ts';
import type { Companions, SouthboundPlaces } from './port-places.ts';

export interface UninvitedHostsOptions {
  readonly places: Pick<SouthboundPlaces, 'ports' | 'companionsOf' | 'release' | 'onMove'>;
  readonly log: Logger;
  /** Milliseconds that a host has to take itself off a port which does not move there any more. */
  readonly graceMs?: number;
}

/** An honest one needs a moment for that; on a busy machine more. */
const GRACE_MS = 5_000;
const RETRY_MS = 1_000;

const NOBODY: Companions = { actual: [], wanted: [] };

/** A host that has a port and is not to. */
interface Guest {
  readonly since: number;
  /** Whether it was taken off the port before: it gets no grace again. */
  readonly wasCaught: boolean;
}

export class UninvitedHosts {
  readonly #options: Required<UninvitedHostsOptions>;
  /** By port, and by the host's name. A host that was caught is kept until it is to have the port. */
  readonly #guests = new Map<string, Map<string, Guest>>();
  /** Ports to look at. */
  readonly #open = new Set<string>();
  readonly #looking: Loop;
  readonly #unsubscribe: () => void;
  #later: NodeJS.Timeout | undefined;

  constructor(options: UninvitedHostsOptions) {
    this.#options = { graceMs: GRACE_MS, ...options };
    this.#looking = new Loop(
      () => this.#look(),
      RETRY_MS,
      (error) =>
        options.log.error({ err: error }, 'ports are not taken off uninvited hosts yet, trying again'),
    );
    this.#unsubscribe = options.places.onMove((ports) => this.#note(ports));
    this.#note(options.places.ports());
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    clearTimeout(this.#later);
    await this.#looking.stop();
  }

  #note(ports: Iterable<string>): void {
    for (const port of ports)
      if (this.#guests.has(port) || this.#uninvitedOn(port).length > 0) this.#open.add(port);
    if (this.#open.size > 0) this.#looking.wake();
  }

  #uninvitedOn(port: string): string[] {
    const { actual, wanted } = this.#options.places.companionsOf(port) ?? NOBODY;
    return actual.filter((host) => !wanted.includes(host));
  }

  async #look(): Promise<void> {
    const { graceMs } = this.#options;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const port of [...this.#open]) {
      const guests = this.#guestsOf(port, now);
      const uninvited = this.#uninvitedOn(port);
      const left = (host: string): number => {
        const guest = guests.get(host);
        return guest === undefined || guest.wasCaught ? 0 : guest.since + graceMs - now;
      };
      const due = uninvited.filter((host) => left(host) <= 0);
      if (due.length > 0) await this.#takeOff(port, due, guests);
      const waiting = uninvited.filter((host) => !due.includes(host));
      if (waiting.length === 0) this.#open.delete(port);
      next = Math.min(next, ...waiting.map(left));
    }
    clearTimeout(this.#later);
    if (next !== Number.POSITIVE_INFINITY) this.#later = setTimeout(() => this.#looking.wake(), next).unref();
  }

  /** Brings up to date what is known of a port's uninvited hosts. */
  #guestsOf(port: string, now: number): Map<string, Guest> {
    const guests = this.#guests.getOrInsertComputed(port, () => new Map());
    const companions = this.#options.places.companionsOf(port);
    const uninvited = this.#uninvitedOn(port);
    for (const [host, { wasCaught }] of guests) {
      const isOver = companions?.wanted.includes(host) ?? true;
      if (isOver || !(wasCaught || uninvited.includes(host))) guests.delete(host);
    }
    for (const host of uninvited) guests.getOrInsertComputed(host, () => ({ since: now, wasCaught: false }));
    if (guests.size === 0) this.#guests.delete(port);
    return guests;
  }

  async #takeOff(port: string, hosts: readonly string[], guests: Map<string, Guest>): Promise<void> {
    const { places, log } = this.#options;
    await places.release(port, hosts);
    for (const host of hosts) {
      const guest = guests.get(host);
      if (guest === undefined || guest.wasCaught) continue;
      log.warn(
        { port, host },
        'a host had what is for a port sent to it, which nobody moves there: it is off',
      );
      guests.set(host, { ...guest, wasCaught: true });
    }
  }
}
