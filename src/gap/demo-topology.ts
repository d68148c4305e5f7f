/** The demo's networks: two tenants with the same prefixes, who do not meet. */
import type { Logger } from 'pino';
import { Capabilities, type NeutronClient } from '../client/index.ts';
import { DhcpClient, type LabInstance } from '../lab/index.ts';
import { addressesOfPort, Belongings, HostLab, type LabHost, PHYSICAL_NETWORK, Tenant } from './kit/index.ts';

export const DEMO_PROJECTS = ['red', 'blue'] as const;

/** Milliseconds that an instance may take to get its addresses. */
const PATIENCE_MS = 20_000;

/** An instance of the demo, for people. */
export interface DemoInstance {
  readonly project: string;
  readonly name: string;
  readonly network: string;
  /** The network namespace that it is. */
  readonly namespace: string;
  readonly addresses: readonly string[];
}

export interface DemoOptions {
  /** The switch that instances are plugged into. */
  readonly host: LabHost;
  clientFor(projectId: string, role: 'member' | 'admin'): NeutronClient;
  readonly log: Logger;
  /** Ends the building. */
  readonly signal: AbortSignal;
}

/** What was built; disposing of it takes it down. */
export class DemoTopology implements AsyncDisposable {
  readonly instances: DemoInstance[] = [];
  readonly #belongings: Belongings;
  readonly #lab: HostLab;
  readonly #options: DemoOptions;

  private constructor(options: DemoOptions) {
    this.#options = options;
    this.#lab = new HostLab(options.host, options.log);
    this.#belongings = new Belongings(options.signal);
    this.#belongings.removeLater(() => this.#lab.close());
  }

  /**
   * Builds for each tenant a router with a dual-stack network (DHCP and SLAAC) and an IPv6-only one (DHCPv6), and an
   * instance on each with all its addresses.
   */
  static async build(options: DemoOptions): Promise<DemoTopology> {
    const topology = new DemoTopology(options);
    try {
      const built = await Promise.all(DEMO_PROJECTS.map((project) => topology.#tenant(project)));
      topology.instances.push(...built.flat());
      return topology;
    } catch (error) {
      await topology[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#belongings[Symbol.asyncDispose]();
  }

  async #tenant(project: string): Promise<DemoInstance[]> {
    const { clientFor } = this.#options;
    const admin = clientFor(project, 'admin');
    this.#belongings.removeLater(async () => admin.close());
    const access = {
      projectId: project,
      client: clientFor(project, 'member'),
      admin,
      capabilities: Capabilities.whole,
      physicalNetwork: PHYSICAL_NETWORK,
      mark: { prefix: '' },
      isShared: false,
    };
    const tenant = new Tenant(access, this.#belongings);
    const office = await tenant.network('office');
    const subnets = [
      await tenant.subnet4(office, '10.0.0.0/24', { name: 'office-v4' }),
      await tenant.subnet6(office, 'fd00:0:0:1::/64', 'slaac', { name: 'office-v6' }),
    ];
    const servers = await tenant.network('servers');
    subnets.push(await tenant.subnet6(servers, 'fd00:0:0:2::/64', 'dhcpv6-stateful', { name: 'servers-v6' }));
    await tenant.router('router', subnets);

    const start = async (name: string, network: typeof office, modes: readonly ('ipv4' | 'stateful')[]) => {
      const port = await tenant.port(network, { name });
      const instance = await this.#belongings.make(
        () => this.#lab.instance(`${project}-${name}`),
        (made) => this.#lab.remove(made),
      );
      const device = await this.#belongings.make(
        () => this.#lab.plug(port, instance, 'eth0', admin),
        () => this.#lab.unplug(port.id),
      );
      device.up();
      for (const mode of modes) await DhcpClient.dhclient(device, mode);
      const addresses = addressesOfPort(port);
      for (const address of addresses) await device.has(address, PATIENCE_MS);
      return describe(project, network.name, instance, addresses.map(String));
    };
    return Promise.all([start('desk', office, ['ipv4']), start('web', servers, ['stateful'])]);
  }
}

const describe = (
  project: string,
  network: string,
  instance: LabInstance,
  addresses: string[],
): DemoInstance => ({
  project,
  name: instance.name,
  network,
  namespace: instance.namespace,
  addresses,
});
