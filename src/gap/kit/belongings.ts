/** What a trial or a demo makes along the way, to be removed in the end, whatever happens in between. */

/** It is too late to make more. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
}

export class Belongings implements AsyncDisposable {
  readonly #removals = new AsyncDisposableStack();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #signal: AbortSignal | undefined;
  #closed = false;

  /** @param signal once it is aborted nothing more is made; removing goes on all the same */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Makes something, and sees to it that it is removed.
   * @throws ClosedError when all is being removed already
   * @throws the signal's reason when that is aborted
   */
  async make<T>(create: () => Promise<T>, remove: (made: T) => Promise<void>): Promise<T> {
    this.#check();
    const making = create().then((made) => {
      this.removeLater(() => remove(made));
      return made;
    });
    this.#pending.add(making);
    try {
      return await making;
    } finally {
      this.#pending.delete(making);
    }
  }

  /** Like `make`, of something that is there at once. */
  makeNow<T>(create: () => T, remove: (made: T) => void | Promise<void>): T {
    this.#check();
    const made = create();
    this.removeLater(async () => remove(made));
    return made;
  }

  /** Sees to it that something is removed that was made elsewhere. What comes last goes first. */
  removeLater(remove: () => Promise<void>): void {
    this.#removals.defer(remove);
  }

  #check(): void {
    this.#signal?.throwIfAborted();
    if (this.#closed) throw new ClosedError('nothing more can be made: what there is is being removed');
  }

  /**
   * Removes everything, also what is being made just now for others that have not heard of the end.
   * @throws the error when something could not be removed, an AggregateError of several; the rest is, all the same
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#pending);
    try {
      await this.#removals.disposeAsync();
    } catch (error) {
      const errors = oneByOne(error);
      throw errors.length > 1 ? new AggregateError(errors, errors.map(String).join('; ')) : error;
    }
  }
}

/** The errors of a disposal, in their order: one that follows another has that within it. */
const oneByOne = (error: unknown): unknown[] =>
  error instanceof SuppressedError ? [...oneByOne(error.suppressed), error.error] : [error];
