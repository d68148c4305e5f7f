/**
 * Statements that are asked often: built once for each shape of what goes in, and from then on only given values. To
 * build one takes several times as long as to run it.
 */
import type { Compilable, CompiledQuery, Kysely } from 'kysely';

type Scalar = string | number | null;
/** The columns of a row, or of several: all must have those of the first. */
type StatementRow = Readonly<Record<string, unknown>>;
/** A value, a list for `in`, or rows to be written. */
export type StatementArgument = Scalar | readonly Scalar[] | StatementRow | readonly StatementRow[];

/** Stands for a value while a statement is built. Only its place matters: who reads it, builds what holds once. */
class Slot {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }

  [Symbol.toPrimitive](): never {
    throw new Error('A statement is built of places for values: it cannot look at them.');
  }
}

interface Template {
  readonly compiled: CompiledQuery;
  /** For each parameter the number of its value, or the parameter itself when it is always the same. */
  readonly sources: readonly (number | { readonly always: unknown })[];
}

type OutputOf<Q> = Q extends Compilable<infer O> ? O : never;

/** @typeParam T the tables, A what goes in, O a row that comes out */
export interface Statement<T, A extends readonly StatementArgument[], O> {
  /** The statement with these values. */
  of(db: Kysely<T>, ...args: A): CompiledQuery<O>;
  /** Its rows. */
  all(db: Kysely<T>, ...args: A): Promise<O[]>;
  /** Its first row. */
  first(db: Kysely<T>, ...args: A): Promise<O | undefined>;
}

/**
 * A statement that is built once: for each database that it is used on, and for each length of the lists and each set
 * of columns that go in.
 * @param build puts its arguments where a query takes values, and looks at none of them: a list is for `in`, rows are
 *   for `values` or `set`. Lists that are empty match nothing.
 */
export function statement<T, const A extends readonly StatementArgument[], Q extends Compilable>(
  build: (db: Kysely<T>, ...args: A) => Q,
): Statement<T, A, OutputOf<Q>> {
  type O = OutputOf<Q>;
  const databases = new WeakMap<object, Map<string, Template>>();
  const of = (db: Kysely<T>, ...args: A): CompiledQuery<O> => {
    // A transaction has that of its database.
    const { adapter } = db.getExecutor();
    let templates = databases.get(adapter);
    if (templates === undefined) {
      templates = new Map();
      databases.set(adapter, templates);
    }
    const values: unknown[] = [];
    let shape = '';
    for (const arg of args) shape += addValues(arg, values);
    let template = templates.get(shape);
    if (template === undefined) {
      template = templateOf(build(db, ...(slotsFor(args) as unknown as A)));
      templates.set(shape, template);
    }
    const { compiled, sources } = template;
    const parameters = sources.map((source) => (typeof source === 'number' ? values[source] : source.always));
    return { ...compiled, parameters } as CompiledQuery<O>;
  };
  const all = async (db: Kysely<T>, ...args: A): Promise<O[]> =>
    (await db.executeQuery(of(db, ...args))).rows;
  return { of, all, first: async (...args) => (await all(...args))[0] };
}

/** Lists are filled up to the next power of two, with what is in them: so there are few lengths. */
const paddedLength = (length: number): number => (length < 2 ? 1 : 2 ** Math.ceil(Math.log2(length)));

const isRow = (one: unknown): one is StatementRow => typeof one === 'object' && one !== null;

/** Appends the values of an argument. Returns its shape. */
function addValues(arg: StatementArgument, values: unknown[]): string {
  if (!isRow(arg)) {
    values.push(arg);
    return '.';
  }
  if (!Array.isArray(arg)) return addRows([arg as StatementRow], values);
  if (isRow(arg[0])) return arg.length + addRows(arg as readonly StatementRow[], values);
  const length = paddedLength(arg.length);
  for (let at = 0; at < length; at++) values.push(at < arg.length ? arg[at] : (arg.at(-1) ?? null));
  return `[${length}]`;
}

/** @returns the columns */
function addRows(rows: readonly StatementRow[], values: unknown[]): string {
  const columns = Object.keys(rows[0]!);
  for (const row of rows) {
    if (Object.keys(row).length !== columns.length)
      throw new Error('Rows of one statement differ in columns.');
    for (const column of columns) values.push(row[column] ?? null);
  }
  return `{${columns}}`;
}

/** Arguments of the same shape, with places for the values: numbered in the order of `addValues`. */
function slotsFor(args: readonly StatementArgument[]): unknown[] {
  let count = 0;
  const slot = (): Slot => new Slot(count++);
  const slotsOf = (row: StatementRow): StatementRow =>
    Object.fromEntries(Object.keys(row).map((column) => [column, slot()]));
  return args.map((arg) => {
    if (!isRow(arg)) return slot();
    if (!Array.isArray(arg)) return slotsOf(arg as StatementRow);
    const rows: readonly unknown[] = arg;
    return isRow(rows[0])
      ? rows.map((row) => slotsOf(row as StatementRow))
      : Array.from({ length: paddedLength(rows.length) }, slot);
  });
}

function templateOf(query: Compilable): Template {
  const compiled = query.compile();
  const sources = compiled.parameters.map((parameter) =>
    parameter instanceof Slot ? parameter.index : { always: parameter },
  );
  return { compiled, sources };
}

/** Most rows that one statement writes. */
const MAX_ROWS = 128;

/** Splits rows into as many as one statement writes: powers of two, so that few statements are built. */
export function* rowSlices<R>(rows: readonly R[]): Generator<readonly R[]> {
  for (let start = 0; start < rows.length; ) {
    const left = rows.length - start;
    const size = left >= MAX_ROWS ? MAX_ROWS : 2 ** Math.floor(Math.log2(left));
    yield rows.slice(start, start + size);
    start += size;
  }
}
