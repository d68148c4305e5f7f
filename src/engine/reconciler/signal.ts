/** Wakes a loop: a notification is kept until the next wait, so that none is lost. */
export class Signal {
  #raised = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Resolves at a notification since the last wait, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#raised) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
      clearTimeout(timer);
    }
    this.#raised = false;
  }
}
