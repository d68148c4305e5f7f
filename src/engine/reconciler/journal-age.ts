/** An end of the journal, and when entries up to it were there. */
interface Sighting {
  readonly end: number;
  readonly at: number;
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
   * @param applied the last entry that is in the database: what is older is forgotten
   */
  saw(end: number, applied: number, now: number): void {
    if (end > this.#lastEnd) {
      this.#sightings.push({ end, at: this.#committedAt ?? now });
      this.#lastEnd = end;
    }
    this.#committedAt = undefined;
    this.#sightings = this.#sightings.filter((sighting) => sighting.end > applied);
    if (this.#sightings.length > MAX_SIGHTINGS) {
      // The first one stays, for the oldest entry is what is asked for.
      this.#sightings = this.#sightings.filter(
        (_, index, { length }) => index % 2 === 0 || index === length - 1,
      );
    }
  }

  /** Milliseconds that the oldest entry which was seen has waited; undefined when none waits. */
  oldest(now: number): number | undefined {
    const [first] = this.#sightings;
    return first && now - first.at;
  }
}
