/**
 * Tells the service what this host's ovn-controller logs of packets that security groups decided on. While the service is
 * away it waits, and goes on where it was; what the log file has lost by then is lost.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type FollowOptions, LogFollower } from '../base/index.ts';
import { HOST_API, LONGEST_LOG_LINE, MOST_LOG_LINES } from '../host-contract/index.ts';
import type { ServerChannel } from './server-channel.ts';

const RETRY_MS = 1_000;
/** What lines of OVS's log have that are about such packets: the module. */
const MODULE = /\|acl_log(?:\([^)]*\))?\|/;

export interface PacketLogReporterOptions {
  /** The log file of ovn-controller. */
  readonly file: string;
  readonly channel: Pick<ServerChannel, 'request'>;
  readonly retryMs?: number;
  readonly follow?: Pick<FollowOptions, 'everyMs'>;
  readonly log: Logger;
}

export class PacketLogReporter {
  readonly #options: PacketLogReporterOptions;
  readonly #stop = new AbortController();
  #follower: LogFollower | undefined;

  private constructor(options: PacketLogReporterOptions) {
    this.#options = options;
  }

  /** Starts with what was logged since the last one ended; at first, from now on. */
  static async start(options: PacketLogReporterOptions): Promise<PacketLogReporter> {
    const reporter = new PacketLogReporter(options);
    const { file, follow } = options;
    reporter.#follower = await LogFollower.start(file, (lines) => reporter.#report(lines), {
      ...follow,
      bookmark: `${file}.told`,
    });
    return reporter;
  }

  /** Ends it; what was not told by then is a successor's. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#follower?.stop().catch(() => undefined);
  }

  async #report(lines: readonly string[]): Promise<void> {
    const told = lines.filter((line) => MODULE.test(line)).map((line) => line.slice(0, LONGEST_LOG_LINE));
    for (let at = 0; at < told.length; at += MOST_LOG_LINES)
      await this.#untilTaken(told.slice(at, at + MOST_LOG_LINES));
  }

  /** @throws AbortError when it is stopped first */
  async #untilTaken(lines: readonly string[]): Promise<void> {
    const { channel, retryMs = RETRY_MS, log } = this.#options;
    const { signal } = this.#stop;
    for (;;) {
      signal.throwIfAborted();
      try {
        const { status, body } = await channel.request({
          method: 'POST',
          path: HOST_API.packetLog,
          body: { lines },
        });
        if (status === 204) return;
        // It would say so again, and those behind would wait.
        if (status >= 400 && status < 500 && status !== 401)
          return log.warn({ status, body: body.toString() }, 'the service does not take what was logged');
      } catch (error) {
        log.debug({ err: error }, 'the service did not take what was logged; this is tried again');
      }
      await pause(retryMs, undefined, { signal });
    }
  }
}
