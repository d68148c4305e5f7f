/** A database that does not answer now, and may a moment later. */

/** The database is away, is starting, or does not get to the request: nothing is wrong with what was asked of it. */
export class StoreUnavailableError extends Error {
  constructor(cause: unknown) {
    super(`The database does not answer: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'StoreUnavailableError';
  }
}
