/** Rows in groups, of which one value each is of interest. Pure. */

/** @param value of a row; none for an empty list */
export const valuesBy = <Row, Value>(
  rows: readonly Row[],
  key: (row: Row) => string,
  value: (row: Row) => Value | readonly Value[],
): Map<string, Value[]> =>
  new Map(Array.from(Map.groupBy(rows, key), ([id, own]) => [id, own.flatMap(value)]));
