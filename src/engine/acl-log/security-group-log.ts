/**
 * The log of what security groups let through and drop, for those who run the network: taken from the logs of the hosts'
 * ovn-controllers, with what the store knows of each packet's port and group.
 */

import type { Logger } from 'pino';
import { LogFollower, TokenBucket } from '../../base/index.ts';
import type { Store } from '../../resources/index.ts';
import { parseAclLogLine } from './acl-log-line.ts';
import { JsonLinesFile } from './json-lines-file.ts';
import { type LogRecord, recordsOf } from './packet-records.ts';
import { readKnown } from './read-known.ts';

export interface SecurityGroupLogOptions {
  readonly store: Store;
  /** The log of this host's ovn-controller. */
  readonly controllerLog: string;
  /** Where the records go, one JSON object a line. */
  readonly file: string;
  /** Gets the records too. */
  readonly log: Logger;
}

/** Of packets on another host, those that may be told of: by the ids of ports that they are said to be of. */
type Permitted = (portIds: readonly string[]) => Promise<ReadonlySet<string>>;

export class SecurityGroupLog {
  readonly #options: SecurityGroupLogOptions;
  readonly #output: JsonLinesFile;
  /** A disk that is full refuses every one. */
  readonly #complaints = new TokenBucket(1, 60_000);
  #follower: LogFollower | undefined;

  private constructor(options: SecurityGroupLogOptions) {
    this.#options = options;
    this.#output = new JsonLinesFile(options.file);
  }

  /** Starts with what was logged since the last one ended, which OVN may have outlived; at first, from now on. */
  static async start(options: SecurityGroupLogOptions): Promise<SecurityGroupLog> {
    const packets = new SecurityGroupLog(options);
    const bookmark = `${options.controllerLog}.read`;
    packets.#follower = await LogFollower.start(
      options.controllerLog,
      (lines) => packets.#write(lines, (records) => records),
      { bookmark },
    );
    return packets;
  }

  /**
   * Takes lines of the log of another host's ovn-controller.
   * @param permitted which ports may be that host's: of others nothing is written
   */
  async take(lines: readonly string[], host: string, permitted: Permitted): Promise<void> {
    await this.#write(lines, async (records) => {
      const known = await permitted(records.flatMap(({ port_id }) => port_id ?? []));
      return records
        .filter(({ port_id }) => port_id === null || known.has(port_id))
        .map((record) => ({ ...record, host }));
    });
  }

  /** Ends when what has been logged by now is written. */
  async stop(): Promise<void> {
    await this.#follower?.stop();
  }

  async #write(
    lines: readonly string[],
    choose: (records: LogRecord[]) => readonly LogRecord[] | Promise<readonly LogRecord[]>,
  ): Promise<void> {
    const packets = lines.flatMap((line) => parseAclLogLine(line) ?? []);
    if (packets.length === 0) return;
    const { store, log } = this.#options;
    try {
      const known = await readKnown(store.read, packets);
      const records = await choose(packets.flatMap((packet) => recordsOf(packet, known)));
      await this.#output.append(records);
      for (const packet of records) log.info({ packet }, 'a security group decided');
    } catch (error) {
      if (this.#complaints.take())
        log.error({ err: error, packets: packets.length }, 'packets could not be logged');
    }
  }
}
