/** A DHCPv6 server of the distribution that delegates prefixes, running in an instance: a provider's. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Prefix } from '../../addressing/index.ts';
import type { InstanceInterface } from '../instance/instance.ts';

/** How long what it delegates lasts, in seconds. */
export interface DelegationTimes {
  readonly preferred: number;
  readonly valid: number;
}

const PROGRAMS = { kea: 'kea-dhcp6', wide: 'dhcp6s' } as const;

export class DelegatingServer {
  readonly #process: ChildProcess;
  #output = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.on('data', (data) => {
        this.#output += data;
      });
    }
  }

  /** Whether the instance's machine has it. */
  static async isInstalled({ instance }: InstanceInterface, kind: keyof typeof PROGRAMS): Promise<boolean> {
    return (await instance.tryRun(['sh', '-c', `command -v ${PROGRAMS[kind]}`])).status === 0;
  }

  /** Starts Kea, which delegates prefixes of this length out of a pool to whoever asks on the link. */
  static kea(
    on: InstanceInterface,
    pool: Prefix,
    length: number,
    { preferred, valid }: DelegationTimes,
  ): DelegatingServer {
    // Its process id stands in a file of that name, and one that was killed leaves it.
    const settings = `/run/kea-${on.device}-${pool.network}.json`;
    const pools = [{ prefix: `${pool.network}`, 'prefix-len': pool.length, 'delegated-len': length }];
    on.instance.writeFile(
      settings,
      JSON.stringify({
        Dhcp6: {
          'interfaces-config': { interfaces: [on.device] },
          'lease-database': { type: 'memfile', persist: false },
          'preferred-lifetime': preferred,
          'valid-lifetime': valid,
          'renew-timer': Math.floor(preferred / 4),
          'rebind-timer': Math.floor(preferred / 2),
          'server-id': { type: 'LL', persist: false },
          // It has no address on the link, and gives none.
          subnet6: [{ id: 1, subnet: '2001:db8:ffff::/64', interface: on.device, 'pd-pools': pools }],
          loggers: [
            { name: 'kea-dhcp6', severity: 'DEBUG', debuglevel: 50, output_options: [{ output: 'stdout' }] },
          ],
        },
      }),
    );
    const places = ['KEA_PIDFILE_DIR=/run', 'KEA_LOCKFILE_DIR=/run', 'KEA_DHCP_DATA_DIR=/run'];
    return new DelegatingServer(on.instance.spawn(['env', ...places, PROGRAMS.kea, '-c', settings]));
  }

  /** Starts WIDE's server, which delegates these prefixes to one client, by its DUID in hexadecimal. */
  static wide(
    on: InstanceInterface,
    duid: string,
    prefixes: readonly Prefix[],
    { preferred, valid }: DelegationTimes,
  ): DelegatingServer {
    const settings = `/run/dhcp6s-${on.device}.conf`;
    const lines = prefixes.map((prefix) => `  prefix ${prefix} ${preferred} ${valid};`);
    on.instance.writeFile(
      settings,
      `host router {\n  duid ${duid.match(/../g)?.join(':')};\n${lines.join('\n')}\n};\n`,
    );
    return new DelegatingServer(
      on.instance.spawn([PROGRAMS.wide, '-f', '-D', '-c', settings, '-P', '/run/dhcp6s.pid', on.device]),
    );
  }

  /** What the server said so far. */
  get output(): string {
    return this.#output;
  }

  /** Ends the server at once; it remembers nothing. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
