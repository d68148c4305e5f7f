/** What engines leave behind that ended with a process that was killed, and whose state directory nobody started again. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import {
  endStaleProcesses,
  lockStateDirectory,
  outlivesServer,
  processesOf,
  removeRun,
  runDirectories,
  StateDirectoryError,
  stateOfRunDirectory,
} from './state-directory.ts';

/**
 * Removes the namespaces, with whatever is plugged in there, and the run directories of engines that nobody runs.
 * State directories stay; an engine that is started on one of them again begins with an empty switch.
 * @returns the removed engines' namespaces
 */
export async function removeAbandonedEngines(): Promise<string[]> {
  const removed: string[] = [];
  for (const run of runDirectories()) {
    const unlock = takeOver(run);
    if (unlock === undefined) continue;
    try {
      await endStaleProcesses(run);
      removeRun(run);
      removed.push(basename(run));
    } finally {
      unlock();
    }
  }
  return removed;
}

/** Makes sure that no engine has a run directory, and that none takes it meanwhile; undefined when one has it. */
function takeOver(run: string): (() => void) | undefined {
  const state = stateOfRunDirectory(run);
  if (state === undefined) return undefined;
  // What outlives its server is no less in use for having none now. An engine whose state directory was removed cannot
  // be locked out, but its daemons tell that it runs.
  const isAlive = processesOf(run).length > 0;
  if (isAlive && (outlivesServer(run) || !existsSync(state))) return undefined;
  if (!existsSync(state)) return () => {};
  try {
    return lockStateDirectory(state);
  } catch (error) {
    if (error instanceof StateDirectoryError) return undefined;
    throw error;
  }
}
