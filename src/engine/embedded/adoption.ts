/** Whether a daemon that runs is the one that would be started now. */
import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import {
  fileIdentity,
  type Launch,
  launchEnvironment,
  namespacePath,
  originOf,
  type ProcessOrigin,
} from '../../linux/index.ts';

/** How a daemon is started, as far as a running one can be compared with it. */
export type Wanted = Pick<Launch, 'command' | 'environment' | 'namespace'>;

/**
 * Compares a process with how it would be started now.
 * @returns what differs, in words; undefined when nothing does
 */
export function whatDiffers(pid: number, wanted: Wanted): string | undefined {
  const found = originOf(pid);
  return found === undefined ? 'it has ended' : differenceOf(found, originWanted(wanted));
}

/** Pure: what differs between a process as it is and as it should be. */
export function differenceOf(found: ProcessOrigin, wanted: ProcessOrigin): string | undefined {
  if (found.program !== wanted.program) return 'its program is another one by now';
  if (found.namespace !== wanted.namespace) return 'it is in another network namespace';
  if (found.command.join('\0') !== wanted.command.join('\0')) return 'its command line is another one by now';
  if (found.environment.join('\0') !== wanted.environment.join('\0')) {
    return 'its settings, or the code that it runs, are others by now';
  }
  return undefined;
}

function originWanted({ command, environment, namespace }: Wanted): ProcessOrigin {
  const all = launchEnvironment({ environment });
  const path = namespace === null ? '/proc/self/ns/net' : namespacePath(namespace);
  return {
    command,
    environment: Object.entries(all)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    program: fileIdentity(programFile(command[0], all.PATH ?? '')) ?? '',
    namespace: fileIdentity(path) ?? '',
  };
}

/** The file that a program's name stands for, as a shell would find it. */
function programFile(program: string, searchPath: string): string {
  if (isAbsolute(program)) return program;
  const candidates = searchPath.split(':').map((directory) => join(directory, program));
  return candidates.find(isExecutable) ?? program;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
