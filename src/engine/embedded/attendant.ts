/** Programs of Sextant's own among the daemons. */
import { ownCode } from '../../base/index.ts';
import type { DaemonDefinition } from './daemon.ts';
import { controlOf, daemonLog, exitOf } from './daemon-names.ts';
import { type EnginePaths, processMark } from './state-directory.ts';

/** A program of Sextant's that runs beside the engine, and is adopted, ended and restarted with it. */
export interface AttendantProgram {
  /** Names its files, as a daemon's does. */
  readonly name: string;
  readonly title: string;
  /** Its words; what names its control socket (`--control=...`) is added. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it does its work; an exception means not yet. */
  readonly ready: (control: string, signal: AbortSignal) => Promise<boolean>;
}

/**
 * How an attendant runs. Its output has a file only when it outlives this process, whose standard error it is given
 * otherwise.
 */
export function attendantDefinition(
  { name, title, command, environment, ready }: AttendantProgram,
  { paths, outlives }: { readonly paths: EnginePaths; readonly outlives: boolean },
): DaemonDefinition {
  const { NODE_COMPILE_CACHE } = process.env;
  const control = controlOf(paths.run, name);
  return {
    name,
    title,
    run: paths.run,
    namespace: null,
    environment: {
      ...environment,
      SEXTANT_CODE: ownCode(),
      ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }),
    },
    niceness: 0,
    outlives,
    ...(outlives && { log: daemonLog(paths, name) }),
    command: [...command, processMark.control(paths.run, name)],
    control,
    exit: exitOf(name),
    ready: (pid, signal) => ready(control(pid), signal),
    ask: (pid, signal) => ready(control(pid), signal),
  };
}
