/** State directories that were moved while their daemons ran: these have files open that are somewhere else now. */
import { existsSync } from 'node:fs';
import { fileIdentity } from '../../linux/index.ts';
import {
  chassisOfRunDirectory,
  type EnginePaths,
  processesOf,
  runDirectories,
  StateDirectoryError,
  stateOfRunDirectory,
  systemId,
} from './state-directory.ts';

/**
 * The run directories whose daemons are those of this state directory from when it was somewhere else. A copy has the
 * same chassis; but what it was copied from is still there.
 */
export const runsOfMovedState = ({ state, run }: EnginePaths): string[] =>
  runDirectories().filter((other) => {
    if (other === run || chassisOfRunDirectory(other) !== systemId(state)) return false;
    const old = stateOfRunDirectory(other)!;
    const hasMoved = !existsSync(old) || fileIdentity(old) === fileIdentity(state);
    return hasMoved && processesOf(other).length > 0;
  });

/** @throws StateDirectoryError that says what to do */
export function refuseMovedState(paths: EnginePaths): void {
  const [run] = runsOfMovedState(paths);
  if (run === undefined) return;
  throw new StateDirectoryError(
    `the daemons of ${paths.state} still run from when it was ${stateOfRunDirectory(run)}: ` +
      'end them with "sextant stop", and they are started anew where it is now',
  );
}
