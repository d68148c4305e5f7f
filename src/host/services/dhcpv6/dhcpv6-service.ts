/** DHCPv6 for the instances of a host (RFC 8415): frames in, frames out; `answer` decides. */

import type { Logger } from 'pino';
import type { Address } from '../../../addressing/index.ts';
import { Allowance } from '../../../base/index.ts';
import type { PortFacts } from '../../../host-contract/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import {
  DHCPV6_PORT,
  type Dhcpv6Message,
  type Dhcpv6Option,
  decodeDhcpv6,
  PacketError,
} from '../../../packets/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import { ClientFrame } from '../client-frame.ts';
import type { NetworkChange, NetworkService, ServiceNetwork } from '../network-service.ts';
import { answer, shortened } from './answer.ts';
import { namedAddresses } from './associations.ts';
import type { ClientMemory } from './client-memory.ts';
import { toClient } from './client-packet.ts';
import { Reconfigurations } from './reconfigurations.ts';

/** Questions of a client: a burst for the start of all its devices, then as many a second as none needs. */
const BURST = 20;
const RATE = 5;

/** How long an address is not offered to the instance that found it in use. */
const DECLINED_MS = 600_000;

const ETHERNET_HEADER = 14;
/** Milliseconds between two lines of log about what was dropped on a network. */
const REPORT_EVERY_MS = 60_000;

/** What became of the messages of a network's instances. */
interface Dhcpv6Tally {
  answered: number;
  /** Not for a server, or not on this network (RFC 8415 section 16). */
  ignored: number;
  malformed: number;
  /** Beyond what one client may ask. */
  limited: number;
  /** Answered with less than there is to say, since all of it does not fit into a packet. */
  shortened: number;
}

interface Served {
  readonly allowance: Allowance<number>;
  readonly tally: Dhcpv6Tally;
  /** Until when addresses are not offered, by port and address. */
  readonly declined: Map<string, number>;
  report: NodeJS.Timeout | undefined;
}

export class Dhcpv6Service implements NetworkService {
  readonly #log: Logger;
  readonly #messages: Counter<'outcome'>;
  readonly #reconfigurations: Reconfigurations;
  readonly #networks = new Map<string, Served>();
  /** One line of log a minute for a port that finds its addresses in use, or has too many options. */
  readonly #complaints = new Allowance<string>(1, 1 / 60);

  constructor(memory: ClientMemory, log: Logger, metrics: Registry) {
    this.#log = log;
    this.#reconfigurations = new Reconfigurations(memory, metrics);
    this.#messages = metrics.counter({
      name: 'sextant_dhcpv6_messages_total',
      help: 'DHCPv6 messages of instances, by what became of them.',
      labels: ['outcome'],
    });
  }

  opened(network: ServiceNetwork): void {
    const tally = { answered: 0, ignored: 0, malformed: 0, limited: 0, shortened: 0 };
    const allowance = new Allowance<number>(BURST, RATE);
    this.#networks.set(network.id, { allowance, tally, declined: new Map(), report: undefined });
    this.#reconfigurations.opened(network);
  }

  changed(network: ServiceNetwork, change: NetworkChange): void {
    this.#reconfigurations.changed(network, change);
  }

  closed(network: ServiceNetwork): void {
    clearTimeout(this.#networks.get(network.id)?.report);
    this.#networks.delete(network.id);
    this.#reconfigurations.closed(network);
  }

  /** What became of a network's messages so far. */
  tally(networkId: string): Readonly<Dhcpv6Tally> | undefined {
    return this.#networks.get(networkId)?.tally;
  }

  received(network: ServiceNetwork, octets: Uint8Array): void {
    const question = ClientFrame.udpTo(DHCPV6_PORT.server, octets);
    const served = this.#networks.get(network.id);
    if (question === undefined || served === undefined) return;
    const outcome = served.allowance.take(question.sourceNumber)
      ? this.#answer(network, served, question)
      : 'limited';
    served.tally[outcome]++;
    this.#messages.increment({ outcome });
    if (outcome === 'malformed' || outcome === 'limited') this.#reportSoon(network, served);
  }

  #answer(network: ServiceNetwork, served: Served, question: ClientFrame): keyof Dhcpv6Tally {
    const port = network.port(question.sourceMac);
    // Clients ask from their link-local address (section 13): from another, or to nobody's, they do not.
    if (port === undefined || !question.source.isLinkLocal) return 'ignored';
    let message: Dhcpv6Message;
    try {
      message = decodeDhcpv6(question.data);
    } catch (error) {
      if (error instanceof PacketError) return 'malformed';
      throw error;
    }
    const unicast = !question.destination.isMulticast;
    const reply = answer({ message, unicast }, offered(port, served), network.facts);
    if (reply === undefined) return 'ignored';
    if (message.type === 'decline') this.#declined(network, served, port, namedAddresses(message.options));
    const { source } = question;
    const full = unicast
      ? reply
      : this.#reconfigurations.answering(network, port, { ...message, source }, reply);
    const framed = (message: Dhcpv6Message): Uint8Array =>
      toClient(network.facts, { mac: question.sourceMac, address: source }, message);
    const longest = ETHERNET_HEADER + network.facts.mtu;
    const sent = shortened(full, (message) => framed(message).length <= longest);
    network.send(framed(sent));
    const cut = full.options.filter((option) => !sent.options.includes(option));
    if (cut.length === 0) return 'answered';
    if (this.#complaints.take(`shortened ${port.id}`))
      this.#log.warn(
        { network: network.id, port: port.id, cut: cut.map(optionName) },
        'what DHCPv6 has for a port does not fit into a packet: these options were left out, or cut',
      );
    return 'shortened';
  }

  /** Offered again at once, the address would be declined again, and so on. */
  #declined(network: ServiceNetwork, { declined }: Served, port: KnownPort, named: readonly Address[]): void {
    const now = performance.now();
    for (const [key, until] of declined) if (until <= now) declined.delete(key);
    const addresses = named.filter((one) => port.facts.fixedIps.some(({ address }) => address.equals(one)));
    for (const address of addresses) declined.set(`${port.id} ${address}`, now + DECLINED_MS);
    if (this.#complaints.take(port.id))
      this.#log.warn(
        { network: network.id, port: port.id, addresses: addresses.map(String) },
        'an instance found its address in use: it is not offered for ten minutes',
      );
  }

  #reportSoon({ id }: ServiceNetwork, served: Served): void {
    served.report ??= setTimeout(() => {
      served.report = undefined;
      this.#log.warn({ network: id, ...served.tally }, 'DHCPv6 messages of instances were dropped');
    }, REPORT_EVERY_MS).unref();
  }
}

const optionName = (option: Dhcpv6Option): string =>
  option.kind === 'other' ? `option ${option.code}` : option.kind;

/** A port without those of its addresses that its instance found in use. */
function offered({ id, facts }: KnownPort, { declined }: Served): PortFacts {
  const isOffered = (address: Address) => (declined.get(`${id} ${address}`) ?? 0) <= performance.now();
  if (declined.size === 0) return facts;
  return { ...facts, fixedIps: facts.fixedIps.filter(({ address }) => isOffered(address)) };
}
