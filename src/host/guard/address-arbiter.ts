/** The host's conversation with its server about who has which address: one report at a time, with all there is to tell. */
import type { Logger } from 'pino';
import type { AddressServer, PortAddress, ReportedAddress } from './address-reports.ts';
import type { Time } from './binder-effects.ts';

/** An instance does not wait longer than this for the server: without it the host decides, and tells it later. */
const PATIENCE_MS = 100;
const RETRY_MS = 1_000;
/** What is told at once. */
const MOST_AT_ONCE = 500;

interface Question {
  readonly told: ReportedAddress;
  /** Tells who waits what the server said. */
  readonly answer: (isOurs: boolean) => void;
  /** Nobody waits for the answer any more. */
  isLate: boolean;
}

export class AddressArbiter {
  readonly #server: Pick<AddressServer, 'report'>;
  /** The server says, later than somebody waited for it, that an address is not the port's. */
  readonly #onDenied: (denied: PortAddress) => Promise<void>;
  readonly #time: Time;
  readonly #log: Logger;
  readonly #taken = new Map<string, Question>();
  readonly #givenUp = new Map<string, PortAddress>();
  #isTelling = false;
  #isAway = false;

  constructor(
    server: Pick<AddressServer, 'report'>,
    onDenied: (denied: PortAddress) => Promise<void>,
    time: Time,
    log: Logger,
  ) {
    this.#server = server;
    this.#onDenied = onDenied;
    this.#time = time;
    this.#log = log;
  }

  /**
   * A port's instance is about to have an address.
   * @returns whether the server agrees; undefined when it does not say so in time, and will be told
   */
  async took(told: ReportedAddress): Promise<boolean | undefined> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const question: Question = { told, answer: resolve, isLate: false };
    const name = nameOf(told);
    // The last one counts: whoever asked before has the same answer.
    const before = this.#taken.get(name);
    if (before !== undefined) void promise.then(before.answer);
    this.#taken.set(name, question);
    this.#tell();
    const silence = this.#time.pause(PATIENCE_MS).then(() => {
      question.isLate = true;
      return undefined;
    });
    return Promise.race([promise, silence]);
  }

  /** A port's instance does not have an address any more. */
  gaveUp(gone: PortAddress): void {
    const name = nameOf(gone);
    this.#taken.delete(name);
    this.#givenUp.set(name, gone);
    this.#tell();
  }

  /** There is no such port any more. */
  forget(portId: string): void {
    for (const map of [this.#taken, this.#givenUp])
      for (const [name, one] of map) if (('told' in one ? one.told : one).portId === portId) map.delete(name);
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    void this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    while (this.#taken.size + this.#givenUp.size > 0) {
      const taken = [...this.#taken].slice(0, MOST_AT_ONCE);
      const givenUp = [...this.#givenUp].slice(0, MOST_AT_ONCE);
      try {
        const denied = await this.#server.report({
          taken: taken.map(([, { told }]) => told),
          givenUp: givenUp.map(([, gone]) => gone),
        });
        this.#isAway = false;
        // What was given up or taken once more meanwhile is to be told once more.
        for (const [name, gone] of givenUp) if (this.#givenUp.get(name) === gone) this.#givenUp.delete(name);
        const others = new Map(denied.map((one) => [nameOf(one), one]));
        for (const [name, question] of taken) {
          if (this.#taken.get(name) !== question) continue;
          this.#taken.delete(name);
          const other = others.get(name);
          question.answer(other === undefined);
          if (other !== undefined && question.isLate) await this.#onDenied(other);
        }
      } catch (error) {
        if (!this.#isAway) this.#log.warn({ err: error }, 'the server is not told of addresses; it will be');
        this.#isAway = true;
        await this.#time.pause(RETRY_MS);
      }
    }
    // In the same step as the last look: what comes later starts anew.
    this.#isTelling = false;
  }
}

const nameOf = ({ portId, address }: PortAddress): string => `${portId} ${address}`;
