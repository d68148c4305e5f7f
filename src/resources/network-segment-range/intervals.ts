/** Which segmentation ids a project may have. Pure. */

/** Ids from a first to a last one. */
export interface Interval {
  readonly minimum: number;
  readonly maximum: number;
}

/** A range that an administrator has made; null is for every project. */
export interface MadeRange extends Interval {
  readonly projectId: string | null;
}

/**
 * The ids of one type that a project may have: those that are its own first, then those for everybody. What is another
 * project's own is nobody else's, whatever other range it is in.
 * @param usual those of the configuration
 */
export function intervalsFor(
  projectId: string,
  made: readonly MadeRange[],
  usual: readonly Interval[],
): Interval[] {
  const own = made.filter((range) => range.projectId === projectId);
  const reserved = made.filter((range) => range.projectId !== null);
  const shared = [...made.filter((range) => range.projectId === null), ...usual];
  return [...own, ...shared.flatMap((interval) => without(interval, reserved))].map(
    ({ minimum, maximum }) => ({ minimum, maximum }),
  );
}

/** What is left of an interval without others. */
function without(interval: Interval, others: readonly Interval[]): Interval[] {
  return others.reduce<Interval[]>(
    (left, other) =>
      left.flatMap(({ minimum, maximum }) =>
        overlap({ minimum, maximum }, other)
          ? [
              { minimum, maximum: other.minimum - 1 },
              { minimum: other.maximum + 1, maximum },
            ].filter((part) => part.minimum <= part.maximum)
          : [{ minimum, maximum }],
      ),
    [interval],
  );
}

/** Whether two intervals have an id in common. */
export const overlap = (one: Interval, other: Interval): boolean =>
  one.minimum <= other.maximum && other.minimum <= one.maximum;
