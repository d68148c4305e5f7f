/**
 * Which hosts are let in: those that joined, and were not removed since. Who was removed, or replaced by a machine that was
 * installed anew, is out at once: its authority is believed no more, by this service and by the southbound database, its
 * connections end, and so do the tunnels to it.
 */
import type { Logger } from 'pino';
import { Listeners, Repeated } from '../base/index.ts';
import type { Authority, Candidate } from '../pki/index.ts';
import type { Store } from '../resources/index.ts';

export interface HostDoorOptions {
  readonly authority: Authority;
  readonly store: Store;
  /** Ends what hosts have with the southbound database; those that may come again, and the chassis are taken out. */
  readonly expel: (chassis: readonly string[]) => Promise<void>;
  /** How often it is looked for hosts that were removed. */
  readonly everyMs?: number;
  readonly log: Logger;
}

const LOOK_MS = 500;

export class HostDoor {
  readonly authority: Authority;
  readonly #options: HostDoorOptions;
  readonly #listeners = new Listeners<void>();
  readonly #looking: Repeated;

  constructor(options: HostDoorOptions) {
    const { authority, everyMs = LOOK_MS, log } = options;
    this.authority = authority;
    this.#options = options;
    this.#looking = new Repeated(
      () => this.#look(),
      everyMs,
      (error) => log.error({ err: error }, 'hosts that were removed are not out yet; this is tried again'),
    );
  }

  /** Calls `listener` when others are believed than before; the result ends it. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Lets a host in, in the place of whoever had its name. */
  async admit(candidate: Candidate): Promise<void> {
    const isReplaced = this.authority.admit(candidate);
    this.#listeners.tell();
    if (isReplaced) await this.#options.expel([]);
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  /** What was begun when this ended is gone on with: a host's authority is forgotten last. */
  async #look(): Promise<void> {
    const { authority, store, expel, log } = this.#options;
    const rows = await store.read.selectFrom('agents').select('chassis').execute();
    const known = new Set(rows.map(({ chassis }) => chassis));
    const gone = authority.hosts().filter((name) => !known.has(name));
    if (gone.length === 0) return;
    authority.distrust(gone);
    this.#listeners.tell();
    await expel(gone);
    authority.forget(gone);
    log.info({ audit: { hosts: gone } }, 'hosts that were removed are out');
  }
}
