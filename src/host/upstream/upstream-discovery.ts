/**
 * Finds the routers outside for gateways that are on this host: it listens for their advertisements on the physical
 * networks, tells the service of those that there are, and is told where to listen.
 */
import type { Logger } from 'pino';
import { Repeated } from '../../base/index.ts';
import { HOST_API } from '../../host-contract/index.ts';
import { bridgesOf, type SwitchDatabase } from '../../switch/index.ts';
import type { Facts } from '../facts/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { advertisedIn, type HeardAdvertisement } from './heard-advertisement.ts';
import { HeardTable } from './heard-table.ts';
import { TrunkSocket } from './trunk-socket.ts';

/** An external network that gateways on this host are on, as the service names it. */
interface UpstreamPlace {
  readonly network_id: string;
  readonly physical_network: string;
  readonly vlan: number | null;
}

export interface UpstreamDiscoveryOptions {
  readonly database: Pick<SwitchDatabase, 'setting'>;
  readonly facts: Pick<Facts, 'portByMac'>;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** This host's name in OVN. */
  readonly host: string;
  readonly channel: Pick<ServerChannel, 'request'>;
  readonly log: Logger;
}

/** Between two reports when nothing happens. */
const EVERY_MS = 10_000;
/** In which what happens is told together. */
const SETTLING_MS = 50;
/** Questions on a link where no router is known (RFC 4861 section 10: MAX_RTR_SOLICITATIONS). */
const MOST_QUESTIONS = 3;

export class UpstreamDiscovery {
  readonly #options: UpstreamDiscoveryOptions;
  readonly #table = new HeardTable();
  readonly #trunks = new Map<string, TrunkSocket>();
  /** By network, with how often its routers were asked for. */
  readonly #links = new Map<string, UpstreamPlace & { asked: number }>();
  readonly #running: Repeated;
  #news: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #reporting: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: UpstreamDiscoveryOptions) {
    this.#options = options;
    this.#running = new Repeated(
      () => this.#report(),
      EVERY_MS,
      (error) =>
        options.log.debug({ err: error }, 'the service did not take what was heard of routers outside'),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#news);
    clearTimeout(this.#end);
    await this.#running.stop();
    await this.#reporting;
    for (const trunk of this.#trunks.values()) await trunk.close();
  }

  /** One report after the other. */
  #report(): Promise<void> {
    const next = this.#reporting.then(() => this.#exchange());
    this.#reporting = next.catch(() => undefined);
    return next;
  }

  async #exchange(): Promise<void> {
    const { channel, host } = this.#options;
    const now = performance.now();
    const heard = Array.from(this.#links.keys(), (network_id) => ({
      network_id,
      routers: this.#table.on(network_id, now).map(({ address, preference }) => ({
        ...{ address: address.toString(), preference },
      })),
    }));
    const { status, body } = await channel.request({
      method: 'POST',
      path: HOST_API.upstreamRouters,
      body: { host, heard },
    });
    if (status !== 200) throw new Error(`${status} ${body.toString()}`);
    if (this.#isStopped) return;
    const { links } = JSON.parse(body.toString()) as { links: UpstreamPlace[] };
    await this.#follow(links);
    clearTimeout(this.#end);
    const end = this.#table.nextEnd(performance.now());
    if (end !== undefined) this.#end = setTimeout(() => this.#tell(), end).unref();
  }

  /** Listens where it is to, and nowhere else. */
  async #follow(links: readonly UpstreamPlace[]): Promise<void> {
    const { database, switchNamespace, log } = this.#options;
    const bridges = bridgesOf(database);
    for (const id of [...this.#links.keys()]) {
      if (links.some(({ network_id }) => network_id === id)) continue;
      this.#links.delete(id);
      this.#table.forget(id);
    }
    for (const [name, trunk] of [...this.#trunks]) {
      if (links.some(({ physical_network }) => physical_network === name)) continue;
      this.#trunks.delete(name);
      await trunk.close();
    }
    for (const link of links) {
      const { network_id: id, physical_network: name } = link;
      const bridge = bridges.get(name);
      if (bridge === undefined) continue;
      try {
        if (!this.#trunks.has(name)) {
          this.#trunks.set(
            name,
            new TrunkSocket(switchNamespace, bridge, 'router-advertisement', (frame) => {
              const heard = advertisedIn(frame);
              if (heard !== undefined) this.#hear(name, heard);
            }),
          );
          log.info({ bridge }, 'routers outside are listened for');
        }
        const known = { ...link, asked: this.#links.get(id)?.asked ?? 0 };
        this.#links.set(id, known);
        if (known.asked < MOST_QUESTIONS && this.#table.on(id, performance.now()).length === 0) {
          known.asked++;
          this.#trunks.get(name)?.solicit(link.vlan);
        }
      } catch (error) {
        log.warn({ err: error, bridge }, 'routers outside cannot be listened for');
      }
    }
  }

  #hear(physicalNetwork: string, heard: HeardAdvertisement): void {
    for (const { network_id: id, physical_network, vlan } of this.#links.values()) {
      if (physical_network !== physicalNetwork || vlan !== heard.vlan) continue;
      // What is one of Sextant's own ports leads nowhere that is outside.
      if (this.#options.facts.portByMac(id, heard.sourceMac) !== undefined) continue;
      if (this.#table.hear(id, heard, performance.now())) this.#tell();
    }
  }

  /** Tells the service soon. */
  #tell(): void {
    if (this.#isStopped) return;
    this.#news ??= setTimeout(() => {
      this.#news = undefined;
      this.#report().catch((error: unknown) =>
        this.#options.log.debug({ err: error }, 'the service does not hear of routers outside, trying on'),
      );
    }, SETTLING_MS).unref();
  }
}
