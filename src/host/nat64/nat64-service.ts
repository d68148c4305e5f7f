/**
 * NAT64 for the routers whose gateways may be on this host: a device on each of their external networks, behind OVN's
 * port for translators there. OVN sends to it on the host that has the gateway, and nowhere else.
 */
import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { Loop } from '../../base/index.ts';
import { type NetworkFacts, nat64Mac, nat64PortName } from '../../host-contract/index.ts';
import {
  createVeth,
  deleteLink,
  disableIpv6,
  findLink,
  listLinks,
  NetlinkSocket,
  PacketSocket,
  setLink,
} from '../../linux/index.ts';
import type { Registry } from '../../metrics/index.ts';
import { INTEGRATION_BRIDGE, type SwitchDatabase } from '../../switch/index.ts';
import type { Facts } from '../facts/index.ts';
import { outerNetworks } from '../ports-here.ts';
import { filterFor } from '../services/index.ts';
import { type TranslatedRouter, translatedRouter } from './translated-router.ts';
import { TranslatorPool } from './translator-pool.ts';

export interface Nat64Options {
  readonly database: SwitchDatabase;
  readonly facts: Facts;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Of the devices' other ends. */
  readonly namespace: string;
  readonly metrics: Registry;
  readonly log: Logger;
}

const RETRY_MS = 1_000;
const DEVICE_PREFIX = 'n64';
/** Octets that may wait for the translator, of each network. */
const BUFFER = 4 * 1024 * 1024;

/** The name of a network's device: the same whenever it is asked for. Devices have at most 15 characters. */
const nat64Device = (networkId: string): string =>
  `${DEVICE_PREFIX}${hash('sha256', networkId).slice(0, 12)}`;

/** A network on which this host translates. */
interface OpenLink {
  readonly socket: PacketSocket;
  readonly mtu: number;
  /** What the translator was told. */
  told: string;
}

export class Nat64Service {
  readonly #options: Nat64Options;
  readonly #pool: TranslatorPool;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  readonly #open = new Map<string, OpenLink>();

  private constructor(options: Nat64Options) {
    this.#options = options;
    const { database, facts, metrics, log } = options;
    this.#pool = new TranslatorPool(log, metrics);
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'NAT64 could not be set up, trying again'),
    );
    this.#unsubscribe = [database.onChange(() => this.#loop.wake()), facts.onChange(() => this.#loop.wake())];
  }

  /** Starts, and has looked once at what there is to do. The namespace must be there. */
  static async start(options: Nat64Options): Promise<Nat64Service> {
    const service = new Nat64Service(options);
    await service.#loop.run();
    return service;
  }

  /** Ends it. The devices stay for a successor. */
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await this.#loop.stop();
    await this.#pool.stop();
    for (const { socket } of this.#open.values()) socket.close();
  }

  /** The networks with routers that translate, and these. */
  #wanted(): Map<string, { facts: NetworkFacts; routers: TranslatedRouter[] }> {
    const { database, facts } = this.#options;
    const wanted = new Map<string, { facts: NetworkFacts; routers: TranslatedRouter[] }>();
    for (const id of outerNetworks(database)) {
      const network = facts.network(id);
      const routers = [...facts.portsOn(id)].flatMap(
        ({ facts: { isRouterPort, mac, nat64Prefixes, translatedFloatingIps } }) =>
          isRouterPort && nat64Prefixes.length + translatedFloatingIps.length > 0
            ? translatedRouter(Number(mac.value), nat64Prefixes, translatedFloatingIps)
            : [],
      );
      if (network !== undefined && routers.length > 0) wanted.set(id, { facts: network, routers });
    }
    return wanted;
  }

  async #pass(): Promise<void> {
    const wanted = this.#wanted();
    for (const id of [...this.#open.keys()]) {
      if (this.#open.get(id)?.mtu !== wanted.get(id)?.facts.mtu) await this.#close(id);
    }
    if (this.#open.size === 0 && wanted.size === 0) await this.#removeAll();
    for (const [id, { facts, routers }] of wanted) {
      const link = this.#open.get(id) ?? (await this.#begin(facts));
      this.#open.set(id, link);
      const told = JSON.stringify(routers);
      if (told === link.told) continue;
      link.told = told;
      this.#pool.follow(link.socket.fd, facts.mtu, routers);
    }
  }

  async #begin({ id, mtu }: NetworkFacts): Promise<OpenLink> {
    const { database, switchNamespace, namespace, log } = this.#options;
    const name = nat64Device(id);
    const mac = nat64Mac(id);
    using outer = new NetlinkSocket(switchNamespace);
    using inner = new NetlinkSocket(namespace);
    if (findLink(inner, name) === undefined) {
      deleteLink(outer, name);
      createVeth(outer, { name, mtu }, { name, mac, mtu, namespace });
    }
    setLink(outer, findLink(outer, name)!.index, { mtu });
    disableIpv6(switchNamespace, name);
    setLink(outer, findLink(outer, name)!.index, { up: true });
    setLink(inner, findLink(inner, name)!.index, { mac, mtu, up: true });
    await database.change((transaction) =>
      database.putPort(transaction, INTEGRATION_BRIDGE, name, {
        external_ids: { 'iface-id': nat64PortName(id), 'attached-mac': mac.toString() },
      }),
    );
    const number = Number(mac.value);
    const filter = filterFor([
      [
        { at: 0, octets: 4, is: Math.floor(number / 0x1_0000) },
        { at: 4, octets: 2, is: number % 0x1_0000 },
      ],
    ]);
    const socket = PacketSocket.forUncut({ namespace, device: name }, filter, BUFFER);
    log.info({ network: id, device: name }, 'NAT64 is served on an external network');
    return { socket, mtu, told: '' };
  }

  async #close(id: string): Promise<void> {
    const link = this.#open.get(id);
    if (link === undefined) return;
    this.#open.delete(id);
    await this.#pool.close(link.socket.fd);
    link.socket.close();
    await this.#remove(nat64Device(id));
  }

  /** Takes away what a predecessor left. */
  async #removeAll(): Promise<void> {
    using inner = new NetlinkSocket(this.#options.namespace);
    for (const { name } of listLinks(inner)) if (name.startsWith(DEVICE_PREFIX)) await this.#remove(name);
  }

  async #remove(device: string): Promise<void> {
    const { database, switchNamespace } = this.#options;
    await database.change((transaction) => database.removePort(transaction, device));
    using outer = new NetlinkSocket(switchNamespace);
    deleteLink(outer, device);
  }
}
