/** Keeps log files bounded: what is in one that has grown too big goes to `<file>.1`. */
import { copyFileSync, renameSync, statSync, truncateSync } from 'node:fs';

/** A log file. */
export interface RotatedLog {
  file: string;
  /** Has its writer open it anew; one that cannot, and appends to what it has open, has its file emptied. */
  reopen?: () => Promise<void>;
}

/** Rotates the logs that are bigger than `limit` bytes. Returns the files that were. */
export async function rotateLogs(logs: readonly RotatedLog[], limit: number): Promise<string[]> {
  const big = logs.filter(({ file }) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limit);
  for (const { file, reopen } of big) {
    if (reopen === undefined) {
      copyFileSync(file, `${file}.1`);
      truncateSync(file);
    } else {
      renameSync(file, `${file}.1`);
      await reopen();
    }
  }
  return big.map(({ file }) => file);
}
