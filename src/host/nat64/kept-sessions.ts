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
  /** Takes over what is newer than what it knows. */
  learn(router: string, records: Uint8Array): void;
  /** Tells all sessions of a router. */
  recite(router: string, reader: SessionReader): void;
}

export class KeptSessions {
  readonly #directory: string;
  readonly #source: SessionSource;
  readonly #log: Logger;
  readonly #journals = new Map<string, SessionJournal>();

  constructor(directory: string, source: SessionSource, log: Logger) {
    this.#directory = directory;
    this.#source = source;
    this.#log = log;
  }

  /** From now on those of these routers are kept, and the source knows what was. */
  follow(routers: ReadonlySet<string>): void {
    for (const [id, journal] of this.#journals) {
      if (routers.has(id)) continue;
      this.#journals.delete(id);
      // It may come back: what is known of it is not over yet.
      journal.close();
    }
    const added = [...routers].filter((id) => !this.#journals.has(id));
    for (const id of added) this.#open(id);
    if (added.length > 0) this.#tidy();
  }

  /** The source has begun anew, and knows nothing. */
  recall(): void {
    for (const [id, journal] of this.#journals) this.#source.learn(id, journal.read());
  }

  /** Takes down what became of sessions of a router. */
  note(router: string, records: Uint8Array): void {
    const journal = this.#journals.get(router);
    if (journal === undefined) return;
    this.#attempt(router, journal, () => {
      journal.append(records);
      if (journal.isLong) this.#renew(router, journal);
    });
  }

  close(): void {
    for (const journal of this.#journals.values()) journal.close();
    this.#journals.clear();
  }

  #open(id: string): void {
    try {
      const journal = new SessionJournal(this.#directory, id);
      this.#journals.set(id, journal);
      this.#source.learn(id, journal.read());
    } catch (error) {
      this.#log.error({ err: error, port: id }, 'sessions of a router are not kept for a successor');
    }
  }

  #renew(router: string, journal: SessionJournal): void {
    journal.renew();
    this.#source.recite(router, (records, isLast) => {
      if (this.#journals.get(router) !== journal) return;
      this.#attempt(router, journal, () => {
        journal.append(records);
        if (isLast) journal.renewed();
      });
    });
  }

  /** Takes away the files in which nothing can be but what is over. */
  #tidy(): void {
    const overMs = Date.now() - LONGEST_SECONDS * LIFE_WITH_OTHERS * 1_000;
    for (const name of readdirSync(this.#directory)) {
      const path = join(this.#directory, name);
      if (!this.#journals.has(name.slice(0, ID_LENGTH)) && statSync(path).mtimeMs < overMs) rmSync(path);
    }
  }

  /** What cannot be written is given up: a file with holes says what is not so. */
  #attempt(router: string, journal: SessionJournal, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ err: error, port: router }, 'sessions of a router are not kept any more');
      this.#journals.delete(router);
      journal.remove();
    }
  }
}
