/** A daemon of the engine: a supervised process that is spoken to by unixctl (ovs-appctl(8)). */
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type ProcessDefinition, SupervisedProcess } from '../../base/index.ts';
import { launch } from '../../linux/index.ts';
import { jsonRpcCall } from '../../ovsdb/index.ts';

/** What a daemon is and how to tell that it works. */
export interface DaemonDefinition {
  /** Names its files: `<run directory>/<name>.pid`, `<logs>/<name>.log`. */
  name: string;
  /** What the log calls it: "northbound database". */
  title: string;
  command: readonly [program: string, ...args: string[]];
  namespace: string | null;
  environment: Record<string, string>;
  niceness: number;
  log: string;
  /** Its unixctl socket (ovs-appctl(8)), given its process id. */
  control: (pid: number) => string;
  /** unixctl command that ends it in good order. */
  exit: readonly [method: string, ...params: string[]];
  /** Whether it does its work; asked again until it does. An exception means not yet. */
  ready: (pid: number, signal: AbortSignal) => Promise<boolean>;
}

const READY_WITHIN_MS = 60_000;
const READY_AGAIN_MS = 5;
const EXIT_WITHIN_MS = 3_000;

export class Daemon {
  readonly definition: DaemonDefinition;
  readonly #process: SupervisedProcess;

  private constructor(definition: DaemonDefinition, supervised: SupervisedProcess) {
    this.definition = definition;
    this.#process = supervised;
  }

  /**
   * Starts a daemon and waits until it is ready. From then on it is restarted whenever it dies.
   * @throws ProcessError when it ends before it is ready, or is not ready in time
   */
  static async start(definition: DaemonDefinition, log: Logger): Promise<Daemon> {
    const own = log.child({ daemon: definition.name });
    return new Daemon(definition, await SupervisedProcess.start(processOf(definition), own));
  }

  /** The process id, or undefined while it is not running. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Ends the daemon: in good order if it complies at once, else by force. */
  stop(): Promise<void> {
    return this.#process.stop();
  }
}

function processOf(definition: DaemonDefinition): ProcessDefinition {
  const { title, name, control } = definition;
  return {
    title,
    readyWithinMs: READY_WITHIN_MS,
    exitWithinMs: EXIT_WITHIN_MS,
    start: () => start(definition),
    ready: ({ pid }, gone) => ready(definition, pid, gone),
    explain: (reason) => `${title} (${name}) did not come up: ${reason}. ${lastWords(definition)}`,
    end: (child, patience) => end(definition, child, patience),
    ended: ({ pid }) => {
      if (pid !== undefined) rmSync(control(pid), { force: true }); // kill -9 leaves it behind
    },
  };
}

function start(definition: DaemonDefinition): ChildProcess {
  const output = openSync(definition.log, 'a');
  try {
    return launch({ ...definition, output });
  } finally {
    closeSync(output);
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

async function end({ control, exit }: DaemonDefinition, child: ChildProcess, patience: AbortSignal) {
  const [method, ...params] = exit;
  await jsonRpcCall(control(child.pid!), method, params, patience).catch(() => child.kill('SIGTERM'));
}

/** The end of its log, for a message that says why it did not start. */
function lastWords({ log }: DaemonDefinition): string {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3) : [];
  return `Its log, ${log}, ends with:\n${lines.join('\n')}`;
}
