/** Instances on the local host, or on several, plugged into its switch the way the VIM says. */
import type { Logger } from 'pino';
import { Mac } from '../../addressing/index.ts';
import type { Answered, NeutronClient } from '../../client/index.ts';
import {
  bridgeOfPhysicalNetwork,
  type Cable,
  type Capture,
  type InstanceInterface,
  Lab,
  type LabInstance,
  SwitchConnection,
} from '../../lab/index.ts';
import { type InstanceSite, type OutsidePort, untilActive } from './instance-site.ts';
import type { LabHost } from './lab-host.ts';
import { bindPort } from './port-binding.ts';
import { UntriableError } from './untriable-error.ts';

/** Where a VIM has this host's ports plugged in: by an interface of an Open vSwitch that names the port. */
const PLUGGABLE = 'ovs';

/** Where instances are plugged in when the port's binding does not say. */
const DEFAULT_BRIDGE = 'br-int';

/** How often another API is asked whether a port works: some have more to do with such a question than Sextant. */
const ASKING_MS = 1_000;

/** Name of Neutron's driver for its Open vSwitch agent, which gives ports their VLAN on the integration bridge. */
const TAGGING_DRIVER = 'openvswitch';
/**
 * The VLAN that a port has until that agent gives it its own, as os-vif's `isolate_vif` has it: a port without one would
 * be given the frames of all networks meanwhile, which says something of who plugs in and nothing of the cloud.
 */
const NOWHERE = 4095;

export class HostLab implements InstanceSite {
  readonly hasServers = false;
  readonly #lab = Lab.open();
  readonly #facts: LabHost;
  /** All hosts. */
  readonly #hosts: readonly LabHost[];
  readonly #places = new WeakMap<LabInstance, LabHost>();
  /** How many instances each network has: they are placed on one host after the other. */
  readonly #placed = new Map<string, number>();
  readonly #log: Logger;
  readonly #connections = new Map<string, Promise<SwitchConnection>>();
  readonly #mtus = new Map<string, Promise<number>>();

  constructor(facts: LabHost, log: Logger, further: readonly LabHost[] = []) {
    this.#facts = facts;
    this.#hosts = [facts, ...further];
    this.#log = log;
  }

  get securityGroupLog(): string | undefined {
    return this.#facts.securityGroupLog;
  }

  get physicalNetwork(): string | undefined {
    return this.#facts.bridges?.keys().next().value;
  }

  captureCables(cable: Cable): Capture[] {
    return this.#hosts.flatMap(({ capture }) => capture?.(cable) ?? []);
  }

  get hosts(): readonly LabHost[] {
    return this.#hosts;
  }

  /** @param networkId those of one network are on different hosts, as far as there are some */
  async instance(name: string, networkId = '', host: LabHost = this.#next(networkId)): Promise<LabInstance> {
    const instance = await this.#lab.instance(name);
    this.#places.set(instance, host);
    return instance;
  }

  #next(networkId: string): LabHost {
    const number = this.#placed.get(networkId) ?? this.#placed.size;
    this.#placed.set(networkId, number + 1);
    return this.#hosts[number % this.#hosts.length]!;
  }

  #hostOf(instance: LabInstance): LabHost {
    return this.#places.get(instance) ?? this.#facts;
  }

  remove(instance: LabInstance): Promise<void> {
    return this.#lab.remove(instance);
  }

  async plug(
    port: Answered<'port'>,
    instance: LabInstance,
    device: string,
    admin: NeutronClient,
    past?: 'past the guard',
  ): Promise<InstanceInterface> {
    const host = this.#hostOf(instance);
    const details = await this.#bind(port.id, host, admin);
    const named = past === undefined ? (details?.bridge_name ?? host.instanceBridge) : undefined;
    const bridge = typeof named === 'string' ? named : DEFAULT_BRIDGE;
    const plugged = await this.#lab.plug(
      await this.#connection(host, bridge),
      {
        id: port.id,
        mac: Mac.parse(port.mac_address),
        mtu: await this.#mtuOf(port.network_id, admin),
        isUnguarded: past !== undefined,
        ...(isTaggedByAgent(details) && { vlan: NOWHERE }),
      },
      instance,
      device,
    );
    await untilActive(admin, port.id, host.name === undefined ? undefined : ASKING_MS);
    return plugged;
  }

  async plugOutside(
    port: OutsidePort,
    physicalNetwork: string,
    instance: LabInstance,
    device: string,
  ): Promise<InstanceInterface> {
    const host = this.#hostOf(instance);
    return this.#lab.plug(
      await this.#connection(
        host,
        host.bridges?.get(physicalNetwork) ?? bridgeOfPhysicalNetwork(physicalNetwork),
      ),
      port,
      instance,
      device,
    );
  }

  /** Binds a port to its host, where that is to be done, and says how it is to be plugged in. */
  async #bind(
    portId: string,
    { name }: LabHost,
    admin: NeutronClient,
  ): Promise<Readonly<Record<string, unknown>> | null> {
    if (name === undefined) return (await admin.show('port', portId))['binding:vif_details'];
    const details = await bindPort(admin, portId, name, PLUGGABLE);
    if (details?.ovs_hybrid_plug === true) {
      throw new UntriableError(
        'Ports are to be plugged in by a Linux bridge with the filters: not from here.',
      );
    }
    return details;
  }

  async answers(): Promise<boolean> {
    const connections = await Promise.all(this.#connections.values());
    return (await Promise.all(connections.map((one) => one.answers()))).every(Boolean);
  }

  serverOf(): undefined {
    return undefined;
  }

  unplug(portId: string): Promise<void> {
    return this.#lab.unplug(portId);
  }

  /** Removes all instances and unplugs all ports. */
  async close(): Promise<void> {
    await this.#lab.close();
    for (const connection of this.#connections.values()) await (await connection).close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connection({ switchDatabase: database, namespace }: LabHost, bridge: string): Promise<SwitchConnection> {
    const key = `${database} ${bridge}`;
    let connection = this.#connections.get(key);
    if (connection === undefined) {
      connection = SwitchConnection.open({ database, namespace, bridge }, this.#log);
      this.#connections.set(key, connection);
    }
    return connection;
  }

  #mtuOf(networkId: string, admin: NeutronClient): Promise<number> {
    let mtu = this.#mtus.get(networkId);
    if (mtu === undefined) {
      mtu = admin.show('network', networkId).then((network) => network.mtu);
      this.#mtus.set(networkId, mtu);
    }
    return mtu;
  }
}

const isTaggedByAgent = (details: Readonly<Record<string, unknown>> | null): boolean =>
  Object.values(details?.bound_drivers ?? {}).includes(TAGGING_DRIVER);
