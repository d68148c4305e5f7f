/** What another thread was asked, until it answers. */

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** Questions that wait for an answer, each by its number. */
export class PendingAnswers {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #reason: Error | undefined;

  /**
   * @param send asks the question of this number
   * @throws what {@link take} is given, or {@link end} was
   */
  ask<Answer>(send: (id: number) => void): Promise<Answer> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      send(id);
    });
  }

  /** The answer to a question has come, or why there is none. */
  take(id: number, answer: unknown, error: Error | undefined): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(error);
  }

  /** Nothing is answered any more, for this reason. */
  end(reason: Error): void {
    this.#reason = reason;
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
