/** A database that has no room: it can be read, and not written. */
import type { Logger } from 'pino';
import { TokenBucket } from '../base/index.ts';

/** The disk of the database is full: nothing was kept, and nothing is wrong with what was asked of it. */
export class StoreFullError extends Error {
  constructor(cause: unknown) {
    super(`The database cannot be written: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'StoreFullError';
  }
}

/** Between two lines of log, milliseconds. */
const EVERY_MS = 60_000;

/** Tells whoever runs the service that there is no room, however many ask for it. */
export class FullNotice {
  readonly #log: Logger;
  readonly #lines = new TokenBucket(1, EVERY_MS);

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Passes on what becomes of a transaction. */
  async watch<R>(transaction: Promise<R>): Promise<R> {
    try {
      return await transaction;
    } catch (error) {
      if (error instanceof StoreFullError && this.#lines.take())
        this.#log.error(
          { reason: error.message },
          'no room for the database: nothing is changed until there is',
        );
      throw error;
    }
  }
}
