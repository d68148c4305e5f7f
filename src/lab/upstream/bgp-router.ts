/** FRR of the distribution, running in an instance: a router upstream that speaks BGP, and puts what it hears into effect. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Prefix } from '../../addressing/index.ts';
import { configurationFile, FRR_DAEMONS, frrCommand, hasFrr } from '../../linux/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { waitUntil } from '../wait.ts';

const DIRECTORY = '/run/frr';
const READY_MS = 20_000;
/** The peer of its own routes, as FRR has it. */
const OWN = '(unspec)';

export interface BgpRouterOptions {
  readonly as: number;
  /** As an IPv4 address is written. */
  readonly id: string;
  /** The peers: any that call from there. */
  readonly from: Prefix;
  readonly peersAs: number;
  /** Null where segments are not signed. */
  readonly password: string | null;
  readonly bfd: boolean;
}

export class BgpRouter {
  readonly #instance: LabInstance;
  readonly #options: BgpRouterOptions;
  readonly #processes: readonly ChildProcess[];

  private constructor(instance: LabInstance, options: BgpRouterOptions, processes: readonly ChildProcess[]) {
    this.#instance = instance;
    this.#options = options;
    this.#processes = processes;
  }

  /** Whether this machine has it. */
  static isInstalled(): boolean {
    return hasFrr();
  }

  /** Starts it, and waits until it takes commands. */
  static async start(instance: LabInstance, options: BgpRouterOptions): Promise<BgpRouter> {
    const files = FRR_DAEMONS.map((name) => configurationFile(DIRECTORY, name));
    await instance.run('install', '-d', '-o', 'frr', '-g', 'frr', DIRECTORY);
    for (const [index, name] of FRR_DAEMONS.entries())
      instance.writeFile(files[index]!, name === 'bgpd' ? configurationOf(options) : '');
    await instance.run('chown', 'frr:frr', ...files);
    const processes: ChildProcess[] = [];
    for (const name of FRR_DAEMONS) {
      const child = instance.spawn(frrCommand(DIRECTORY, name));
      for (const stream of [child.stdout, child.stderr]) stream?.resume();
      processes.push(child);
      await waitUntil(
        async () => (await instance.tryRun(['test', '-S', `${DIRECTORY}/${name}.vty`])).status === 0,
        READY_MS,
      );
    }
    return new BgpRouter(instance, options, processes);
  }

  /** Says a line of FRR's command language, and gives what it answers. */
  ask(line: string): Promise<string> {
    return this.#instance.run('vtysh', '--vty_socket', DIRECTORY, '-c', line);
  }

  /** The prefixes that it has from peers, each with the addresses that lead there, but link-local ones. */
  async heard(family: 4 | 6 = 6): Promise<ReadonlyMap<string, readonly string[]>> {
    const text = await this.ask(`show bgp ipv${family} unicast json`);
    const { routes = {} } = JSON.parse(text) as {
      routes?: Record<string, { peerId?: string; nexthops?: { ip: string; scope?: string }[] }[]>;
    };
    return new Map(
      Object.entries(routes).flatMap(([prefix, paths]) => {
        const hops = paths.flatMap(({ peerId = OWN, nexthops = [] }) =>
          peerId === OWN ? [] : nexthops.flatMap(({ ip, scope }) => (scope === 'link-local' ? [] : ip)),
        );
        return hops.length === 0 ? [] : [[prefix, [...new Set(hops)]] as const];
      }),
    );
  }

  /** Tells all peers of prefixes that are nowhere. */
  async flood(prefixes: readonly Prefix[]): Promise<void> {
    const lines = prefixes.map((prefix) => `network ${prefix}`);
    this.#instance.writeFile(
      `${DIRECTORY}/flood`,
      [`router bgp ${this.#options.as}`, 'address-family ipv6 unicast', ...lines, ''].join('\n'),
    );
    await this.#instance.run('vtysh', '--vty_socket', DIRECTORY, '-f', `${DIRECTORY}/flood`);
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
  }
}

const configurationOf = ({ as, id, from, peersAs, password, bfd }: BgpRouterOptions): string =>
  [
    `router bgp ${as}`,
    ` bgp router-id ${id}`,
    ' no bgp ebgp-requires-policy',
    ' no bgp default ipv4-unicast',
    ' no bgp network import-check',
    ' bgp graceful-restart',
    ' neighbor tenants peer-group',
    ` neighbor tenants remote-as ${peersAs}`,
    ...(password === null ? [] : [` neighbor tenants password ${password}`]),
    ...(bfd ? [' neighbor tenants bfd'] : []),
    ` bgp listen range ${from} peer-group tenants`,
    ' address-family ipv4 unicast',
    '  neighbor tenants activate',
    ' exit-address-family',
    ' address-family ipv6 unicast',
    '  neighbor tenants activate',
    ' exit-address-family',
    '',
  ].join('\n');
