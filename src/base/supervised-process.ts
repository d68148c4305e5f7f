/** A process under supervision: found or started, awaited, started again whenever it ends, stopped or left running. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** A process, whoever started it. */
export interface RunningProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** When it was started. */
  readonly since: Date;
  /** Resolves with the reason when it has ended. */
  readonly exited: Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Has this program not wait for its end any more. */
  letGo(): void;
}

/** What a process is, and how to tell that it works. Times are milliseconds. */
export interface ProcessDefinition {
  /** What the log calls it: `northbound database`. */
  readonly title: string;
  /** Looks, before the first start, for a process that does this work already: it is adopted. */
  find?(): Promise<RunningProcess | undefined>;
  start(): RunningProcess | Promise<RunningProcess>;
  /**
   * Resolves when the process does its work.
   * @param gone is aborted when it has ended, is to end, or its time is over
   */
  ready(process: RunningProcess, gone: AbortSignal): Promise<unknown>;
  /** What it may take until it does its work; as long as it likes when left out. */
  readonly readyWithinMs?: number;
  /** What one that was found may take until it shows that it does its work. */
  readonly answersWithinMs?: number;
  /** What the error says of a process that did not come up. */
  explain(reason: string): string;
  /** Asks it to end in good order; when `patience` is over it is killed. */
  end(process: RunningProcess, patience: AbortSignal): unknown;
  readonly exitWithinMs: number;
  /** Tidies up after a process that has ended. */
  ended?(process: RunningProcess): void;
}

/** How a supervised process is now. */
export interface SupervisedState {
  /** The process id; undefined while it is not running. */
  readonly pid: number | undefined;
  /** Whether it runs and does its work. */
  readonly isUp: boolean;
  /** When it was started; undefined while it is not running. */
  readonly since: Date | undefined;
  /** Whether it was there already, and only taken over. */
  readonly isAdopted: boolean;
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

/** A child of this program. */
export function childProcess(child: ChildProcess): RunningProcess {
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit status ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  return {
    pid: child.pid,
    since: new Date(),
    exited,
    kill: (signal) => child.kill(signal),
    letGo: () => child.unref(),
  };
}

/** Ends a process: in good order if it complies in time, else by force. */
export async function endProcess(
  running: RunningProcess,
  { end, exitWithinMs }: Pick<ProcessDefinition, 'end' | 'exitWithinMs'>,
): Promise<void> {
  const patience = AbortSignal.timeout(exitWithinMs);
  await end(running, patience);
  await Promise.race([running.exited, aborted(patience)]);
  running.kill('SIGKILL');
  await running.exited;
}

export class SupervisedProcess {
  readonly #definition: ProcessDefinition;
  readonly #log: Logger;
  readonly #stopping = new AbortController();
  #running: RunningProcess | undefined;
  #isUp = false;
  #isAdopted = false;
  #restarting: Promise<void> = Promise.resolve();
  #failures = 0;

  private constructor(definition: ProcessDefinition, log: Logger) {
    this.#definition = definition;
    this.#log = log;
  }

  /**
   * Finds or starts a process, and waits until it does its work. From then on it is started again whenever it ends.
   * @throws ProcessError when it ends before, or its time is over
   */
  static async start(definition: ProcessDefinition, log: Logger): Promise<SupervisedProcess> {
    const supervised = new SupervisedProcess(definition, log);
    await supervised.#findOrStart();
    return supervised;
  }

  /** Does the same, and waits for nothing: one that does not come up is started again like one that ends. */
  static begin(definition: ProcessDefinition, log: Logger): SupervisedProcess {
    const supervised = new SupervisedProcess(definition, log);
    supervised.#restarting = supervised
      .#findOrStart()
      .catch((error: Error) => supervised.#restart(error.message));
    return supervised;
  }

  get state(): SupervisedState {
    const { pid, since } = this.#running ?? {};
    return { pid, since, isUp: this.#isUp, isAdopted: this.#isAdopted };
  }

  /** Ends the process: in good order if it complies in time, else by force. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#running?.pid !== undefined) await endProcess(this.#running, this.#definition);
    await this.#restarting;
    // It may have been started while this began.
    if (this.#running?.pid !== undefined) await endProcess(this.#running, this.#definition);
  }

  /** Ends the supervision; the process goes on. One that is down stays down. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    await this.#restarting;
    this.#running?.letGo();
  }

  async #findOrStart(): Promise<void> {
    const found = await this.#definition.find?.();
    if (found === undefined) return this.#bringUp();
    this.#watch(found, true);
    try {
      return await this.#awaitWork(found, this.#definition.answersWithinMs);
    } catch (error) {
      if (this.#stopping.signal.aborted) throw error;
      const { title } = this.#definition;
      this.#log.warn({ err: error }, `${title} was found running and does not work: starting it again`);
      await found.exited;
    }
    await this.#bringUp();
  }

  async #bringUp(): Promise<void> {
    const running = await this.#definition.start();
    this.#watch(running, false);
    await this.#awaitWork(running, this.#definition.readyWithinMs);
  }

  async #awaitWork(running: RunningProcess, withinMs: number | undefined): Promise<void> {
    const began = performance.now();
    await this.#ready(running, withinMs);
    this.#isUp = this.#running === running;
    const milliseconds = Math.round(performance.now() - began);
    const how = this.#isAdopted ? 'runs already' : 'is up';
    this.#log.info({ pid: running.pid, milliseconds }, `${this.#definition.title} ${how}`);
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

  #watch(running: RunningProcess, isAdopted: boolean): void {
    this.#running = running;
    this.#isAdopted = isAdopted;
    running.exited.then(() => {
      this.#definition.ended?.(running);
      if (this.#running !== running) return;
      this.#running = undefined;
      this.#isUp = false;
    });
  }

  /** @throws ProcessError when the process does not come up; it is killed then, unless `stop` ends it */
  async #ready(running: RunningProcess, withinMs: number | undefined): Promise<void> {
    const { ready, explain } = this.#definition;
    const gone = new AbortController();
    let reason: string | undefined;
    const giveUp = (why: string) => {
      reason ??= why;
      gone.abort();
    };
    running.exited.then(giveUp);
    const timer = withinMs && setTimeout(giveUp, withinMs, `not ready within ${withinMs / 1_000} s`);
    try {
      await ready(running, AbortSignal.any([gone.signal, this.#stopping.signal]));
    } catch (error) {
      if (!this.#stopping.signal.aborted) running.kill('SIGKILL');
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
