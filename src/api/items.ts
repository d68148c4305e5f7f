/** Rows of a resource as callers are told of them: records, and the JSON of answers. */
import {
  columnsHolding,
  type Resource,
  type ResourceRecord,
  type Settings,
  type Store,
  sharedAmong,
  type Values,
} from '../resources/index.ts';
import type { Caller } from './identity.ts';
import { shownTo, viewer } from './response-body.ts';
import { type RowWriter, rowWriter } from './row-writer.ts';

/** Rows become the JSON of items, with commas between them. */
interface ItemsWriter {
  /** The columns that it takes; all when left out. */
  readonly columns?: readonly string[];
  write(rows: Values[]): Promise<string>;
}

/** What is found out once for a choice of attributes. */
interface Shown {
  readonly writeRow: RowWriter;
  /** The columns that hold all of them; undefined when some stand elsewhere. */
  readonly columns: readonly string[] | undefined;
  /** Whether they are the same for all callers who may see them. */
  readonly isPlain: boolean;
}

/** The items of answers about one resource. */
export class Items {
  readonly #store: Store;
  readonly #settings: Settings;
  readonly #resource: Resource;
  /** All attributes, as members see them, and administrators. */
  readonly #whole: { member?: Shown; admin?: Shown } = {};

  constructor(store: Store, settings: Settings, resource: Resource) {
    this.#store = store;
    this.#settings = settings;
    this.#resource = resource;
  }

  /** @param fields names from `?fields=`; empty for all */
  writer(caller: Caller, fields: readonly string[]): ItemsWriter {
    const { isPlain, columns, writeRow } = this.#shown(caller, fields);
    if (columns !== undefined)
      return { columns, write: async (rows) => rows.map((row) => writeRow(row, {})).join() };
    const { supply } = this.#resource;
    if (isPlain && supply)
      return {
        write: async (rows) => {
          const supplied = await supply(this.#store.read, rows, this.#settings);
          return rows.map((row, index) => writeRow(row, supplied[index] ?? {})).join();
        },
      };
    return {
      write: async (rows) => {
        const records = await this.#resource.load(this.#store.read, rows, this.#settings);
        return JSON.stringify(await this.views(caller, records, fields)).slice(1, -1);
      },
    };
  }

  /** Records as their caller sees them. */
  async views(
    caller: Caller,
    records: readonly ResourceRecord[],
    fields: readonly string[] = [],
  ): Promise<Values[]> {
    return (await this.#told(caller, records)).map(viewer(this.#resource.definition, caller, fields));
  }

  #shown(caller: Caller, fields: readonly string[]): Shown {
    if (fields.length > 0) return this.#newShown(caller, fields);
    const key = caller.isAdmin ? 'admin' : 'member';
    this.#whole[key] ??= this.#newShown(caller, fields);
    return this.#whole[key];
  }

  #newShown(caller: Caller, fields: readonly string[]): Shown {
    const { definition, sharedAs } = this.#resource;
    const names = shownTo(definition, caller, fields).map(([name]) => name);
    // That something is shared may be so for its caller alone.
    const isPlain = !(sharedAs && names.includes('shared'));
    return {
      writeRow: rowWriter(definition, caller, fields),
      columns: isPlain && fields.length > 0 ? columnsHolding(definition, names) : undefined,
      isPlain,
    };
  }

  /** Records as their caller is told of them: what is shared with its project alone is shared, too. */
  async #told({ projectId }: Caller, records: readonly ResourceRecord[]): Promise<readonly ResourceRecord[]> {
    const kind = this.#resource.sharedAs;
    if (kind === undefined) return records;
    const others = records.filter((one) => one.shared === false && one.project_id !== projectId);
    if (others.length === 0) return records;
    const ids = others.map(({ id }) => id);
    const shared = await sharedAmong(this.#store.read, kind, ids, projectId);
    return records.map((one) => (shared.has(one.id) ? { ...one, shared: true } : one));
  }
}
