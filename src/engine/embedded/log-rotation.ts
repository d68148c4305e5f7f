/** Keeps log files bounded: a file that has grown too big becomes `<file>.1`, and its writer opens a new one. */
import { renameSync, statSync } from 'node:fs';

/** A log file and how to make its writer open it anew. */
export interface RotatedLog {
  file: string;
  reopen: () => Promise<void>;
}

/** Rotates the logs that are bigger than `limit` bytes. Returns the files that were. */
export async function rotateLogs(logs: readonly RotatedLog[], limit: number): Promise<string[]> {
  const big = logs.filter(({ file }) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > limit);
  for (const { file, reopen } of big) {
    renameSync(file, `${file}.1`);
    await reopen();
  }
  return big.map(({ file }) => file);
}
