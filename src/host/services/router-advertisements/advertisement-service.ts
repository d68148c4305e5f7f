/**
 * Router advertisements that hosts send (RFC 4861 section 6.2): to all instances from time to time, to one that
 * solicits them at once. They carry the MAC and link-local address of the router's port, so that instances take them for
 * the router's own, which in effect they are.
 */

import type { Address, Mac } from '../../../addressing/index.ts';
import { Allowance } from '../../../base/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import { ALL_NODES, encodeFrame, frame, icmpv6, ipv6, multicastMac } from '../../../packets/index.ts';
import { ClientFrame } from '../client-frame.ts';
import type { NetworkService, ServiceNetwork } from '../network-service.ts';
import { type Advertiser, advertisersOn, SERVICE } from './content.ts';
import { Schedule } from './schedule.ts';

/** Solicitations of an instance: those of a start of its device, and then one a second. */
const BURST = 10;
const RATE = 1;
/** Milliseconds after an instance's own address is seen in which it has surely solicited and been answered. */
const SOLICITING_MS = 10_000;
/** Milliseconds in which changes of a network's facts are taken together. */
const SETTLING_MS = 50;
/** Hop limit that shows that no router passed it on. */
const HOP_LIMIT = 255;

/** What is advertised on a network. */
interface AdvertisedNetwork {
  readonly network: ServiceNetwork;
  /** All that advertise, OVN's too, by router port. */
  advertisers: ReturnType<typeof advertisersOn>;
  readonly schedules: Map<string, { readonly schedule: Schedule; readonly octets: Buffer }>;
  readonly allowance: Allowance<number>;
  /** Instances that will soon be ready to hear an advertisement, by MAC. */
  readonly expected: Map<number, NodeJS.Timeout>;
  settling: NodeJS.Timeout | undefined;
}

export class AdvertisementService implements NetworkService {
  readonly #sent: Counter<'cause'>;
  readonly #networks = new Map<string, AdvertisedNetwork>();

  constructor(metrics: Registry) {
    this.#sent = metrics.counter({
      name: 'sextant_router_advertisements_total',
      help: 'Router advertisements sent: as answers to solicitations, in their turn, or as the last of a router.',
      labels: ['cause'],
    });
  }

  opened(network: ServiceNetwork): void {
    const advertised: AdvertisedNetwork = {
      network,
      advertisers: new Map(),
      schedules: new Map(),
      allowance: new Allowance(BURST, RATE),
      expected: new Map(),
      settling: undefined,
    };
    this.#networks.set(network.id, advertised);
    this.#follow(advertised);
  }

  changed({ id }: ServiceNetwork): void {
    const advertised = this.#networks.get(id);
    if (advertised === undefined) return;
    advertised.settling ??= setTimeout(() => {
      advertised.settling = undefined;
      this.#follow(advertised);
    }, SETTLING_MS).unref();
  }

  closed({ id }: ServiceNetwork): void {
    const advertised = this.#networks.get(id);
    if (advertised === undefined) return;
    this.#networks.delete(id);
    clearTimeout(advertised.settling);
    for (const { schedule } of advertised.schedules.values()) schedule.stop();
    for (const timer of advertised.expected.values()) clearTimeout(timer);
  }

  /**
   * Answers a solicitation, to the instance alone (section 6.2.6 allows it), so that others need not be spared; at
   * once, for there is nobody on the link to collide with.
   */
  received(network: ServiceNetwork, octets: Uint8Array): void {
    const advertised = this.#networks.get(network.id);
    if (advertised === undefined) return;
    const question = ClientFrame.discovery('router-solicitation', octets);
    if (question !== undefined) {
      if (isInstance(network, question, advertised)) this.#answer(advertised, question);
      return;
    }
    const probe = ClientFrame.discovery('neighbour-solicitation', octets);
    if (probe?.source.isUnspecified) this.#probed(advertised, probe);
  }

  #answer(advertised: AdvertisedNetwork, question: ClientFrame): void {
    const { network } = advertised;
    // Times that run down are those of now.
    if (network.facts.subnets.some(({ prefixEnd }) => prefixEnd !== null)) look(advertised);
    const { advertisers } = advertised;
    // One without an address yet is reached by its MAC all the same (RFC 6085).
    const destination = question.source.isLinkLocal ? question.source : ALL_NODES;
    const withOvn = hasOvn(advertisers);
    for (const [id, advertiser] of advertisers) {
      if (advertiser.by === 'ovn' || advertiser.hasLeft || (id === SERVICE && withOvn)) continue;
      this.#send(network, octetsOf(advertiser, destination, question.sourceMac), 'solicited');
    }
  }

  /**
   * Where OVN advertises, an instance hears of the services after it has heard of its router: with any advertisement
   * that it gets, Linux is content, and solicits no more, though OVN's may have been lost. (Nor does OVN always pass
   * solicitations on.) That it makes sure that an address is its own (RFC 4862 section 5.4) shows that it has heard,
   * if it forms such addresses itself; if DHCPv6 gave it, it will have some time later.
   */
  #probed(advertised: AdvertisedNetwork, probe: ClientFrame): void {
    const { network, expected, advertisers } = advertised;
    if (expected.has(probe.sourceNumber) || !hasOvn(advertisers)) return;
    const { target } = probe;
    const subnet = network.facts.subnets.find(
      ({ prefix, raMode }) => raMode !== null && prefix.contains(target),
    );
    if (subnet === undefined || !isInstance(network, probe, advertised)) return;
    // Of the frame nothing is kept but this: its octets are the receiver's.
    const [key, sourceMac] = [probe.sourceNumber, probe.sourceMac];
    const timer = setTimeout(
      () => {
        expected.delete(key);
        const service = advertised.advertisers.get(SERVICE);
        if (service !== undefined) this.#send(network, octetsOf(service, ALL_NODES, sourceMac), 'solicited');
      },
      subnet.raMode === 'dhcpv6-stateful' ? SOLICITING_MS : 0,
    ).unref();
    expected.set(key, timer);
  }

  /** Does what the facts want now. */
  #follow(advertised: AdvertisedNetwork): void {
    const { schedules } = advertised;
    const now = look(advertised);
    for (const [id, { schedule }] of schedules) {
      if (now.get(id)?.by === 'host') continue;
      schedule.stop();
      schedules.delete(id);
    }
    for (const [id, advertiser] of now)
      if (advertiser.by === 'host') this.#advertise(advertised, id, advertiser);
  }

  #advertise(advertised: AdvertisedNetwork, id: string, advertiser: Advertiser): void {
    const octets = toAll(advertiser);
    const present = advertised.schedules.get(id);
    if (present?.octets.equals(octets)) return;
    const schedule = present?.schedule ?? new Schedule(() => this.#repeat(advertised, id));
    advertised.schedules.set(id, { schedule, octets });
    // An instance that starts must not hear of the services first (see `#probed`). Those that are there have heard.
    const canWait = id === SERVICE && hasOvn(advertised.advertisers) && isWithoutNews(advertised.network);
    if (canWait) schedule.remind(advertiser.interval);
    else schedule.news(advertiser.interval);
  }

  /** What was true at the last change need not be any more: what is given up, and who left, is forgotten in time. */
  #repeat(advertised: AdvertisedNetwork, id: string): void {
    const { network } = advertised;
    const advertiser = look(advertised).get(id);
    if (advertiser === undefined) {
      advertised.schedules.get(id)?.schedule.stop();
      advertised.schedules.delete(id);
    } else if (advertiser.by === 'host')
      this.#send(network, toAll(advertiser), advertiser.hasLeft ? 'final' : 'unsolicited');
  }

  #send(network: ServiceNetwork, octets: Uint8Array, cause: 'solicited' | 'unsolicited' | 'final'): void {
    network.send(octets);
    this.#sent.increment({ cause });
  }
}

/** Who advertises what on a network now. */
function look(advertised: AdvertisedNetwork): AdvertisedNetwork['advertisers'] {
  const { network } = advertised;
  advertised.advertisers = advertisersOn(network.facts, network.ports(), Date.now() / 1000);
  return advertised.advertisers;
}

const hasOvn = (advertisers: AdvertisedNetwork['advertisers']): boolean =>
  advertisers.values().some(({ by }) => by === 'ovn');

/** Whether there is no prefix that instances are to give up, which they must hear of at once. */
const isWithoutNews = ({ facts }: ServiceNetwork): boolean => facts.retiredPrefixes.length === 0;

/** Whether a frame is an instance's, and not one of a flood. */
function isInstance(network: ServiceNetwork, sent: ClientFrame, { allowance }: AdvertisedNetwork): boolean {
  if (!allowance.take(sent.sourceNumber)) return false;
  return network.port(sent.sourceMac)?.facts.isRouterPort === false;
}

const octetsOf = ({ mac, source, advertisement }: Advertiser, to: Address, toMac: Mac): Buffer =>
  Buffer.from(
    encodeFrame(frame(mac, toMac, ipv6(source, to, icmpv6(advertisement), { hopLimit: HOP_LIMIT }))),
  );

const toAll = (advertiser: Advertiser): Buffer => octetsOf(advertiser, ALL_NODES, multicastMac(ALL_NODES));
