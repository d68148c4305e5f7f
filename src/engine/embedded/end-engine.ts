/** Ends an engine from outside, whether a server runs on it or not. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProcess } from '../../base/index.ts';
import { CHARON, FoundProcess, FRR_DAEMONS } from '../../linux/index.ts';
import { askToEnd } from './daemon.ts';
import { controlOf, exitOf, STOP_ORDER } from './daemon-names.ts';
import { runsOfMovedState } from './moved-state.ts';
import {
  lockHolder,
  lockStateDirectory,
  makeStateDirectory,
  processesOf,
  removeRun,
  runDirectories,
  StateDirectoryError,
  stateOfRunDirectory,
} from './state-directory.ts';

/** What a server that is asked to end may take, in milliseconds, and then what it may take to be gone. */
const SERVER_PATIENCE_MS = 15_000;
const LOOK_MS = 20;
const EXIT_WITHIN_MS = 5_000;

/** What was ended. */
export interface EndedEngine {
  /** The process id of the server, if there was one. */
  readonly server: number | undefined;
  /** Names of the other processes, in the order in which they ended. */
  readonly processes: readonly string[];
}

/**
 * Ends the server of a state directory, then all processes of its engine in good order, and removes the switch's
 * namespace with whatever is plugged in there. What is in the state directory stays.
 * @param stateDir need not be there any more
 */
export async function endEngine(stateDir: string): Promise<EndedEngine> {
  if (!existsSync(stateDir)) {
    const runs = runDirectories().filter((run) => stateOfRunDirectory(run) === resolve(stateDir));
    return { server: undefined, processes: await endRuns(runs) };
  }
  const paths = makeStateDirectory(stateDir);
  const { server, unlock } = await takeFromServer(paths.state);
  try {
    return { server, processes: await endRuns([paths.run, ...runsOfMovedState(paths)]) };
  } finally {
    unlock();
  }
}

/** Ends the server that has a state directory, if there is one: by force when it does not comply. */
async function takeFromServer(state: string): Promise<{ server: number | undefined; unlock: () => void }> {
  let server: FoundProcess | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  for (;;) {
    try {
      return { server: server?.pid, unlock: lockStateDirectory(state) };
    } catch (error) {
      if (!(error instanceof StateDirectoryError)) throw error;
    } finally {
      server?.letGo();
    }
    if (server === undefined) {
      server = FoundProcess.of(lockHolder(state));
      server?.kill('SIGTERM');
      deadline = performance.now() + SERVER_PATIENCE_MS;
    } else if (performance.now() > deadline) {
      server.kill('SIGKILL');
    }
    await delay(LOOK_MS);
  }
}

async function endRuns(runs: readonly string[]): Promise<string[]> {
  const ended: string[] = [];
  for (const run of runs) {
    ended.push(...(await endProcesses(run)));
    removeRun(run);
  }
  return ended;
}

async function endProcesses(run: string): Promise<string[]> {
  const ordered = new Set<string>(STOP_ORDER.flat());
  const all = processesOf(run);
  const attended = new Set<string>([...FRR_DAEMONS, CHARON]);
  // Who watches these would start them again.
  const attendants = all.filter(({ name }) => !ordered.has(name) && !attended.has(name));
  const groups = [
    attendants,
    all.filter(({ name }) => attended.has(name)),
    ...STOP_ORDER.map((names) => all.filter(({ name }) => names.some((one) => one === name))),
  ];
  for (const group of groups) await Promise.all(group.map(({ name, pid }) => end(run, name, pid)));
  return groups.flat().map(({ name }) => name);
}

async function end(run: string, name: string, pid: number): Promise<void> {
  const found = FoundProcess.of(pid);
  if (found === undefined) return;
  found.kill('SIGCONT'); // somebody may have stopped it
  await endProcess(found, {
    end: (running, patience) => askToEnd(running, controlOf(run, name), exitOf(name).forGood, patience),
    exitWithinMs: EXIT_WITHIN_MS,
  });
}
