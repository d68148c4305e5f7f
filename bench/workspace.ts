/** The networks and ports that benchmarks make in an API, and their removal. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import {
  type Answered,
  type Create,
  NeutronApiError,
  type NeutronClient,
  type ResourceName,
} from '../src/client/index.ts';
import { forEach } from './measure.ts';

/** How ports get addresses: the kinds of network that benchmarks create ports on. */
export const NETWORK_KINDS = ['slaac', 'stateful', 'dual-stack'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

/** What a network is on the cables between hosts. */
export interface ProviderWish {
  readonly 'provider:network_type'?: 'geneve' | 'vxlan' | 'gre' | 'vlan';
  readonly 'provider:physical_network'?: string;
}

const PREFIX_V6 = 'fd5e:c7a9:7e57:1::/64';
/** Room for the longest list and for what other benchmarks add. */
const PREFIX_V4 = '10.64.0.0/16';

/** Bulk requests in which ports are made that are not measured. */
const FILL_SIZE = 500;

/** What an engine on the same machine may take to digest a port that was made, so that it is not measured too. */
const SETTLE_MS_PER_PORT = 1;

/** Deletes at a time when cleaning up. */
const CLEANERS = 16;

export class Workspace {
  readonly client: NeutronClient;
  readonly #name = `sextant-bench-${randomBytes(4).toString('hex')}`;
  readonly #networks: string[] = [];
  readonly #groups: string[] = [];
  /** What goes before those, the last first. */
  readonly #removals: (() => Promise<void>)[] = [];

  constructor(client: NeutronClient) {
    this.client = client;
  }

  /**
   * Makes a network with its subnets. Returns its id.
   * @param wish what it is to be beside that: its network type
   */
  async network(kind: NetworkKind, wish: ProviderWish = {}): Promise<string> {
    const { id } = await this.client.create('network', { name: `${this.#name}-${kind}`, ...wish });
    this.#networks.push(id);
    // Dual-stack with pools in both families: Neutron 21 fails on bulk requests for SLAAC ports.
    const mode = kind === 'slaac' ? 'slaac' : 'dhcpv6-stateful';
    await this.client.create('subnet', {
      network_id: id,
      name: this.#name,
      ip_version: 6,
      cidr: PREFIX_V6,
      ipv6_ra_mode: mode,
      ipv6_address_mode: mode,
    });
    if (kind === 'dual-stack') {
      await this.client.create('subnet', {
        network_id: id,
        name: this.#name,
        ip_version: 4,
        cidr: PREFIX_V4,
      });
    }
    return id;
  }

  /** Makes a security group that lets everything in. Returns its id. */
  async openGroup(): Promise<string> {
    const { id } = await this.client.create('security_group', { name: this.#name });
    this.#groups.push(id);
    await this.client.create('security_group_rule', {
      security_group_id: id,
      direction: 'ingress',
      ethertype: 'IPv6',
    });
    return id;
  }

  /** Makes any resource; what was made last is removed first, before networks and what is on them. */
  async make<N extends ResourceName>(name: N, wish: Create<N>): Promise<Answered<N>> {
    const made = await this.client.create(name, { name: this.#name, ...wish });
    this.#removals.push(() => this.client.delete(name, made.id));
    return made;
  }

  /** Has a router lead to a subnet. */
  async attach(routerId: string, subnetId: string): Promise<void> {
    await this.client.addRouterInterface(routerId, { subnet_id: subnetId });
    this.#removals.push(async () => {
      await this.client.removeRouterInterface(routerId, { subnet_id: subnetId });
    });
  }

  /** Has something be done before what was made so far is removed. */
  later(act: () => Promise<unknown>): void {
    this.#removals.push(async () => void (await act()));
  }

  /** A port to be made. */
  port(networkId: string): { network_id: string; name: string } {
    return { network_id: networkId, name: this.#name };
  }

  /** Makes ports that are not measured. Returns their ids. */
  async fill(networkId: string, count: number, signal: AbortSignal): Promise<string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      signal.throwIfAborted();
      const requests = Array(Math.min(FILL_SIZE, count - ids.length)).fill(this.port(networkId));
      for (const { id } of await this.client.createBulk('port', requests)) ids.push(id);
    }
    await setTimeout(count * SETTLE_MS_PER_PORT, undefined, { signal });
    return ids;
  }

  /** Removes everything that was made here, however a benchmark ended. */
  async clean(): Promise<void> {
    const signal = new AbortController().signal;
    for (const remove of this.#removals.splice(0).reverse()) await ignoreAbsent(remove());
    for (const networkId of this.#networks.splice(0)) {
      const ports = await this.client.list('port', { network_id: networkId, name: this.#name, fields: 'id' });
      await forEach({ count: ports.length, clients: CLEANERS, signal }, (index) =>
        ignoreAbsent(this.client.delete('port', ports[index]!.id)),
      );
      await ignoreAbsent(this.client.delete('network', networkId));
    }
    for (const groupId of this.#groups.splice(0)) {
      await ignoreAbsent(this.client.delete('security_group', groupId));
    }
  }
}

async function ignoreAbsent(deletion: Promise<void>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof NeutronApiError && error.status === 404)) throw error;
  }
}
