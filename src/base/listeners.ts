/** Those who want to be told of something, each by a function. */
export class Listeners<T = void> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Calls `listener` from now on; the result ends it. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells all of them, in the order in which they came. */
  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
