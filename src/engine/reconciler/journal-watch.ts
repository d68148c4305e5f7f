/** How far the journal is followed, and how long what is not has waited. */
import type { Store } from '../../resources/index.ts';
import { journalEnd } from '../../store/index.ts';
import type { Cursor } from './cursor.ts';
import { JournalAge } from './journal-age.ts';

/** How far the journal goes, how far it is followed, and how long the rest has waited. */
export class JournalWatch {
  readonly #store: Store;
  readonly #cursor: Cursor;
  readonly #age = new JournalAge();
  readonly #onFollowed: (ms: number) => void;
  readonly #unsubscribe: () => void;
  #lookedAt = 0;
  /**
   * Entries beyond the cursor that concern no unit. The cursor is written with the next transaction, or after a while:
   * one of its own for each would cost OVN as much as a change. It holds only as long as the cursor is that `from`.
   */
  #unconcerning: { readonly from: number; readonly to: number } | undefined;

  /** @param onFollowed told how long commits that were heard of waited until they were followed */
  constructor(store: Store, cursor: Cursor, onFollowed: (ms: number) => void) {
    this.#store = store;
    this.#cursor = cursor;
    this.#onFollowed = onFollowed;
    this.#unsubscribe = store.onChange(() => this.#age.committed(performance.now()));
  }

  stop(): void {
    this.#unsubscribe();
  }

  /** The last entry that is followed, as far as this process knows; undefined when the database follows another store. */
  get followed(): number | undefined {
    const position = this.#cursor.read();
    if (position?.store !== this.#store.id) return undefined;
    return this.#unconcerning?.from === position.cursor ? this.#unconcerning.to : position.cursor;
  }

  /** The entries up to this one are read, and concern nothing. */
  pass(seq: number): void {
    const from = this.#cursor.read()?.cursor;
    if (from !== undefined) this.#unconcerning = { from, to: seq };
  }

  /** The journal goes as far as this, or further. */
  saw(seq: number): void {
    for (const ms of this.#age.saw(seq, this.followed ?? 0, performance.now())) this.#onFollowed(ms);
  }

  /** The cursor may have moved. */
  note(): void {
    for (const ms of this.#age.applied(this.followed ?? 0, performance.now())) this.#onFollowed(ms);
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

  /** How long the oldest entry that is not followed has waited, as far as it was seen; undefined when none waits. */
  get oldestWaitingMs(): number | undefined {
    return this.#age.oldest(performance.now());
  }
}
