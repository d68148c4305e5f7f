/**
 * The log of what security groups let through and drop, for those who run the network: taken from ovn-controller's
 * log, with what the store knows of each packet's port and group.
 */

import type { Logger } from 'pino';
import { TokenBucket } from '../../base/index.ts';
import type { Store } from '../../resources/index.ts';
import { parseAclLogLine } from './acl-log-line.ts';
import { JsonLinesFile } from './json-lines-file.ts';
import { LogFollower } from './log-follower.ts';
import { recordsOf } from './packet-records.ts';
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

export class SecurityGroupLog {
  readonly #follower: LogFollower;

  private constructor(follower: LogFollower) {
    this.#follower = follower;
  }

  /** Starts with what was logged since the last one ended, which OVN may have outlived; at first, from now on. */
  static async start({
    store,
    controllerLog,
    file,
    log,
  }: SecurityGroupLogOptions): Promise<SecurityGroupLog> {
    const output = new JsonLinesFile(file);
    /** A disk that is full refuses every one. */
    const complaints = new TokenBucket(1, 60_000);
    const write = async (lines: string[]): Promise<void> => {
      const packets = lines.flatMap((line) => parseAclLogLine(line) ?? []);
      if (packets.length === 0) return;
      try {
        const known = await readKnown(store.read, packets);
        const records = packets.flatMap((packet) => recordsOf(packet, known));
        await output.append(records);
        for (const packet of records) log.info({ packet }, 'a security group decided');
      } catch (error) {
        if (complaints.take())
          log.error({ err: error, packets: packets.length }, 'packets could not be logged');
      }
    };
    const bookmark = `${controllerLog}.read`;
    const follower = await LogFollower.start(controllerLog, write, { bookmark });
    return new SecurityGroupLog(follower);
  }

  /** Ends when what has been logged by now is written. */
  async stop(): Promise<void> {
    await this.#follower.stop();
  }
}
