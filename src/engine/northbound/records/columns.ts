/** Reads rows so that what cannot be read says where it stands, and what many units share is read once. */
import { PlanError } from '../../reconciler/plan.ts';

/** Makes something of a column. */
export type ReadColumn<Row> = <Name extends keyof Row & string, Value>(
  column: Name,
  parse: (value: Row[Name]) => Value,
) => Value;

/**
 * A reader of a row's columns.
 * @param what it is a row of, with its id
 * @throws PlanError (the reader) that names row and column
 */
export const columnsOf =
  <Row extends object>(row: Row, what: string, id: string): ReadColumn<Row> =>
  (column, parse) => {
    try {
      return parse(row[column]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PlanError(`${what} ${id}: ${column}: ${reason}`, { cause: error });
    }
  };

/** The function, but it works a row out once, however many units are made from that row. */
export function oncePerRow<Row extends object, Value extends object>(
  read: (row: Row) => Value,
): (row: Row) => Value {
  const known = new WeakMap<Row, Value>();
  return (row) => {
    const value = known.get(row) ?? read(row);
    known.set(row, value);
    return value;
  };
}

/** A parser of columns that are null where there is nothing. */
export const orNull =
  <Text, Value>(parse: (text: Text) => Value): ((text: Text | null) => Value | null) =>
  (text) =>
    text === null ? null : parse(text);

/** Seconds since 1970 of a time as the store writes it. */
export function secondsSince1970(time: string): number {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) throw new Error(`${JSON.stringify(time)} is not a time`);
  return milliseconds / 1000;
}

/** A list in JSON. */
export function listIn<Member>(json: string): Member[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) throw new Error(`${json.slice(0, 64)} is not a list`);
  return list;
}

/** Seconds since 1970 of a time as `created_at`. */
export const secondsOf = (text: string | null): number | null =>
  text === null ? null : Math.floor(Date.parse(text) / 1_000);
