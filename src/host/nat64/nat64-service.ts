/**
 * NAT64 for the routers whose gateways may be on this host: a device on each of their external networks, behind OVN's
 * port for translators there. OVN sends to it on the host that has the gateway, and nowhere else.
 */
import { hash } from 'node:crypto';
import { join } from 'node:path';
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
import type { Facts, Gateways, KnownPort } from '../facts/index.ts';
import { outerNetworks } from '../ports-here.ts';
import { filterFor } from '../services/index.ts';
import { KeptSessions, type SessionSource } from './kept-sessions.ts';
import { translatedRouter } from './translated-router.ts';
import { TranslatorPool } from './translator-pool.ts';

export interface Nat64Options {
  readonly database: SwitchDatabase;
  readonly facts: Facts & Gateways;
  /** Directory of the switch's sockets, OVS_RUNDIR; sessions are kept beside them. */
  readonly rundir: string;
  /** By which other hosts know of sessions; undefined where there are none. */
  readonly exchange: SharedSessions | undefined;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Of the devices' other ends. */
  readonly namespace: string;
  readonly metrics: Registry;
  readonly log: Logger;
}

/** Others that know of sessions, and are told. */
export interface SharedSessions {
  /** How many hosts this one hears from. */
  readonly peers: number;
  /** Begins: what others tell goes to the source, and what they are to know comes from there. */
  start(source: SessionSource): void;
  /** The hosts that stand by for routers, by the id of the gateway's port. */
  follow(routers: ReadonlyMap<string, ReadonlySet<string>>): void;
  /** Tells what became of sessions of a router. */
  tell(router: string, records: Uint8Array): void;
}

const RETRY_MS = 1_000;
const DEVICE_PREFIX = 'n64';
/** Octets that may wait for the translator, of each network. */
const BUFFER = 4 * 1024 * 1024;

/** The name of a network's device: the same whenever it is asked for. Devices have at most 15 characters. */
const nat64Device = (networkId: string): string =>
  `${DEVICE_PREFIX}${hash('sha256', networkId).slice(0, 12)}`;

/** A network with routers that are translated for. */
interface WantedLink {
  readonly facts: NetworkFacts;
  readonly gateways: readonly KnownPort[];
}

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
  readonly #kept: KeptSessions;
  /** Gateways that are here, of those that are translated for. */
  #here: ReadonlySet<string> = new Set();

  private constructor(options: Nat64Options) {
    this.#options = options;
    const { database, facts, rundir, exchange, metrics, log } = options;
    this.#pool = new TranslatorPool({
      ...{ log, metrics },
      onNews: (router, records) => {
        this.#kept.note(router, records);
        exchange?.tell(router, records);
      },
      onStart: () => this.#kept.recall(),
    });
    this.#kept = new KeptSessions(join(rundir, 'nat64'), this.#pool, log);
    exchange?.start({
      learn: (router, records, onLearned) => {
        this.#kept.note(router, records);
        this.#pool.learn(router, records, onLearned);
      },
      recite: (router, reader) => this.#pool.recite(router, reader),
    });
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.error({ err: error }, 'NAT64 could not be set up, trying again'),
    );
    const wake = () => this.#loop.wake();
    const peers = metrics.gauge({
      name: 'sextant_nat64_peers',
      help: 'Hosts that this one hears from of sessions of NAT64, since both stand by for a router.',
    });
    this.#unsubscribe = [
      database.onChange(wake),
      facts.onChange(wake),
      facts.onGateways(wake),
      metrics.beforeRead(() => peers.set(exchange?.peers ?? 0)),
    ];
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
    this.#kept.close();
    for (const { socket } of this.#open.values()) socket.close();
  }

  /** The networks with routers that translate, and these. */
  #wanted(): Map<string, WantedLink> {
    const { database, facts } = this.#options;
    const wanted = new Map<string, WantedLink>();
    for (const id of outerNetworks(database)) {
      const network = facts.network(id);
      const gateways = [...facts.portsOn(id)].filter(
        ({ facts: { isRouterPort, nat64Prefixes, translatedFloatingIps } }) =>
          isRouterPort && nat64Prefixes.length + translatedFloatingIps.length > 0,
      );
      if (network !== undefined && gateways.length > 0) wanted.set(id, { facts: network, gateways });
    }
    return wanted;
  }

  async #pass(): Promise<void> {
    const wanted = this.#wanted();
    for (const id of [...this.#open.keys()]) {
      if (this.#open.get(id)?.mtu !== wanted.get(id)?.facts.mtu) await this.#close(id);
    }
    if (this.#open.size === 0 && wanted.size === 0) await this.#removeAll();
    for (const [id, { facts, gateways }] of wanted) {
      const link = this.#open.get(id) ?? (await this.#begin(facts));
      this.#open.set(id, link);
      const routers = gateways.map(({ id: router, facts: own }) => translatedRouter(router, own));
      const told = JSON.stringify(routers);
      if (told === link.told) continue;
      link.told = told;
      this.#pool.follow(link.socket.fd, { mtu: facts.mtu, mac: Number(nat64Mac(id).value), routers });
    }
    this.#followSessions(
      wanted
        .values()
        .flatMap(({ gateways }) => gateways)
        .toArray(),
    );
  }

  /** Has sessions of these routers be kept and told, and of those whose gateway has come here whoever forgot be reminded. */
  #followSessions(gateways: readonly KnownPort[]): void {
    const { facts, exchange } = this.#options;
    const routers = new Map(gateways.map(({ id, facts: { gatewayHosts } }) => [id, new Set(gatewayHosts)]));
    this.#kept.follow(new Set(routers.keys()));
    exchange?.follow(routers);
    const here = new Set([...facts.gatewaysHere()].flatMap(([id]) => (routers.has(id) ? id : [])));
    for (const id of here.difference(this.#here)) this.#pool.remind(id);
    this.#here = here;
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
