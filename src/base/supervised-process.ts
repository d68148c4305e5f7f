/** A child process under supervision: started, awaited, started again whenever it ends, stopped. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** What a process is, and how to tell that it works. Times are milliseconds. */
export interface ProcessDefinition {
  /** What the log calls it: `northbound database`. */
  readonly title: string;
  start(): ChildProcess;
  /**
   * Resolves when the process does its work.
   * @param gone is aborted when it has ended, is to end, or its time is over
   */
  ready(child: ChildProcess, gone: AbortSignal): Promise<unknown>;
  /** What it may take until it does its work; as long as it likes when left out. */
  readonly readyWithinMs?: number;
  /** What the error says of a process that did not come up. */
  explain(reason: string): string;
  /** Asks it to end in good order; when `patience` is over it is killed. */
  end(child: ChildProcess, patience: AbortSignal): unknown;
  readonly exitWithinMs: number;
  /** Tidies up after a process that has ended. */
  ended?(child: ChildProcess): void;
}

/** A process that did not come up. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A process that ran as long as this is thought healthy: the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;

/** How long to wait before a restart, in milliseconds, after so many failures in a row (the first one is 0). */
export function restartDelay(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** failures, LONGEST_DELAY_MS);
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves with the reason when it has ended. */
  readonly exited: Promise<string>;
}

export class SupervisedProcess {
  readonly #definition: ProcessDefinition;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: Running | undefined;
  #isUp = false;
  #restarting: Promise<void> = Promise.resolve();
  #failures = 0;

  private constructor(definition: ProcessDefinition, log: Logger) {
    this.#definition = definition;
    this.#log = log;
  }

  /**
   * Starts a process, and waits until it does its work. From then on it is started again whenever it ends.
   * @throws ProcessError when it ends before, or its time is over
   */
  static async start(definition: ProcessDefinition, log: Logger): Promise<SupervisedProcess> {
    const supervised = new SupervisedProcess(definition, log);
    await supervised.#bringUp();
    return supervised;
  }

  /** Starts a process, and waits for nothing: one that does not come up is started again like one that ends. */
  static begin(definition: ProcessDefinition, log: Logger): SupervisedProcess {
    const supervised = new SupervisedProcess(definition, log);
    supervised.#restarting = supervised
      .#bringUp()
      .catch((error: Error) => supervised.#restart(error.message));
    return supervised;
  }

  /** The process id; undefined while it is not running. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Whether it runs and does its work. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Ends the process: in good order if it complies in time, else by force. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#running?.child.pid !== undefined) {
      const { child, exited } = this.#running;
      const patience = AbortSignal.timeout(this.#definition.exitWithinMs);
      await this.#definition.end(child, patience);
      await Promise.race([exited, aborted(patience)]);
      child.kill('SIGKILL');
      await exited;
    }
    await this.#restarting;
  }

  async #bringUp(): Promise<void> {
    const { title } = this.#definition;
    const began = performance.now();
    const running = this.#spawn();
    await this.#ready(running);
    this.#isUp = this.#running === running;
    const milliseconds = Math.round(performance.now() - began);
    this.#log.info({ pid: running.child.pid, milliseconds }, `${title} is up`);
    running.exited.then((reason) => {
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - began > HEALTHY_AFTER_MS) this.#failures = 0;
      this.#restarting = this.#restart(reason);
    });
  }

  /** Brings the process up again, as often as it takes. */
  async #restart(reason: string): Promise<void> {
    let cause = reason;
    while (!this.#stopping.signal.aborted) {
      const milliseconds = restartDelay(this.#failures++);
      this.#log.warn({ milliseconds }, `${this.#definition.title} died (${cause}), starting it again`);
      try {
        await delay(milliseconds, undefined, { signal: this.#stopping.signal });
        return await this.#bringUp();
      } catch (error) {
        cause = (error as Error).message;
      }
    }
  }

  #spawn(): Running {
    const child = this.#definition.start();
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit status ${code}`));
      child.once('error', (error) => resolve(error.message));
    }).then((reason) => {
      this.#definition.ended?.(child);
      if (this.#running === running) {
        this.#running = undefined;
        this.#isUp = false;
      }
      return reason;
    });
    const running = { child, exited };
    this.#running = running;
    return running;
  }

  /** @throws ProcessError when the process does not come up; it is killed then, unless `stop` ends it */
  async #ready({ child, exited }: Running): Promise<void> {
    const { ready, readyWithinMs, explain } = this.#definition;
    const gone = new AbortController();
    let reason: string | undefined;
    const giveUp = (why: string) => {
      reason ??= why;
      gone.abort();
    };
    exited.then(giveUp);
    const timer =
      readyWithinMs && setTimeout(giveUp, readyWithinMs, `not ready within ${readyWithinMs / 1_000} s`);
    try {
      await ready(child, AbortSignal.any([gone.signal, this.#stopping.signal]));
    } catch (error) {
      if (!this.#stopping.signal.aborted) child.kill('SIGKILL');
      throw new ProcessError(explain(reason ?? (error as Error).message));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Resolves when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
