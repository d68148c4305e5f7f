/**
 * Has the hosts that stand by for a router know its sessions: each tells the others what it sees, and hears what they
 * see. Who stands by for what is the service's word, and every host goes by it for itself: it hears of a router from
 * those hosts alone that stand by for it, and tells nobody else.
 */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { Address } from '../../addressing/index.ts';
import { Loop } from '../../base/index.ts';
import type { TlsFiles } from '../../ovsdb/index.ts';
import type { SwitchDatabase } from '../../switch/index.ts';
import type { Places } from '../facts/index.ts';
import type { SessionSource } from '../nat64/index.ts';
import { othersOf } from '../overlay/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { PeerAuthorities } from './peer-authorities.ts';
import { SessionHearer } from './session-hearer.ts';
import { SessionTeller } from './session-teller.ts';

/** On which hosts listen for each other. */
export const SESSION_PORT = 9698;
const RETRY_MS = 1_000;

export interface SessionExchangeOptions {
  readonly database: Pick<SwitchDatabase, 'setting' | 'onChange'>;
  readonly places: Places;
  /** This host's name in OVN. */
  readonly host: string;
  readonly tls: TlsFiles;
  readonly channel: Pick<ServerChannel, 'request'>;
  readonly log: Logger;
  readonly port?: number;
}

export class SessionExchange {
  readonly #options: SessionExchangeOptions;
  readonly #authorities: PeerAuthorities;
  readonly #loop: Loop;
  readonly #unsubscribe: (() => void)[];
  readonly #hearers = new Map<string, SessionHearer>();
  #source: SessionSource | undefined;
  /** The hosts that stand by for routers, by the id of the gateway's port. */
  #routers: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #teller: { readonly teller: SessionTeller; readonly address: string; certificate: string } | undefined;

  constructor(options: SessionExchangeOptions) {
    const { database, places, channel, log } = options;
    this.#options = options;
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.warn({ err: error }, 'hosts that stand by are not told of sessions yet, trying again'),
    );
    this.#authorities = new PeerAuthorities(channel, log, () => this.#loop.wake());
    this.#unsubscribe = [
      database.onChange(() => this.#loop.wake()),
      places.onMove(({ hosts }) => {
        if (hosts) this.#loop.wake();
      }),
    ];
  }

  /** How many hosts this one hears from. */
  get peers(): number {
    return this.#hearers
      .values()
      .filter(({ isConnected }) => isConnected)
      .toArray().length;
  }

  /**
   * Begins.
   * @param source whoever has the sessions that this host knows
   */
  start(source: SessionSource): void {
    this.#source = source;
    this.#loop.wake();
  }

  /** @param routers that this host stands by for, with all that do, by the id of the gateway's port */
  follow(routers: ReadonlyMap<string, ReadonlySet<string>>): void {
    this.#routers = routers;
    this.#loop.wake();
  }

  /** Tells the others what became of sessions of a router. */
  tell(router: string, records: Uint8Array): void {
    this.#teller?.teller.tell(router, records);
  }

  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await Promise.all([this.#loop.stop(), this.#authorities.stop()]);
    for (const hearer of this.#hearers.values()) hearer.stop();
    await this.#teller?.teller.stop();
  }

  /** Whether a host, and this one, stand by for a router. */
  readonly #standBy = (host: string, router: string): boolean => {
    const hosts = this.#routers.get(router);
    return hosts?.has(host) === true && hosts.has(this.#options.host);
  };

  async #pass(): Promise<void> {
    const { database, host, places } = this.#options;
    const end = Address.tryParse(database.setting('ovn-encap-ip') ?? '');
    const shared = this.#sharedRouters();
    this.#authorities.follow(shared.keys());
    const others = end === undefined ? new Map<string, Address>() : othersOf(places, { host, end });
    for (const [name, hearer] of this.#hearers) {
      if (shared.has(name) && others.get(name)?.toString() === hearer.address) continue;
      hearer.stop();
      this.#hearers.delete(name);
    }
    await this.#listen(shared.size > 0 && end?.isLoopback === false ? end.toString() : undefined);
    for (const [name, routers] of shared) {
      const address = others.get(name)?.toString();
      if (address === undefined || !this.#authorities.knows(name)) continue;
      const hearer = this.#hearers.getOrInsertComputed(name, () => this.#hearerOf(name, address));
      hearer.review();
      hearer.want(routers);
    }
    this.#teller?.teller.review();
  }

  /** The routers that this host and another stand by for, by that host. */
  #sharedRouters(): Map<string, string[]> {
    const shared = new Map<string, string[]>();
    const { host: self } = this.#options;
    for (const [router, hosts] of this.#routers) {
      if (!hosts.has(self)) continue;
      for (const host of hosts) if (host !== self) shared.getOrInsertComputed(host, () => []).push(router);
    }
    return shared;
  }

  #hearerOf(host: string, address: string): SessionHearer {
    const { port = SESSION_PORT, log } = this.#options;
    return new SessionHearer({
      ...{ host, address, port, log },
      credentials: () => this.#credentials(),
      hostAt: (connection) => this.#authorities.hostAt(connection),
      mayTell: this.#standBy,
      hear: (router, records, onHeard) => {
        if (this.#source === undefined) onHeard();
        else this.#source.learn(router, records, onHeard);
      },
    });
  }

  async #listen(address: string | undefined): Promise<void> {
    const { port = SESSION_PORT, tls, log } = this.#options;
    if (this.#teller !== undefined && this.#teller.address !== address) {
      const { teller } = this.#teller;
      this.#teller = undefined;
      await teller.stop();
    }
    if (address === undefined) return;
    const certificate = readFileSync(tls.certificate, 'utf8');
    if (this.#teller === undefined) {
      const teller = new SessionTeller({
        ...{ address, port, log },
        credentials: () => this.#credentials(),
        hostAt: (connection) => this.#authorities.hostAt(connection),
        mayKnow: this.#standBy,
        recite: (router, reader) => this.#source?.recite(router, reader),
      });
      this.#teller = { teller, address, certificate };
    } else if (this.#teller.certificate !== certificate) {
      this.#teller.certificate = certificate;
      this.#teller.teller.renew();
    }
  }

  #credentials() {
    const { tls } = this.#options;
    return { key: readFileSync(tls.privateKey), cert: readFileSync(tls.certificate) };
  }
}
