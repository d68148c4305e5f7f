/**
 * Speaks for BGP speakers on the external networks that gateways on this host are on, or may come to be: sessions stand by
 * before a gateway comes here, and what is behind its router is told as soon as OVN has it here, whether the service
 * answers or not.
 */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Loop, Repeated } from '../../base/index.ts';
import { type BgpOrder, HOST_API } from '../../host-contract/index.ts';
import { hasFrr, namespacesNamed } from '../../linux/index.ts';
import { bridgesOf, type SwitchDatabase } from '../../switch/index.ts';
import type { Gateways } from '../facts/index.ts';
import type { ServerChannel } from '../server-channel.ts';
import { BgpDaemons, type PeerState } from './bgp-daemons.ts';
import type { SpeakerConfiguration } from './configuration.ts';
import { GatewayPresence } from './gateway-presence.ts';
import { closeLeg, legHash, legsIn, openLeg } from './speaker-leg.ts';

export interface BgpServiceOptions {
  readonly database: SwitchDatabase;
  readonly facts: Gateways;
  /** Directory of the switch's sockets, OVS_RUNDIR: those of the daemons are beside them. */
  readonly rundir: string;
  /** Network namespace of the switch; null is the process's own. */
  readonly switchNamespace: string | null;
  /** Of this host's services: those of speakers are named after it. */
  readonly namespace: string;
  /** This host's name in OVN. */
  readonly host: string;
  readonly channel: Pick<ServerChannel, 'request'>;
  /** Whether sessions go on when this process ends. */
  readonly outlive: boolean;
  /** Whether FRR is installed; found out when left out. */
  readonly hasFrr?: () => boolean;
  readonly log: Logger;
}

/** How often the service is asked, and by a host that speaks for nobody. */
const EVERY_MS = 2_000;
const IDLE_EVERY = 5;
const RETRY_MS = 1_000;
const NO_FRR = 'FRR is not installed on this host, which speaks BGP: apt install frr';
/** Which of the steps there it hangs at differs from second to second. */
const NO_ANSWER = 'The peer does not answer, or not as it should.';
/** What FRR calls a session that is up. */
const ESTABLISHED = 'Established';

/** A session, as the service is told of it. */
interface PeerReport {
  readonly peer_id: string | null;
  readonly state: 'established' | 'down';
  readonly reason: string;
}

/** A speaker on a network, as it runs here. */
interface Speaking {
  order: BgpOrder;
  /** What its leg was made by. */
  opened: string;
  daemons: BgpDaemons | undefined;
  /** Why it does not speak; empty while it does. */
  reason: string;
}

export class BgpService {
  readonly #options: BgpServiceOptions;
  readonly #presence: GatewayPresence;
  /** By `legHash`. */
  readonly #speaking = new Map<string, Speaking>();
  /** Undefined until the service has said it. */
  #orders: readonly BgpOrder[] | undefined;
  readonly #loop: Loop;
  readonly #asking: Repeated;
  readonly #unsubscribe: () => void;
  #turn = 0;
  #reported = '[]';

  constructor(options: BgpServiceOptions) {
    this.#options = options;
    const { facts, log } = options;
    this.#loop = new Loop(
      () => this.#pass(),
      RETRY_MS,
      (error) => log.warn({ err: error }, 'BGP is not spoken as it should be, trying again'),
    );
    this.#presence = new GatewayPresence(facts, () => this.#loop.wake());
    this.#unsubscribe = facts.onGateways(() => this.#loop.wake());
    this.#asking = new Repeated(
      () => this.#ask(),
      EVERY_MS,
      (error) => log.debug({ err: error }, 'the service did not say what to tell by BGP, going on'),
    );
  }

  /** Ends it: sessions go on if they outlive this process. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#presence.stop();
    await this.#asking.stop();
    await this.#loop.stop();
    for (const { daemons } of this.#speaking.values()) await daemons?.leave();
  }

  async #ask(): Promise<void> {
    const isIdle = this.#orders?.length === 0;
    if (isIdle && this.#turn++ % IDLE_EVERY !== 0) return;
    const reports = await this.#reports();
    const text = JSON.stringify(reports);
    const { channel, host } = this.#options;
    const { status, body } = await channel.request({
      method: 'POST',
      path: HOST_API.bgp,
      body: { host, reports: text === this.#reported ? [] : reports },
    });
    if (status !== 200) throw new Error(`${status} ${body.toString()}`);
    this.#reported = text;
    const { orders } = JSON.parse(body.toString()) as { orders: BgpOrder[] };
    this.#orders = orders;
    this.#loop.wake();
  }

  async #reports() {
    const reports = [];
    for (const { order, daemons, reason } of this.#speaking.values()) {
      const { speaker_id, network_id } = order;
      reports.push({ speaker_id, network_id, sessions: await sessionsOf(order, daemons, reason) });
    }
    return reports;
  }

  async #pass(): Promise<void> {
    if (this.#orders === undefined) return;
    const wanted = new Map(this.#orders.map((order) => [legHash(order), order]));
    // One that does not succeed is tried again, and keeps no other from it.
    const attempts = await Promise.allSettled([
      ...Array.from(this.#others(wanted), (name) => this.#endSpeaking(name)),
      ...Array.from(wanted, ([name, order]) => this.#keepSpeaking(name, order)),
    ]);
    const failures = attempts.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  }

  async #keepSpeaking(name: string, order: BgpOrder): Promise<void> {
    const one = this.#speaking.getOrInsertComputed(name, () => ({
      ...{ order, opened: '', daemons: undefined, reason: '' },
    }));
    one.order = order;
    // It is tried again with the service's next answer.
    const reason = await this.#speak(name, one).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    const { speaker_id: speaker, network_id: network } = order;
    if (reason !== '' && reason !== one.reason)
      this.#options.log.warn({ speaker, network, reason }, 'BGP is not spoken for a speaker');
    one.reason = reason;
  }

  /** Those that are not asked for any more, also by a process before this one. */
  #others(wanted: ReadonlyMap<string, BgpOrder>): Set<string> {
    const { database, namespace } = this.#options;
    const prefix = `${namespace}${BETWEEN}`;
    const found = namespacesNamed(prefix).map((name) => name.slice(prefix.length));
    return new Set([...this.#speaking.keys(), ...found, ...legsIn(database)]).difference(wanted);
  }

  async #endSpeaking(name: string): Promise<void> {
    const daemons =
      this.#speaking.get(name)?.daemons ?? (this.#hasFrr() ? await this.#daemonsOf(name) : undefined);
    await daemons?.silence();
    await closeLeg(this.#options, this.#namespaceOf(name), name);
    this.#speaking.delete(name);
    this.#options.log.info({ leg: name }, 'BGP is spoken no more for a speaker');
  }

  async #speak(name: string, one: Speaking): Promise<void> {
    const { database, log } = this.#options;
    const { order } = one;
    // There is nothing to be done until somebody installs it.
    if (!this.#hasFrr()) throw new Error(NO_FRR);
    const bridge = bridgesOf(database).get(order.physical_network);
    if (bridge === undefined)
      throw new Error(`this host does not reach physical network ${order.physical_network}`);
    const { mac, mtu, vlan, addresses } = order;
    const opened = JSON.stringify([bridge, mac, mtu, vlan, addresses]);
    if (opened !== one.opened) {
      await openLeg(this.#options, this.#namespaceOf(name), bridge, order);
      one.opened = opened;
    }
    if (one.daemons === undefined) {
      one.daemons = await this.#daemonsOf(name);
      log.info({ speaker: order.speaker_id, network: order.network_id }, 'BGP is spoken for a speaker');
    }
    await one.daemons.speak(this.#configurationOf(order));
  }

  #hasFrr(): boolean {
    return (this.#options.hasFrr ?? hasFrr)();
  }

  #daemonsOf(name: string): Promise<BgpDaemons> {
    const { rundir, outlive, log } = this.#options;
    return BgpDaemons.start({
      ...{ directory: join(rundir, `bgp-${name}`), namespace: this.#namespaceOf(name), outlive, log },
    });
  }

  #namespaceOf = (name: string): string => `${this.#options.namespace}${BETWEEN}${name}`;

  /** What is behind the routers whose gateways are here. */
  #configurationOf(order: BgpOrder): SpeakerConfiguration {
    const routes = order.routers
      .filter((router) => this.#presence.isHere(router.gateway_port_id))
      .flatMap(({ link_local: linkLocal, routes: own }) =>
        own.map(({ destination, next_hop: nextHop }) => ({ destination, nextHop, linkLocal })),
      );
    return {
      ...{ localAs: order.local_as, family: order.ip_version, routerId: routerIdOf(order.mac) },
      ...{ peers: order.peers, routes },
    };
  }
}

const BETWEEN = '-bgp-';

/** Of 10.0.0.0/8, by the part of the MAC address that is the host's own: it only has to differ from the peers'. */
const routerIdOf = (mac: string): string =>
  `10.${mac
    .split(':')
    .slice(-3)
    .map((part) => Number.parseInt(part, 16))
    .join('.')}`;

async function sessionsOf(
  { peers, ip_version: family }: BgpOrder,
  daemons: BgpDaemons | undefined,
  reason: string,
): Promise<PeerReport[]> {
  if (daemons === undefined || reason !== '')
    return [{ peer_id: null, state: 'down', reason: reason || 'It is about to begin.' }];
  let states: ReadonlyMap<string, PeerState>;
  try {
    states = await daemons.states(family);
  } catch (error) {
    return [{ peer_id: null, state: 'down', reason: (error as Error).message }];
  }
  return peers.map(({ id, address }) => {
    const isUp = states.get(address)?.state === ESTABLISHED;
    return { peer_id: id, state: isUp ? 'established' : 'down', reason: isUp ? '' : NO_ANSWER };
  });
}
