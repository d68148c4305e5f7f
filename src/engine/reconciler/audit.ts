/** A look at everything, in portions and at low priority. */
import type { UnitName } from './plan.ts';

type Portions = AsyncGenerator<readonly UnitName[]>;

/** A look at everything, portion by portion. */
export class Audit {
  readonly #everything: () => Portions;
  #portions: Portions;
  #isDone = false;

  /** @param everything all units, from the beginning */
  constructor(everything: () => Portions) {
    this.#everything = everything;
    this.#portions = everything();
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * @returns the next portion; undefined when there is none
   * @throws errors of the reading; the audit then begins anew
   */
  async next(): Promise<readonly UnitName[] | undefined> {
    try {
      const { done, value } = await this.#portions.next();
      this.#isDone = done === true;
      return done ? undefined : value;
    } catch (error) {
      // A generator that has thrown is at its end.
      this.#portions = this.#everything();
      throw error;
    }
  }
}
