/** What engines leave behind whose process was killed, and whose state directory nobody started again. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { deleteNamespace } from '../../linux/index.ts';
import {
  daemonsOf,
  endStaleDaemons,
  lockStateDirectory,
  RUN_DIRECTORY,
  StateDirectoryError,
  serviceNamespaceOf,
  stateOfRunDirectory,
} from './state-directory.ts';

/**
 * Removes the namespaces, with whatever is plugged in there, and the run directories of engines that nobody runs.
 * State directories stay; an engine that is started on one of them again begins with an empty switch.
 * @returns the removed engines' namespaces
 */
export async function removeAbandonedEngines(): Promise<string[]> {
  const removed: string[] = [];
  for (const id of existsSync(RUN_DIRECTORY) ? readdirSync(RUN_DIRECTORY) : []) {
    const run = join(RUN_DIRECTORY, id);
    const unlock = takeOver(run);
    if (unlock === undefined) continue;
    try {
      await endStaleDaemons(run);
      deleteNamespace(id);
      deleteNamespace(serviceNamespaceOf(id));
      rmSync(run, { recursive: true });
      removed.push(id);
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
  // An engine whose state directory was removed cannot be locked out, but its daemons tell that it runs.
  if (!existsSync(state)) return daemonsOf(run).length > 0 ? undefined : () => {};
  try {
    return lockStateDirectory(state);
  } catch (error) {
    if (error instanceof StateDirectoryError) return undefined;
    throw error;
  }
}
