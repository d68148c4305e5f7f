/** Programs of Sextant's own among the daemons. */
import { ownCode } from '../../base/index.ts';
import { jsonRpcCall } from '../../ovsdb/index.ts';
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
  /** What it is asked to see whether it does its work, by JSON-RPC. */
  readonly question: {
    readonly method: string;
    /** The socket on which it answers; its control socket when left out. */
    readonly socket?: string;
    readonly isReady: (answer: unknown) => boolean;
  };
}

/**
 * How an attendant runs. Its output has a file only when it outlives this process, whose standard error it is given
 * otherwise.
 */
export function attendantDefinition(
  { name, title, command, environment, question }: AttendantProgram,
  { paths, outlives }: { readonly paths: EnginePaths; readonly outlives: boolean },
): DaemonDefinition {
  const { NODE_COMPILE_CACHE } = process.env;
  const control = controlOf(paths.run, name);
  const { method, socket, isReady } = question;
  const ask = (pid: number, signal: AbortSignal) => jsonRpcCall(socket ?? control(pid), method, [], signal);
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
    ready: async (pid, signal) => isReady(await ask(pid, signal)),
    ask,
  };
}
