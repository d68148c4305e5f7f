/** Keeps the databases' files small, and there. */
import { statSync } from 'node:fs';
import { jsonRpcCall } from '../../ovsdb/index.ts';

/** A database whose server runs. */
export interface KeptDatabase {
  readonly file: string;
  /** The server's control socket. */
  readonly control: string;
}

/** A file that is smaller than this is replayed at once, whatever is in it. */
const SMALL_BYTES = 4 * 1024 * 1024;
/** How many times as big as right after it was compacted a file may become. */
const GROWTH = 4;
const PATIENCE_MS = 30_000;

/**
 * Whether a file is to be written anew from what its server has in memory: it is gone, or holds much more history
 * than contents. By itself a server compacts every ten minutes at most, and in that time thousands of ports may come.
 * @param size in bytes; undefined when there is no file
 * @param compacted its size when it was last written anew; undefined when that is not known
 */
export const needsCompaction = (size: number | undefined, compacted: number | undefined): boolean =>
  size === undefined || size > Math.max(SMALL_BYTES, GROWTH * (compacted ?? 0));

export class DatabaseUpkeep {
  readonly #compacted = new Map<string, number>();

  /**
   * Looks at the databases' files, and has those compacted that need it.
   * @param signal gives up waiting: a server that was asked compacts all the same
   * @returns the files that were
   * @throws JsonRpcError when a server refuses, a system error when it is not there; the signal's reason
   */
  async look(databases: readonly KeptDatabase[], signal: AbortSignal): Promise<string[]> {
    const due = databases.filter(({ file }) => needsCompaction(sizeOf(file), this.#compacted.get(file)));
    for (const { file, control } of due) {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
      await jsonRpcCall(control, 'ovsdb-server/compact', [], patience);
      this.#compacted.set(file, sizeOf(file) ?? 0);
    }
    return due.map(({ file }) => file);
  }
}

const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size;
