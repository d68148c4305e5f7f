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

  /** The facts say which addresses a port's instance took. */
  follow(portId: string, learned: readonly Address[]): void {
    const untold = this.#untold.get(portId);
    for (const text of untold?.givenUp.keys() ?? [])
      if (!learned.some((one) => one.toString() === text)) untold?.givenUp.delete(text);
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

  #tellLater(portId: string, untold: Untold, ms: number): void {
    if (untold.isWaiting) return;
    untold.isWaiting = true;
    void this.#time.pause(ms).then(() => {
      untold.isWaiting = false;
      return this.#tell(portId, untold);
    });
  }

  async #tell(portId: string, untold: Untold): Promise<void> {
    if (this.#untold.get(portId) !== untold) return;
    // What another port gave up is to be told before: the server would say that it is still that port's.
    const leaving = new Set([...this.#untold.values()].flatMap((other) => [...other.leaving]));
    const taken = [...untold.taken.values()].filter((address) => !leaving.has(address.toString()));
    const givenUp = [...untold.givenUp.values()].filter((address) => untold.leaving.has(address.toString()));
    if (taken.length < untold.taken.size) this.#tellLater(portId, untold, REPORT_MS);
    if (taken.length + givenUp.length === 0) return;
    try {
      const others = await this.#report(portId, { taken, given_up: givenUp });
      for (const address of taken) untold.taken.delete(address.toString());
      for (const address of givenUp) untold.leaving.delete(address.toString());
      for (const address of others) await this.#onDenied(portId, address);
    } catch (error) {
      this.#log.warn(
        { err: error, port: portId, taken: taken.map(String) },
        'the server was not told of addresses that an instance took; it will be',
      );
      this.#tellLater(portId, untold, RETRY_MS);
    }
  }
}
