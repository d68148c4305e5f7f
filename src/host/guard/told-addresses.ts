/** Tells the server which addresses instances took and gave up: several at a time, and again until it was told. */
import type { Logger } from 'pino';
import type { Address } from '../../addressing/index.ts';
import type { BinderEffects, Time } from './binder-effects.ts';

/** What is told to the server waits as long as this for more. */
const REPORT_MS = 100;
const RETRY_MS = 5_000;

interface Untold {
  readonly taken: Map<string, Address>;
  /** What the facts still say that the port has. */
  readonly givenUp: Map<string, Address>;
  /** Of these: what the server does not know yet. */
  readonly leaving: Set<string>;
  /** Whether a report is to come. */
  isWaiting: boolean;
}

export class ToldAddresses {
  readonly #report: BinderEffects['report'];
  /** The server says that another port has an address. */
  readonly #onDenied: (portId: string, address: Address) => Promise<void>;
  readonly #time: Time;
  readonly #log: Logger;
  /** By port. */
  readonly #untold = new Map<string, Untold>();

  constructor(
    report: BinderEffects['report'],
    onDenied: (portId: string, address: Address) => Promise<void>,
    time: Time,
    log: Logger,
  ) {
    this.#report = report;
    this.#onDenied = onDenied;
    this.#time = time;
    this.#log = log;
  }

  took(portId: string, address: Address): void {
    const untold = this.#of(portId);
    const text = address.toString();
    untold.givenUp.delete(text);
    untold.leaving.delete(text);
    untold.taken.set(text, address);
    this.#tellLater(portId, untold, REPORT_MS);
  }

  gaveUp(portId: string, address: Address): void {
    const untold = this.#of(portId);
    const text = address.toString();
    untold.taken.delete(text);
    untold.givenUp.set(text, address);
    untold.leaving.add(text);
    this.#tellLater(portId, untold, REPORT_MS);
  }

  /** Whether a port's instance gave an address up that the facts still say to be its. */
  isGivenUp(portId: string, address: Address): boolean {
    return this.#untold.get(portId)?.givenUp.has(address.toString()) ?? false;
  }

  /**
   * The facts say which addresses a port's instance took. They come late: what was given up is not forgotten before the
   * server knows of it, though they may not say yet that it was taken.
   */
  follow(portId: string, learned: readonly Address[]): void {
    const untold = this.#untold.get(portId);
    for (const text of untold?.givenUp.keys() ?? [])
      if (!untold?.leaving.has(text) && !learned.some((one) => one.toString() === text))
        untold?.givenUp.delete(text);
  }

  /** There is no such port any more. */
  forget(portId: string): void {
    this.#untold.delete(portId);
  }

  #of(portId: string): Untold {
    return this.#untold.getOrInsertComputed(portId, () => ({
      taken: new Map(),
      givenUp: new Map(),
      leaving: new Set(),
      isWaiting: false,
    }));
  }

  /** One report of a port at a time: an older one that is slow must not have the last word. */
  #tellLater(portId: string, untold: Untold, ms: number): void {
    if (untold.isWaiting) return;
    untold.isWaiting = true;
    void this.#time.pause(ms).then(async () => {
      const againMs = await this.#tell(portId, untold);
      untold.isWaiting = false;
      const isForgotten = this.#untold.get(portId) !== untold;
      if (!isForgotten && untold.taken.size + untold.leaving.size > 0)
        this.#tellLater(portId, untold, againMs);
    });
  }

  /** @returns when to tell the rest, in milliseconds */
  async #tell(portId: string, untold: Untold): Promise<number> {
    if (this.#untold.get(portId) !== untold) return RETRY_MS;
    // What another port gave up is to be told before: the server would say that it is still that port's.
    const leaving = new Set([...this.#untold.values()].flatMap((other) => [...other.leaving]));
    const taken = [...untold.taken.values()].filter((address) => !leaving.has(address.toString()));
    const givenUp = [...untold.givenUp.values()].filter((address) => untold.leaving.has(address.toString()));
    if (taken.length + givenUp.length === 0) return REPORT_MS;
    try {
      const others = await this.#report(portId, { taken, given_up: givenUp });
      // What was taken or given up once more meanwhile is to be told once more.
      for (const address of taken) {
        const text = address.toString();
        if (untold.taken.get(text) === address) untold.taken.delete(text);
      }
      for (const address of givenUp) {
        const text = address.toString();
        if (untold.givenUp.get(text) === address) untold.leaving.delete(text);
      }
      for (const address of others) await this.#onDenied(portId, address);
      return REPORT_MS;
    } catch (error) {
      this.#log.warn(
        { err: error, port: portId, taken: taken.map(String) },
        'the server was not told of addresses that an instance took; it will be',
      );
      return RETRY_MS;
    }
  }
}
