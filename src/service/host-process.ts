/**
 * `sextant host` as a child of the service, for the machine that both are on. It is a process of its own so that
 * instances, whatever they send to it, cannot slow the API down; it is started again when it dies.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { SupervisedProcess } from '../base/index.ts';
import { launch } from '../linux/index.ts';

export interface HostProcessOptions {
  /** Words after `sextant host`. */
  readonly flags: readonly string[];
  /** Over the service's own `SEXTANT_` variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** The command is all that the service knows of its host. */
const PROGRAM = join(import.meta.dirname, '../../bin/sextant');
const EXIT_WITHIN_MS = 5_000;
const STANDARD_ERROR = 2;

/** Starts the process, and goes on while it comes up: the API must not wait for a host, or for its networks. */
export function startHostProcess({ flags, environment, log }: HostProcessOptions): SupervisedProcess {
  return SupervisedProcess.begin(
    {
      title: 'the host process',
      start: () =>
        launch({
          command: [PROGRAM, 'host', ...flags],
          namespace: null,
          environment: { ...ownEnvironment(), ...environment },
          niceness: 0,
          output: STANDARD_ERROR,
          messages: true,
        }),
      ready: (child, gone) => once(child, 'message', { signal: gone }),
      explain: (reason) => `the host process ended (${reason}): the log above says why`,
      end: (child) => child.kill('SIGTERM'),
      exitWithinMs: EXIT_WITHIN_MS,
    },
    log,
  );
}

/** Configuration of the service is that of its host, and so is where compiled code is kept. */
function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        (entry[0].startsWith('SEXTANT_') || entry[0] === 'NODE_COMPILE_CACHE') && entry[1] !== undefined,
    ),
  );
}
