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
import { basename, dirname, extname, join } from 'node:path';
import {
  commandLine,
  deleteNamespace,
  FoundProcess,
  flock,
  LOCK_EX,
  LOCK_NB,
  namespacesNamed,
  processesWithArgument,
  SystemCallError,
} from '../../linux/index.ts';

/** Where the run directories are. */
export const RUN_DIRECTORY = '/run/sextant';

/** In a run directory, a link to the state directory. */
const STATE_LINK = 'state';
/** In a state directory, and in the run directory of its daemons: whose they are, whatever is at its path by now. */
const CHASSIS_FILE = 'system-id';
/** In a run directory, there if its processes outlive the one that started them. */
const OUTLIVES_FILE = 'outlives';

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

/** Removes the namespaces of a host's services: the one, and those that are named after it. */
export function deleteServiceNamespaces(id: string): void {
  for (const name of namespacesNamed(serviceNamespaceOf(id))) deleteNamespace(name);
}

/** Removes a run directory, and the namespaces of its engine with whatever is plugged in there. */
export function removeRun(run: string): void {
  const id = basename(run);
  deleteNamespace(id);
  deleteServiceNamespaces(id);
  rmSync(run, { recursive: true, force: true });
}

/** A state directory that cannot be used. */
export class StateDirectoryError extends Error {
  override readonly name = 'StateDirectoryError';
}

/** How long the lock of a process that is dead is waited for, and how often it is looked at. */
const HEIR_PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 10;

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
  const paths = pathsOf(realpathSync(stateDir));
  makePrivateDirectory(paths.logs);
  return paths;
}

function pathsOf(state: string): EnginePaths {
  const id = `sxt-e${createHash('sha256').update(state).digest('hex').slice(0, 8)}`;
  return { state, logs: join(state, 'logs'), run: join(RUN_DIRECTORY, id), id };
}

/**
 * The directory of the sockets of an engine's processes. Nothing is made.
 * @param stateDir is not there yet, or is: that which it is to be in is
 */
export function engineSockets(stateDir: string): string {
  const state = existsSync(stateDir)
    ? realpathSync(stateDir)
    : join(realpathSync(dirname(stateDir)), basename(stateDir));
  return pathsOf(state).run;
}

/** Makes the run directory, and notes in it whose it is. */
export function makeRunDirectory({ run, state }: EnginePaths): void {
  mkdirSync(run, { recursive: true, mode: 0o755 });
  rmSync(join(run, STATE_LINK), { force: true });
  symlinkSync(state, join(run, STATE_LINK));
  writeFileSync(join(run, CHASSIS_FILE), systemId(state));
}

/** Notes in a run directory whether its processes outlive the one that started them. */
export function noteLifetime(run: string, outlives: boolean): void {
  if (outlives) writeFileSync(join(run, OUTLIVES_FILE), '');
  else rmSync(join(run, OUTLIVES_FILE), { force: true });
}

/** Whether the processes of a run directory outlive the one that started them. */
export const outlivesServer = (run: string): boolean => existsSync(join(run, OUTLIVES_FILE));

/** The chassis that a run directory's daemons are; undefined when that is not known. */
export function chassisOfRunDirectory(run: string): string | undefined {
  try {
    return readFileSync(join(run, CHASSIS_FILE), 'utf8');
  } catch {
    return undefined;
  }
}

/** All run directories. */
export const runDirectories = (): string[] =>
  existsSync(RUN_DIRECTORY)
    ? readdirSync(RUN_DIRECTORY)
        .map((entry) => join(RUN_DIRECTORY, entry))
        .filter((run) => stateOfRunDirectory(run) !== undefined)
    : [];

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
 * process dies; what that was just starting has it too for a moment, so a dead holder is waited for.
 * @throws StateDirectoryError when another process has it
 */
export function lockStateDirectory(state: string): () => void {
  const path = lockFile(state);
  const fd = openSync(path, 'a+');
  const deadline = performance.now() + HEIR_PATIENCE_MS;
  while (!isTaken(fd)) {
    const holder = lockHolder(state);
    if (commandLine(holder).length === 0 && performance.now() < deadline) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
      continue;
    }
    closeSync(fd);
    throw new StateDirectoryError(
      `state directory ${state} is in use by process ${holder}: ` +
        'stop that one, or choose another state directory',
    );
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return () => closeSync(fd);
}

/** Takes a lock; false when somebody else has it. */
function isTaken(fd: number): boolean {
  try {
    flock(fd, LOCK_EX | LOCK_NB);
    return true;
  } catch (error) {
    if (error instanceof SystemCallError && error.code === 'EAGAIN') return false;
    closeSync(fd);
    throw error;
  }
}

const lockFile = (state: string): string => join(state, 'lock');

/** The process that last took a state directory. It has it as long as the lock cannot be taken. */
export const lockHolder = (state: string): number => Number(readFileSync(lockFile(state), 'utf8'));

/** The chassis' name in OVN. It stays with the state directory, wherever that is moved. */
export function systemId(state: string): string {
  const path = join(state, CHASSIS_FILE);
  if (!existsSync(path)) writeFileSync(path, `${randomUUID()}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** Gives the chassis of a state directory a name. */
export function nameChassis(state: string, name: string): void {
  writeFileSync(join(state, CHASSIS_FILE), `${name}\n`);
}

/** A process of an engine: each names a file of its own in the run directory, and so its own name, among its arguments. */
export interface EngineProcess {
  readonly name: string;
  readonly pid: number;
}

/** The argument by which an engine's process is known. */
export const processMark = {
  /** Of programs of OVS and OVN, which write their process id there. */
  pidFile: (run: string, name: string): string => `--pidfile=${run}/${name}.pid`,
  /** Of programs of Sextant, which may answer there. */
  control: (run: string, name: string): string => `--control=${run}/${name}.ctl`,
} as const;
/** With what such an argument begins; the last is of FRR's programs and strongSwan's, which the host has run for it. */
const MARKS = ['--pidfile=', '--control=', '--pid_file='];

/** The processes of a run directory that live, whoever started them. */
export function processesOf(run: string): EngineProcess[] {
  const nameIn = (argument: string): string | undefined =>
    MARKS.some((flag) => argument.startsWith(`${flag}${run}/`))
      ? basename(argument, extname(argument))
      : undefined;
  return processesWithArgument((argument) => nameIn(argument) !== undefined).flatMap((pid) => {
    const name = commandLine(pid)
      .map(nameIn)
      .find((found) => found !== undefined);
    return name === undefined ? [] : [{ name, pid }];
  });
}

/**
 * Kills the processes of a run directory, and empties it. Only for whoever has the lock.
 * Returns their process ids when they are gone.
 */
export async function endStaleProcesses(run: string): Promise<number[]> {
  const stale = processesOf(run).flatMap(({ pid }) => FoundProcess.of(pid) ?? []);
  for (const one of stale) one.kill('SIGKILL');
  await Promise.all(stale.map(({ exited }) => exited));
  for (const entry of existsSync(run) ? readdirSync(run) : []) rmSync(join(run, entry), { recursive: true });
  return stale.map(({ pid }) => pid);
}
