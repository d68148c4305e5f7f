/** An end of the journal, and when entries up to it were there. */
interface Sighting {
  readonly end: number;
  readonly at: number;
  /** Whether their commit was heard of, so that the time is its. */
  readonly isOfCommit: boolean;
}

/** Old sightings are thinned out beyond so many: what waits that long need not be known to the second. */
const MAX_SIGHTINGS = 128;

/**
 * How long the oldest entry of the journal that is not applied yet has waited. Entries have no time of their own; this
 * remembers when the journal was seen to end where. All times are milliseconds of one clock.
 */
export class JournalAge {
  #sightings: Sighting[] = [];
  #lastEnd = 0;
  #committedAt: number | undefined;

  /** Something was committed; where the journal ends now is looked up later. */
  committed(now: number): void {
    this.#committedAt ??= now;
  }

  /**
   * The journal ends here, or later.
   * @param applied as for {@link applied}, which this does too
   */
  saw(end: number, applied: number, now: number): number[] {
    if (end > this.#lastEnd) {
      const isOfCommit = this.#committedAt !== undefined;
      this.#sightings.push({ end, at: this.#committedAt ?? now, isOfCommit });
      this.#lastEnd = end;
    }
    this.#committedAt = undefined;
    const waited = this.applied(applied, now);
    if (this.#sightings.length > MAX_SIGHTINGS) {
      // The first one stays, for the oldest entry is what is asked for.
      this.#sightings = this.#sightings.filter(
        (_, index, { length }) => index % 2 === 0 || index === length - 1,
      );
    }
    return waited;
  }

  /**
   * The database has the entries up to this one: they are forgotten.
   * @returns how long commits that were heard of have waited for that, one of each group that was seen together
   */
  applied(applied: number, now: number): number[] {
    const done = this.#sightings.filter(({ end }) => end <= applied);
    this.#sightings = this.#sightings.filter(({ end }) => end > applied);
    return done.filter(({ isOfCommit }) => isOfCommit).map(({ at }) => now - at);
  }

  /** Milliseconds that the oldest entry which was seen has waited; undefined when none waits. */
  oldest(now: number): number | undefined {
    const [first] = this.#sightings;
    return first && now - first.at;
  }
}
