/** A disk that is small and can be filled: a file system in memory, which only the processes that are started on it see. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'fill';

/**
 * The command by which another one is started as the same process, with a disk of its own on a directory. The disk goes
 * with the last process that sees it.
 * @param owner `uid=NUMBER`
 */
export const onSmallDisk = (directory: string, megabytes: number, owner = 'uid=0'): readonly string[] => {
  const mount = `mount -t tmpfs -o size=${megabytes}m,mode=700,${owner} tmpfs "$0" && exec "$@"`;
  return ['unshare', '--mount', 'sh', '-c', mount, directory];
};

/** Where the disk that a process was started on is for everybody else. */
const seenFrom = (pid: number, directory: string): string => join(`/proc/${pid}/root`, directory);

/** Leaves no octet of room on it. */
export function fillDisk(pid: number, directory: string): void {
  const file = openSync(join(seenFrom(pid, directory), FILE), 'a');
  try {
    for (const size of [1 << 20, 1 << 12, 1]) writeWhileThereIsRoom(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeWhileThereIsRoom(file: number, portion: Buffer): void {
  try {
    for (;;) writeSync(file, portion);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/** Gives the room back. */
export function makeRoom(pid: number, directory: string): void {
  rmSync(join(seenFrom(pid, directory), FILE), { force: true });
}
