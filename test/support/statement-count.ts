/** Counts the statements that this process has its databases run. */
import pg from 'pg';
import { SqliteConnection } from '../../src/store/sqlite.ts';

export interface StatementCount {
  readonly number: number;
  end(): void;
}

/** Calls `note` with the arguments of each call of a method, until `end`. */
function watchMethod<P extends object>(
  prototype: P,
  name: keyof P,
  note: (first: unknown) => void,
): () => void {
  const original = prototype[name];
  const watched = function (this: unknown, ...args: unknown[]): unknown {
    note(args[0]);
    return (original as (...all: unknown[]) => unknown).apply(this, args);
  };
  Object.assign(prototype, { [name]: watched });
  return () => {
    Object.assign(prototype, { [name]: original });
  };
}

/** Those of SQLite. */
export function watchSqlite(): StatementCount {
  let number = 0;
  const note = (): void => {
    number++;
  };
  const ends = [
    watchMethod(SqliteConnection.prototype, 'executeQuery', note),
    watchMethod(SqliteConnection.prototype, 'exec', note),
  ];
  return {
    get number() {
      return number;
    },
    end() {
      for (const end of ends) end();
    },
  };
}

/** Those of PostgreSQL; several in one text are as many. */
export function watchPostgres(): StatementCount {
  let number = 0;
  const end = watchMethod(pg.Client.prototype, 'query', (query) => {
    const text = typeof query === 'string' ? query : String((query as { text?: string }).text);
    number += text.split('; ').length;
  });
  return {
    get number() {
      return number;
    },
    end,
  };
}
