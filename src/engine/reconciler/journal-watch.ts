import type { Store } from '../../resources/tables.ts';
import { journalEnd } from '../../store/index.ts';
import { JournalAge } from './journal-age.ts';

/** How far the journal goes, and how long what is not applied yet has waited. */
export class JournalWatch {
  readonly #store: Store;
  readonly #applied: () => number | undefined;
  readonly #age = new JournalAge();
  readonly #unsubscribe: () => void;
  #lookedAt = 0;

  /** @param applied the last entry that is in the database; undefined for none */
  constructor(store: Store, applied: () => number | undefined) {
    this.#store = store;
    this.#applied = applied;
    this.#unsubscribe = store.onChange(() => this.#age.committed(performance.now()));
  }

  stop(): void {
    this.#unsubscribe();
  }

  /** An entry was read. */
  saw(seq: number): void {
    this.#age.saw(seq, this.#applied() ?? 0, performance.now());
  }

  /** @returns where the journal ends; undefined when the store does not say */
  async end(): Promise<number | undefined> {
    this.#lookedAt = performance.now();
    try {
      const end = await journalEnd(this.#store.read, this.#store.dialect);
      this.saw(end);
      return end;
    } catch {
      return undefined;
    }
  }

  /** Looks where the journal ends, unless that was done in this time. */
  async look(everyMs: number): Promise<void> {
    if (performance.now() >= this.#lookedAt + everyMs) await this.end();
  }

  /** How long the oldest entry that is not applied has waited, as far as it was seen; undefined when none waits. */
  get oldestWaitingMs(): number | undefined {
    return this.#age.oldest(performance.now());
  }
}
