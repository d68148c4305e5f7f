/** A daemon of the engine under supervision: started, awaited, restarted when it dies, stopped. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { launch } from '../../linux/index.ts';
import { jsonRpcCall } from './json-rpc-call.ts';

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

/** A daemon that did not come up. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  /** Whether a signal killed it: a fault of its own, which another try may not meet again. */
  readonly crashed: boolean;

  constructor(message: string, crashed = false) {
    super(message);
    this.crashed = crashed;
  }
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A daemon that ran as long as this is thought healthy: the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;
const READY_WITHIN_MS = 60_000;
const EXIT_WITHIN_MS = 3_000;
/** OVN 23.03's controller dies of a segmentation fault now and then while it starts. */
const START_ATTEMPTS = 10;

/** How long to wait before a restart, in milliseconds, after so many failures in a row (the first one is 0). */
export function restartDelay(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS);
}

export class Daemon {
  readonly definition: DaemonDefinition;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: { child: ChildProcess; exited: Promise<string> } | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #failures = 0;

  private constructor(definition: DaemonDefinition, log: Logger) {
    this.definition = definition;
    this.#log = log;
  }

  /**
   * Starts a daemon and waits until it is ready. From then on it is restarted whenever it dies.
   * @throws DaemonError when it ends before it is ready, crashes again and again, or is not ready in time
   */
  static async start(definition: DaemonDefinition, log: Logger): Promise<Daemon> {
    const daemon = new Daemon(definition, log);
    for (let attempt = 1; ; attempt++) {
      try {
        await daemon.#bringUp();
        return daemon;
      } catch (error) {
        if (!(error instanceof DaemonError && error.crashed) || attempt >= START_ATTEMPTS) throw error;
        log.warn({ daemon: definition.name, err: error }, `${definition.title} crashed, starting it again`);
      }
    }
  }

  /** The process id, or undefined while it is not running. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Ends the daemon: in good order if it complies at once, else by force. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const { control, exit } = this.definition;
    if (this.#running?.child.pid) {
      const { child, exited } = this.#running;
      const patience = AbortSignal.timeout(EXIT_WITHIN_MS);
      const [method, ...params] = exit;
      await jsonRpcCall(control(child.pid as number), method, params, patience).catch(() =>
        child.kill('SIGTERM'),
      );
      await Promise.race([exited, aborted(patience)]);
      child.kill('SIGKILL');
      await exited;
    }
    await this.#restarting;
  }

  async #bringUp(): Promise<void> {
    const { title, name } = this.definition;
    const began = Date.now();
    const { child, exited } = this.#spawn();
    const gone = new AbortController();
    exited.then((reason) => gone.abort(new DaemonError(reason)));
    const late = AbortSignal.timeout(READY_WITHIN_MS);
    try {
      await this.#ready(child, AbortSignal.any([gone.signal, late, this.#stopping.signal]));
    } catch (error) {
      const crashed = child.signalCode !== null;
      child.kill('SIGKILL');
      const reason = late.aborted ? `not ready within ${READY_WITHIN_MS / 1000} s` : (error as Error).message;
      throw new DaemonError(`${title} (${name}) did not come up: ${reason}. ${this.#lastWords()}`, crashed);
    }
    this.#log.info({ daemon: name, pid: child.pid, milliseconds: Date.now() - began }, `${title} is up`);
    exited.then((reason) => {
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - began > HEALTHY_AFTER_MS) this.#failures = 0;
      this.#restarting = this.#restart(reason);
    });
  }

  /** Brings the daemon up again, as often as it takes. */
  async #restart(reason: string): Promise<void> {
    const { title, name } = this.definition;
    let cause = reason;
    while (!this.#stopping.signal.aborted) {
      const wait = restartDelay(this.#failures++);
      this.#log.warn({ daemon: name, milliseconds: wait }, `${title} died (${cause}), starting it again`);
      try {
        await delay(wait, undefined, { signal: this.#stopping.signal });
        return await this.#bringUp();
      } catch (error) {
        cause = (error as Error).message;
      }
    }
  }

  #spawn(): { child: ChildProcess; exited: Promise<string> } {
    const output = openSync(this.definition.log, 'a');
    const child = launch({ ...this.definition, output });
    closeSync(output);
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit status ${code}`));
      child.once('error', (error) => resolve(error.message));
    }).then((reason) => {
      if (child.pid) rmSync(this.definition.control(child.pid), { force: true }); // kill -9 leaves it behind
      if (this.#running?.child === child) this.#running = undefined;
      return reason;
    });
    this.#running = { child, exited };
    return this.#running;
  }

  async #ready(child: ChildProcess, signal: AbortSignal): Promise<void> {
    while (true) {
      signal.throwIfAborted();
      if (child.pid && (await this.definition.ready(child.pid, signal).catch(() => false))) return;
      await delay(5, undefined, { signal }).catch(() => {});
    }
  }

  /** The end of its log, for a message that says why it did not start. */
  #lastWords(): string {
    const { log } = this.definition;
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3) : [];
    return `Its log, ${log}, ends with:\n${lines.join('\n')}`;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
