/** What is looked after while daemons run: their logs, their databases, and that they answer. */
import type { Logger } from 'pino';
import { TokenBucket } from '../../base/index.ts';
import { jsonRpcCall } from '../../ovsdb/index.ts';
import type { Daemon } from './daemon.ts';
import { databaseFiles } from './daemon-definitions.ts';
import { controlOf, isAttendant } from './daemon-names.ts';
import { DatabaseUpkeep } from './database-upkeep.ts';
import { rotateLogs } from './log-rotation.ts';
import type { EnginePaths } from './state-directory.ts';

const LOG_LIMIT = 10 * 1024 * 1024;
const LOG_CHECK_EVERY_MS = 60_000;
const DATABASE_CHECK_EVERY_MS = 2_000;
const DAEMON_CHECK_EVERY_MS = 5_000;

export class Upkeep {
  readonly #paths: EnginePaths;
  readonly #daemons: ReadonlyMap<string, Daemon>;
  readonly #log: Logger;
  readonly #databases = new DatabaseUpkeep();
  #timers: NodeJS.Timeout[] = [];
  /** A database that cannot be compacted, on a full disk for instance, is told of now and then. */
  readonly #complaints = new TokenBucket(1, 60_000);
  readonly #stop = new AbortController();
  #isCompacting = false;

  /** @param daemons those that are there whenever it looks */
  constructor(paths: EnginePaths, daemons: ReadonlyMap<string, Daemon>, log: Logger) {
    this.#paths = paths;
    this.#daemons = daemons;
    this.#log = log;
  }

  start(): void {
    this.#timers = [
      setInterval(() => this.#rotateLogs(), LOG_CHECK_EVERY_MS).unref(),
      setInterval(() => this.#keepDatabases(), DATABASE_CHECK_EVERY_MS).unref(),
      setInterval(() => this.#lookAtDaemons(), DAEMON_CHECK_EVERY_MS).unref(),
    ];
  }

  stop(): void {
    this.#timers.forEach(clearInterval);
    // A process does not end as long as it waits for an answer.
    this.#stop.abort();
  }

  #lookAtDaemons(): void {
    for (const daemon of this.#daemons.values()) void daemon.look();
  }

  #rotateLogs(): void {
    const daemons = [...this.#daemons.values()];
    const logs = daemons.flatMap(({ state: { pid }, definition: { name, log, control } }) => {
      if (log === undefined) return [];
      if (isAttendant(name)) return [{ file: log }];
      const reopen = async () => {
        if (pid) await jsonRpcCall(control(pid), 'vlog/reopen', [], AbortSignal.timeout(5_000));
      };
      return [{ file: log, reopen }];
    });
    rotateLogs(logs, LOG_LIMIT).catch((error) => this.#log.warn({ err: error }, 'could not rotate a log'));
  }

  async #keepDatabases(): Promise<void> {
    if (this.#isCompacting) return;
    this.#isCompacting = true;
    const databases = Object.entries(databaseFiles(this.#paths.state)).flatMap(([name, file]) => {
      const pid = this.#daemons.get(name)?.state.pid;
      return pid === undefined ? [] : [{ file, control: controlOf(this.#paths.run, name)(pid) }];
    });
    try {
      const files = await this.#databases.look(databases, this.#stop.signal);
      if (files.length > 0) this.#log.info({ files }, 'databases were compacted');
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (this.#complaints.take()) this.#log.warn({ err: error }, 'a database could not be compacted');
    } finally {
      this.#isCompacting = false;
    }
  }
}
