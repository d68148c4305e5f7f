/** A daemon of the engine: a supervised process that says on a socket how it is (unixctl, ovs-appctl(8)). */
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  childProcess,
  endProcess,
  type ProcessDefinition,
  type RunningProcess,
  SupervisedProcess,
  type SupervisedState,
} from '../../base/index.ts';
import { FoundProcess, launch } from '../../linux/index.ts';
import { jsonRpcCall } from '../../ovsdb/index.ts';
import { whatDiffers } from './adoption.ts';
import { processesOf } from './state-directory.ts';

/** What a daemon is and how to tell that it works. */
export interface DaemonDefinition {
  /** Names its files: `<run directory>/<name>.pid`, `<logs>/<name>.log`. */
  name: string;
  /** What the log calls it: "northbound database". */
  title: string;
  /** With an argument that names its file in the run directory (`processMark`). */
  command: readonly [program: string, ...args: string[]];
  namespace: string | null;
  environment: Record<string, string>;
  niceness: number;
  /** The run directory. */
  run: string;
  /** The file that its output goes to; this process's own standard error when left out. */
  log?: string;
  /** Whether it goes on when this process ends, and is adopted by the next one. */
  outlives: boolean;
  /** Its control socket, given its process id. */
  control: (pid: number) => string;
  /** What ends it in good order. */
  exit: ExitCommands;
  /** Makes what it needs, before each start. */
  prepare?: () => Promise<void>;
  /** Whether it does its work; asked again until it does. An exception means not yet. */
  ready: (pid: number, signal: AbortSignal) => Promise<boolean>;
  /** Milliseconds that it may take until then; as long as it likes when left out. */
  readyWithinMs?: number;
  /** Asks it for anything: that it answers is enough. */
  ask: (pid: number, signal: AbortSignal) => Promise<unknown>;
}

/** How a daemon is now. */
export interface DaemonState extends SupervisedState {
  /** Whether it runs, and gives no answer: somebody stopped it, or it is in a loop. */
  readonly hangs: boolean;
}

/** Commands of unixctl; a daemon without them gets SIGTERM. */
export interface ExitCommands {
  /** Ends it for good. */
  readonly forGood: readonly string[];
  /** Ends it so that a successor goes on with what it leaves. */
  readonly forSuccessor: readonly string[];
}

const READY_AGAIN_MS = 5;
/** One that ran already has nothing to load: what does not answer by then hangs. */
const ANSWERS_WITHIN_MS = 15_000;
const EXIT_WITHIN_MS = 3_000;
/** One that is only busy, with a change to all of a large network, answers within this. */
const HANGS_AFTER_MS = 10_000;

export class Daemon {
  readonly definition: DaemonDefinition;
  readonly #process: SupervisedProcess;
  /** Aborted when nobody asks it any more: a process does not end as long as it waits for an answer. */
  readonly #left = new AbortController();
  #asking: Promise<void> | undefined;
  /** The process that gave no answer when it was asked last. */
  #silent: number | undefined;

  private constructor(definition: DaemonDefinition, supervised: SupervisedProcess) {
    this.definition = definition;
    this.#process = supervised;
  }

  /**
   * Adopts or starts a daemon, and waits until it is ready. From then on it is restarted whenever it dies.
   * @throws ProcessError when it ends before it is ready, or is not ready in time
   */
  static async start(definition: DaemonDefinition, log: Logger): Promise<Daemon> {
    const own = log.child({ daemon: definition.name });
    return new Daemon(definition, await SupervisedProcess.start(processOf(definition, own), own));
  }

  /** Does the same, and waits for nothing. */
  static begin(definition: DaemonDefinition, log: Logger): Daemon {
    const own = log.child({ daemon: definition.name });
    return new Daemon(definition, SupervisedProcess.begin(processOf(definition, own), own));
  }

  get state(): DaemonState {
    const { state } = this.#process;
    return { ...state, hangs: state.isUp && state.pid === this.#silent };
  }

  /** Asks it whether it still answers, for `state` to tell; an answer that is waited for already is not asked for again. */
  look(patienceMs = HANGS_AFTER_MS): Promise<void> {
    this.#asking ??= this.#ask(patienceMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(patienceMs: number): Promise<void> {
    const { pid, isUp } = this.#process.state;
    if (pid === undefined || !isUp) return;
    const signal = AbortSignal.any([this.#left.signal, AbortSignal.timeout(patienceMs)]);
    this.#silent = await this.definition.ask(pid, signal).then(
      () => undefined,
      () => pid,
    );
  }

  /** Ends the daemon: in good order if it complies at once, else by force. */
  stop(): Promise<void> {
    this.#left.abort();
    return this.#process.stop();
  }

  /** Ends the supervision: the daemon goes on if it outlives this process, and is ended if not. */
  leave(): Promise<void> {
    this.#left.abort();
    return this.definition.outlives ? this.#process.leave() : this.#process.stop();
  }
}

function processOf(definition: DaemonDefinition, log: Logger): ProcessDefinition {
  const { title, name, control, exit, outlives, readyWithinMs } = definition;
  return {
    title,
    ...(readyWithinMs && { readyWithinMs }),
    answersWithinMs: ANSWERS_WITHIN_MS,
    exitWithinMs: EXIT_WITHIN_MS,
    ...(outlives && { find: () => find(definition, log) }),
    start: () => start(definition),
    ready: ({ pid }, gone) => ready(definition, pid, gone),
    explain: (reason) => `${title} (${name}) did not come up: ${reason}. ${lastWords(definition)}`,
    end: (running, patience) => askToEnd(running, control, exit.forGood, patience),
    ended: ({ pid }) => {
      if (pid !== undefined) rmSync(control(pid), { force: true }); // kill -9 leaves it behind
    },
  };
}

/**
 * The daemon that a predecessor of this process left, if it is what would be started now. Another one is ended: it
 * is of an older release, or was told something else.
 */
async function find(definition: DaemonDefinition, log: Logger): Promise<FoundProcess | undefined> {
  const { run, name, title, control, exit } = definition;
  let fitting: FoundProcess | undefined;
  for (const { pid } of processesOf(run).filter((one) => one.name === name)) {
    const found = FoundProcess.of(pid);
    if (found === undefined) continue;
    found.kill('SIGCONT'); // somebody may have stopped it: it could not even be asked to end
    const difference = fitting === undefined ? whatDiffers(pid, definition) : 'there is another one';
    if (difference === undefined) {
      fitting = found;
      continue;
    }
    log.warn({ pid, difference }, `${title} is started again: ${difference}`);
    await endProcess(found, {
      end: (running, patience) => askToEnd(running, control, exit.forSuccessor, patience),
      exitWithinMs: EXIT_WITHIN_MS,
    });
    rmSync(control(pid), { force: true });
  }
  return fitting;
}

async function start(definition: DaemonDefinition): Promise<RunningProcess> {
  await definition.prepare?.();
  const { log } = definition;
  const output = log === undefined ? process.stderr.fd : openSync(log, 'a');
  try {
    return childProcess(launch({ ...definition, output }));
  } finally {
    if (log !== undefined) closeSync(output);
  }
}

async function ready(
  definition: DaemonDefinition,
  pid: number | undefined,
  gone: AbortSignal,
): Promise<void> {
  while (true) {
    gone.throwIfAborted();
    if (pid !== undefined && (await definition.ready(pid, gone).catch(() => false))) return;
    await delay(READY_AGAIN_MS, undefined, { signal: gone }).catch(() => {});
  }
}

/** Asks a daemon by its control socket to end, or by a signal when it has no command for that or does not listen. */
export async function askToEnd(
  running: RunningProcess,
  control: (pid: number) => string,
  [method, ...params]: readonly string[],
  patience: AbortSignal,
): Promise<void> {
  const terminate = () => running.kill('SIGTERM');
  if (method === undefined || running.pid === undefined) return terminate();
  await jsonRpcCall(control(running.pid), method, params, patience).catch(terminate);
}

/** The end of its log, for a message that says why it did not start. */
function lastWords({ log }: DaemonDefinition): string {
  if (log === undefined) return 'The log above says why';
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3) : [];
  return `Its log, ${log}, ends with:\n${lines.join('\n')}`;
}
