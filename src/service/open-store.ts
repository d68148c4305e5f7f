/** Opens the store of resources, and makes sure that its tables are those of the definitions. */

import { columnOf, definitions, type Store, storedAttributes, type Tables } from '../resources/index.ts';
import { type OpenOptions, openBasicStore, StoreError } from '../store/index.ts';

/**
 * Opens a store and brings its tables up to date. A PostgreSQL that does not answer is waited for.
 * @throws StoreError when it cannot be opened, or when a definition has an attribute without a column; the signal's
 * reason
 */
export async function openStore(options: OpenOptions): Promise<Store> {
  const store = await openBasicStore<Tables>(options);
  const missing = await missingColumns(store);
  if (missing.length === 0) return store;
  await store.close();
  throw new StoreError(
    `The database has no column ${missing.join(', ')}: an attribute that is stored needs a migration in src/store/migrations.`,
  );
}

/** The columns that definitions ask for and the database has not, as `table.column`. */
async function missingColumns({ read }: Store): Promise<string[]> {
  const tables = await read.introspection.getTables();
  const known = new Map(tables.map(({ name, columns }) => [name, new Set(columns.map((one) => one.name))]));
  return Object.values(definitions).flatMap((definition) =>
    storedAttributes(definition)
      .map(([attribute]) => columnOf(attribute))
      .filter((column) => !known.get(definition.collection)?.has(column))
      .map((column) => `${definition.collection}.${column}`),
  );
}
