/**
 * `sextant host` as a child of the service, for the machine that both are on. It is a process of its own so that
 * instances, whatever they send to it, cannot slow the API down; it is started again when it dies.
 */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { restartDelay } from '../engine/index.ts';
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
/** A process that ran as long as this is thought healthy: the next restart is quick again. */
const HEALTHY_AFTER_MS = 30_000;
const EXIT_WITHIN_MS = 5_000;
const STANDARD_ERROR = 2;

/** The host process did not come up. */
export class HostProcessError extends Error {
  override readonly name = 'HostProcessError';
}

export class HostProcess {
  readonly #options: HostProcessOptions;
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #isUp = false;
  #exited: Promise<string> = Promise.resolve('');
  #keeping: Promise<void> = Promise.resolve();

  private constructor(options: HostProcessOptions) {
    this.#options = options;
  }

  /**
   * Starts the process, and waits until the host is guarded and served.
   * @throws HostProcessError when it ends instead; its log says why
   */
  static async start(options: HostProcessOptions): Promise<HostProcess> {
    const host = new HostProcess(options);
    await host.#bringUp();
    host.#keeping = host.#keep();
    return host;
  }

  /** The process id; undefined while it is not running. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Whether the process runs, and the host is guarded and served. */
  get isUp(): boolean {
    return this.#isUp;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const child = this.#child;
    child?.kill('SIGTERM');
    const force = setTimeout(() => child?.kill('SIGKILL'), EXIT_WITHIN_MS);
    await this.#exited;
    clearTimeout(force);
    await this.#keeping;
  }

  /** Brings it up again whenever it ends. */
  async #keep(): Promise<void> {
    const { log } = this.#options;
    for (let failures = 0; ; failures++) {
      const began = Date.now();
      const reason = await this.#exited;
      if (this.#stopping.signal.aborted) return;
      if (Date.now() - began > HEALTHY_AFTER_MS) failures = 0;
      const milliseconds = restartDelay(failures);
      log.warn({ milliseconds }, `the host process died (${reason}), starting it again`);
      try {
        await delay(milliseconds, undefined, { signal: this.#stopping.signal });
        await this.#bringUp();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        log.error({ err: error }, 'the host process did not come up');
      }
    }
  }

  async #bringUp(): Promise<void> {
    const child = launch({
      command: [PROGRAM, 'host', ...this.#options.flags],
      namespace: null,
      environment: { ...ownEnvironment(), ...this.#options.environment },
      niceness: 0,
      output: STANDARD_ERROR,
      messages: true,
    });
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#exited = promise;
    const ended = (reason: string) => {
      this.#isUp = false;
      resolve(reason);
    };
    child.once('exit', (code, signal) => ended(signal ? `killed by ${signal}` : `exit status ${code}`));
    child.once('error', (error) => ended(error.message));
    const ready = new Promise<undefined>((isReady) => child.once('message', () => isReady(undefined)));
    const reason = await Promise.race([ready, this.#exited]);
    if (reason === undefined) {
      this.#isUp = true;
      this.#options.log.debug({ pid: child.pid }, 'the host process is up');
      return;
    }
    this.#child = undefined;
    throw new HostProcessError(`the host process ended (${reason}): the log above says why`);
  }
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
