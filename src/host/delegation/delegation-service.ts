/**
 * Asks providers for prefixes, for the routers whose gateways are on this host (RFC 8415 section 6.3): what to ask for
 * stands in the facts of the gateway's port, with what the router has already, whichever host got it. What becomes of it
 * the service is told. A gateway that goes to another host is followed by its client there, which is the same for the
 * provider.
 */
import type { Logger } from 'pino';
import { Repeated } from '../../base/index.ts';
import { type DelegationFacts, HOST_API, type PortFacts } from '../../host-contract/index.ts';
import type { Dhcpv6Message } from '../../packets/index.ts';
import { bridgesOf, type SwitchDatabase } from '../../switch/index.ts';
import type { Gateways } from '../facts/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { leadingPort } from '../upstream/index.ts';
import { ClientLink, LOCAL, type RouterPlace, type ServerWord } from './client-link.ts';
import { DelegationClient, type DelegationLease, FOR_EVER } from './delegation-client.ts';

export interface DelegationServiceOptions {
  readonly database: Pick<SwitchDatabase, 'interface' | 'setting'>;
  readonly facts: Gateways;
  /** Directory of the switch's sockets, OVS_RUNDIR. */
  readonly rundir: string;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** This host's name in OVN. */
  readonly host: string;
  readonly channel: Pick<ServerChannel, 'request'>;
  readonly log: Logger;
}

/** Between two reports when nothing happens. */
const EVERY_MS = 30_000;
/** How long it is asked what has become of a router that is not here any more. */
const ASKING_MS = 60_000;
/** Longest that a timer waits: it has 31 bits. */
const LONGEST_MS = 0x7fff_ffff;

/** A router whose prefixes are this host's to see to. */
interface Running {
  readonly routerId: string;
  readonly client: DelegationClient;
  place: RouterPlace;
  timer: NodeJS.Timeout | undefined;
  /** When its gateway was seen here last, if it is not here now; in milliseconds. */
  goneAt: number | undefined;
  /** What was logged of it last. */
  logged: string;
}

export class DelegationService {
  readonly #options: DelegationServiceOptions;
  /** By the gateway's port. */
  readonly #running = new Map<string, Running>();
  /** By physical network. */
  readonly #links = new Map<string, ClientLink>();
  readonly #unsubscribe: () => void;
  readonly #reports: Repeated;
  #isStopped = false;

  constructor(options: DelegationServiceOptions) {
    this.#options = options;
    this.#unsubscribe = options.facts.onGateways(() => this.#look());
    this.#reports = new Repeated(
      () => this.#exchange(),
      EVERY_MS,
      (error) =>
        options.log.debug({ err: error }, 'the service was not told of delegated prefixes, trying on'),
    );
    this.#look();
  }

  /** Ends it. Nothing is given back: a successor goes on with it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#unsubscribe();
    for (const { timer } of this.#running.values()) clearTimeout(timer);
    await this.#reports.stop();
    for (const link of this.#links.values()) await link.close();
  }

  /** Follows the gateways that are here, and what they are to ask for. */
  #look(): void {
    const here = new Map(this.#options.facts.gatewaysHere());
    for (const [portId, facts] of here) {
      const place = placeOf(facts);
      if (place === undefined) continue;
      const known = this.#running.get(portId);
      if (known === undefined) {
        if (facts.delegation !== null) this.#begin(portId, place, facts.delegation);
        continue;
      }
      known.place = place;
      known.goneAt = undefined;
      known.client.want(facts.delegation?.associations ?? []);
      this.#proceed(portId, known);
    }
    let isGone = false;
    for (const [portId, one] of this.#running) {
      if (here.has(portId) || one.goneAt !== undefined) continue;
      one.goneAt = performance.now();
      clearTimeout(one.timer);
      isGone = true;
    }
    if (isGone) this.#reports.soon();
  }

  #begin(
    portId: string,
    place: RouterPlace,
    { routerId, associations, leases, server }: DelegationFacts,
  ): void {
    // What is to be given back was asked for before.
    const former = leases
      .filter(({ iaid }) => !associations.some((one) => one.iaid === iaid))
      .map(({ iaid }) => ({ iaid, length: 64 }));
    const client = new DelegationClient(
      {
        duid: duidOf(routerId),
        wanted: [...associations, ...former],
        leases: leases.map((lease) => ({
          ...lease,
          preferredUntil: lease.preferredUntil ?? FOR_EVER,
          validUntil: lease.validUntil ?? FOR_EVER,
        })),
        server: server || undefined,
      },
      { now: Date.now, chance: Math.random },
    );
    client.want(associations);
    const one: Running = { routerId, client, place, timer: undefined, goneAt: undefined, logged: '' };
    this.#running.set(portId, one);
    this.#proceed(portId, one);
  }

  /** Says what is to be said now, and comes again when there is more. */
  #proceed(portId: string, one: Running): void {
    if (this.#isStopped) return;
    clearTimeout(one.timer);
    for (const message of one.client.due()) void this.#say(one, message);
    this.#note(one);
    const { nextAt } = one.client;
    if (one.client.isDone && nextAt === undefined) return;
    const pause = Math.min(LONGEST_MS, Math.max(0, (nextAt ?? Number.POSITIVE_INFINITY) - Date.now()));
    one.timer = setTimeout(() => this.#proceed(portId, one), pause).unref();
  }

  /** Logs and reports what is news. */
  #note(one: Running): void {
    const { routerId: router, client } = one;
    const prefixes = client.leases.map(({ prefix }) => prefix.toString());
    const state = JSON.stringify([client.leases.map(written), client.server, client.reason]);
    if (state === one.logged) return;
    one.logged = state;
    const { log } = this.#options;
    if (client.reason === '') log.info({ router, prefixes }, 'prefixes of a router');
    else log.warn({ router, prefixes, reason: client.reason }, 'a router lacks a prefix');
    this.#reports.soon();
  }

  async #say({ place, routerId: router, goneAt }: Running, message: Dhcpv6Message): Promise<void> {
    const { database, log } = this.#options;
    try {
      const patch = leadingPort(database, place.networkId);
      // With the last gateway OVN takes its port away, and something is to be given back yet.
      const from = patch ?? (goneAt === undefined ? undefined : LOCAL);
      const link = this.#linkOf(place.physicalNetwork);
      if (link === undefined || from === undefined || from <= 0)
        throw new Error(`the switch does not lead to physical network ${place.physicalNetwork}`);
      await link.say(from, place, message);
    } catch (error) {
      log.warn({ err: error, router }, 'a router could not ask for a prefix, trying again');
    }
  }

  #linkOf(physicalNetwork: string): ClientLink | undefined {
    const { database, rundir, switchNamespace: namespace } = this.#options;
    const known = this.#links.get(physicalNetwork);
    const bridge = bridgesOf(database).get(physicalNetwork);
    if (known !== undefined || bridge === undefined) return known;
    const link = new ClientLink({ rundir, namespace, bridge }, (word) => this.#hear(physicalNetwork, word));
    this.#links.set(physicalNetwork, link);
    return link;
  }

  #hear(physicalNetwork: string, { mac, message }: ServerWord): void {
    for (const [portId, one] of this.#running) {
      if (one.place.physicalNetwork !== physicalNetwork || !one.place.mac.equals(mac)) continue;
      one.client.receive(message);
      if (one.goneAt === undefined) this.#proceed(portId, one);
    }
  }

  /** Tells the service what routers have, and asks about those that are not here any more. */
  async #exchange(): Promise<void> {
    const here = [...this.#running.values()].filter(({ goneAt }) => goneAt === undefined);
    await this.#report(here);
    for (const [portId, one] of [...this.#running])
      if (one.goneAt === undefined && one.client.isDone) await this.#end(portId, one);
    await this.#follow([...this.#running].filter(([, { goneAt }]) => goneAt !== undefined));
  }

  async #report(here: readonly Running[]): Promise<void> {
    if (here.length === 0) return;
    const { channel, host } = this.#options;
    const routers = here.map(({ routerId, client }) => ({
      router_id: routerId,
      delegated: client.leases.map(written),
      server: client.server ?? '',
      reason: client.leases.length > 0 ? '' : client.reason,
    }));
    const { status, body } = await channel.request({
      method: 'POST',
      path: HOST_API.prefixDelegations,
      body: { host, routers },
    });
    if (status !== 200) throw new Error(`${status} ${body.toString()}`);
  }

  /** A gateway that is elsewhere has its client there; of one that is no more, all is given back. */
  async #follow(gone: readonly (readonly [string, Running])[]): Promise<void> {
    if (gone.length === 0) return;
    const { channel } = this.#options;
    const asked = gone.map(([, { routerId, place }]) => ({
      router_id: routerId,
      network_id: place.networkId,
    }));
    let unwanted: ReadonlySet<string>;
    try {
      const { status, body } = await channel.request({
        method: 'POST',
        path: HOST_API.unwantedDelegations,
        body: { routers: [...new Map(asked.map((one) => [JSON.stringify(one), one])).values()] },
      });
      if (status !== 200) throw new Error(`${status} ${body.toString()}`);
      unwanted = new Set((JSON.parse(body.toString()) as { unwanted: string[] }).unwanted);
    } catch (error) {
      for (const [portId, one] of gone)
        if (performance.now() - (one.goneAt ?? 0) > ASKING_MS) await this.#end(portId, one);
      throw error;
    }
    for (const [portId, one] of gone) {
      // It may have come back meanwhile.
      if (one.goneAt === undefined) continue;
      if (unwanted.has(one.routerId) && !one.client.isDone) {
        one.client.want([]);
        this.#proceed(portId, one);
      } else await this.#end(portId, one);
    }
  }

  async #end(portId: string, one: Running): Promise<void> {
    clearTimeout(one.timer);
    this.#running.delete(portId);
    await this.#links
      .get(one.place.physicalNetwork)
      ?.leave(one.place.mac)
      .catch((error: unknown) => this.#options.log.debug({ err: error }, 'a flow may be left on a bridge'));
  }
}

/** Where a gateway is outside: that of its link-local address, which it always has. */
function placeOf({ announced }: PortFacts): RouterPlace | undefined {
  return announced.find(({ address }) => address.isLinkLocal);
}

/** DUID-UUID (RFC 6355): the same on whichever host. */
const duidOf = (routerId: string): Uint8Array => Buffer.from(`0004${routerId.replaceAll('-', '')}`, 'hex');

const written = ({ iaid, prefix, preferredUntil, validUntil }: DelegationLease) => ({
  iaid,
  prefix: prefix.toString(),
  preferred_until: preferredUntil === FOR_EVER ? null : preferredUntil,
  valid_until: validUntil === FOR_EVER ? null : validUntil,
});
