/**
 * Where an embedded engine keeps its things, and that it is the only one there.
 *
 * The state directory holds what lasts: databases, logs, the chassis' identity. Sockets and pid files are in a
 * run directory with a short name, because the path of a unix socket has at most 107 bytes.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { flock, LOCK_EX, LOCK_NB, SystemCallError } from '../../linux/index.ts';

/** Where the run directories are. */
export const RUN_DIRECTORY = '/run/sextant';

/** In a run directory, a link to the state directory. */
const STATE_LINK = 'state';

/** The paths of one engine. */
export interface EnginePaths {
  state: string;
  logs: string;
  run: string;
  /** Name that the state directory's path gives to the engine: of its run directory and network namespace. */
  id: string;
}

/** Name of the network namespace for the services of an engine's host. */
export const serviceNamespaceOf = (id: string): string => `${id}-services`;

/** A state directory that cannot be used. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
}

/** What says that a directory is one that Sextant made. */
const OWN_ENTRIES: ReadonlySet<string> = new Set(['engine', 'lock', 'logs', 'sextant.db', 'system-id']);

/**
 * Makes a directory for the service's user alone. One that is there becomes that, unless it was somebody else's first:
 * `/tmp` must stay open.
 */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const entries = readdirSync(path);
  if (entries.length === 0 || entries.some((entry) => OWN_ENTRIES.has(entry))) chmodSync(path, 0o700);
}

/** Makes the directories that last where they are missing. The run directory comes once the first one is locked. */
export function makeStateDirectory(stateDir: string): EnginePaths {
  makePrivateDirectory(stateDir);
  const state = realpathSync(stateDir);
  const id = `sxt-e${createHash('sha256').update(state).digest('hex').slice(0, 8)}`;
  const paths = { state, logs: join(state, 'logs'), run: join(RUN_DIRECTORY, id), id };
  makePrivateDirectory(paths.logs);
  return paths;
}

/** Makes the run directory, and notes in it whose it is. */
export function makeRunDirectory({ run, state }: EnginePaths): void {
  mkdirSync(run, { recursive: true, mode: 0o755 });
  symlinkSync(state, join(run, STATE_LINK));
}

/** The state directory that a run directory belongs to; undefined when it is none. */
export function stateOfRunDirectory(run: string): string | undefined {
  try {
    return readlinkSync(join(run, STATE_LINK));
  } catch {
    return undefined;
  }
}

/**
 * Takes the state directory for this process; returns how to give it back. The kernel gives it back when the
 * process dies.
 * @throws StateDirectoryError when another process has it
 */
export function lockStateDirectory(state: string): () => void {
  const path = join(state, 'lock');
  const fd = openSync(path, 'a+');
  try {
    flock(fd, LOCK_EX | LOCK_NB);
  } catch (error) {
    closeSync(fd);
    if (!(error instanceof SystemCallError) || error.code !== 'EAGAIN') throw error;
    throw new StateDirectoryError(
      `state directory ${state} is in use by process ${readFileSync(path, 'utf8').trim()}: ` +
        'stop that one, or choose another state directory',
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}

/** The chassis' name in OVN. It stays with the state directory, wherever that is moved. */
export function systemId(state: string): string {
  const path = join(state, 'system-id');
  if (!existsSync(path)) writeFileSync(path, `${randomUUID()}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** Ids of the running processes that have an argument for which `test` holds. */
export function processesWithArgument(test: (argument: string) => boolean): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => commandLine(pid).some(test))
    .map(Number);
}

/** Process ids of the daemons of a run directory: they name their pid file there. */
export function daemonsOf(run: string): number[] {
  return processesWithArgument((argument) => argument.startsWith(`--pidfile=${run}/`));
}

/**
 * Ends the daemons that a crashed predecessor left, and empties the run directory. Only for whoever has the lock.
 * Returns their process ids when they are gone.
 */
export async function endStaleDaemons(run: string): Promise<number[]> {
  const stale = daemonsOf(run);
  for (const pid of stale) kill(pid);
  const alive = (pid: number) => commandLine(String(pid)).length > 0; // a zombie has no command line
  const patience = AbortSignal.timeout(10_000);
  while (stale.some(alive)) await delay(5, undefined, { signal: patience });
  for (const entry of existsSync(run) ? readdirSync(run) : []) rmSync(join(run, entry), { recursive: true });
  return stale;
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  } catch {
    return []; // it ended meanwhile
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
