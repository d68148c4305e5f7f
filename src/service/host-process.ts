/**
 * `sextant host` beside the service, for the machine that both are on. It is a process of its own so that instances,
 * whatever they send to it, cannot slow the API down, and go on being served when the service ends; it is started
 * again when it dies.
 */
import { join } from 'node:path';
import type { AttendantProgram } from '../engine/index.ts';
import { HOST_IS_READY } from '../host-contract/index.ts';

export interface HostProcessOptions {
  /** Words after `sextant host`. */
  readonly flags: readonly string[];
  /** Over the service's own `SEXTANT_` variables. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The command is all that the service knows of its host. */
const PROGRAM = join(import.meta.dirname, '../cli/main.ts');
/** As in `bin/sextant`: what is used once is collected soon. */
const MEMORY = '--max-semi-space-size=8';

/** The process, for the engine to run. */
export const hostProgram = ({ flags, environment }: HostProcessOptions): AttendantProgram => ({
  name: 'host',
  title: 'the host process',
  command: [process.execPath, MEMORY, PROGRAM, 'host', ...flags],
  environment: { ...ownEnvironment(), ...environment },
  question: { method: 'status', isReady: (answer) => answer === HOST_IS_READY },
});

/** Configuration of the service is that of its host. */
function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[0].startsWith('SEXTANT_') && entry[1] !== undefined,
    ),
  );
}
