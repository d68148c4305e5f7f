/** The sessions of the routers that are translated for here, in files for whoever comes after this process. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { LONGEST_SECONDS } from './nat64-session.ts';
import { SessionJournal } from './session-journal.ts';
import { LIFE_WITH_OTHERS } from './session-news.ts';
import type { SessionReader } from './translator-pool.ts';

/** Files are called after the router, and what may stand behind that. */
const ID_LENGTH = 36;

/** Whoever has the sessions. */
export interface SessionSource {
  /**
   * Takes over what is newer than what it knows.
   * @param onLearned is told when it has, or never will
   */
  learn(router: string, records: Uint8Array, onLearned?: () => void): void;
  /** Tells all sessions of a router. */
  recite(router: string, reader: SessionReader): void;
}

/** Until what could not be written is tried again. */
const RETRY_MS = 10_000;

export class KeptSessions {
  readonly #directory: string;
  readonly #source: SessionSource;
  readonly #log: Logger;
  readonly #retryMs: number;
  readonly #journals = new Map<string, SessionJournal>();
  /** Those of which nothing could be written, and when that is tried again. */
  readonly #unkept = new Map<string, number>();

  constructor(directory: string, source: SessionSource, log: Logger, retryMs = RETRY_MS) {
    this.#directory = directory;
    this.#source = source;
    this.#log = log;
    this.#retryMs = retryMs;
  }

  /** From now on those of these routers are kept, where there is room for them, and the source knows what was. */
  follow(routers: ReadonlySet<string>): void {
    for (const [id, journal] of this.#journals) {
      if (routers.has(id)) continue;
      this.#journals.delete(id);
      // It may come back: what is known of it is not over yet.
      journal.close();
    }
    for (const id of this.#unkept.keys()) if (!routers.has(id)) this.#unkept.delete(id);
    const added = [...routers].filter((id) => !this.#journals.has(id) && !this.#unkept.has(id));
    for (const id of added) this.#open(id);
    if (added.length > 0) this.#tidy();
  }

  /** The source has begun anew, and knows nothing. */
  recall(): void {
    for (const [id, journal] of [...this.#journals]) {
      // Nobody tells the rest of a whole that was being written.
      journal.close();
      this.#journals.delete(id);
      this.#open(id);
    }
  }

  /** Takes down what became of sessions of a router. */
  note(router: string, records: Uint8Array): void {
    const journal = this.#journals.get(router) ?? this.#reopened(router);
    if (journal === undefined) return;
    this.#attempt(router, () => {
      journal.append(records);
      if (journal.isLong) this.#renew(router, journal);
    });
  }

  close(): void {
    for (const journal of this.#journals.values()) journal.close();
    this.#journals.clear();
  }

  #open(id: string): SessionJournal | undefined {
    this.#attempt(id, () => {
      const journal = new SessionJournal(this.#directory, id);
      this.#journals.set(id, journal);
      this.#source.learn(id, journal.read());
    });
    return this.#journals.get(id);
  }

  /** When it is time to try again: the whole is written, of which the file knows nothing. */
  #reopened(router: string): SessionJournal | undefined {
    if (performance.now() < (this.#unkept.get(router) ?? Number.POSITIVE_INFINITY)) return undefined;
    const journal = this.#open(router);
    if (journal === undefined) return undefined;
    this.#attempt(router, () => this.#renew(router, journal));
    return this.#journals.get(router);
  }

  #renew(router: string, journal: SessionJournal): void {
    journal.renew();
    this.#source.recite(router, (records, isLast) => {
      if (this.#journals.get(router) !== journal) return;
      this.#attempt(router, () => {
        journal.append(records);
        if (!isLast) return;
        journal.renewed();
        this.#unkept.delete(router);
      });
    });
  }

  /** Takes away the files in which nothing can be but what is over. */
  #tidy(): void {
    const overMs = Date.now() - LONGEST_SECONDS * LIFE_WITH_OTHERS * 1_000;
    try {
      for (const name of readdirSync(this.#directory)) {
        const path = join(this.#directory, name);
        if (!this.#journals.has(name.slice(0, ID_LENGTH)) && statSync(path).mtimeMs < overMs) rmSync(path);
      }
    } catch (error) {
      this.#log.error({ err: error }, 'files of sessions that are over could not be taken away');
    }
  }

  /** What cannot be written is given up for a while: a file with holes says what is not so. It is told of once. */
  #attempt(router: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.#unkept.size === 0)
        this.#log.error({ err: error, port: router }, 'sessions of a router are not kept for a successor');
      this.#unkept.set(router, performance.now() + this.#retryMs);
      const journal = this.#journals.get(router);
      this.#journals.delete(router);
      journal?.remove();
    }
  }
}
