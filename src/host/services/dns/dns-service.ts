/**
 * The DNS server of a host, on the service addresses of each network: the network's own names, and, where network or
 * operator say so, everything else as other DNS servers know it. It hears nobody but the instances of the network.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { Address } from '../../../addressing/index.ts';
import { Allowance, BusyError, FairQueue } from '../../../base/index.ts';
import {
  carriesIpv6,
  type NetworkFacts,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
} from '../../../host-contract/index.ts';
import { holdUdp, openTcpSocket, openUdpSocket, peerAddress } from '../../../linux/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import { DNS_HEADER_LENGTH, DNS_PORT, type DnsQuery } from '../../../packets/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import { ClientFrame } from '../client-frame.ts';
import { ConnectionLimits } from '../connection-limits.ts';
import { followPorts } from '../follow-ports.ts';
import type { NetworkChange, NetworkService, ServiceNetwork } from '../network-service.ts';
import { Requesters } from '../requester.ts';
import { DnsCache } from './dns-cache.ts';
import { answerFrame, dnsDatagramIn } from './dns-datagram.ts';
import type { DnsForwarder } from './dns-forwarder.ts';
import { respond } from './dns-responder.ts';
import { serveDnsTcp } from './dns-tcp.ts';
import { DnsZone } from './dns-zone.ts';

const LIMITS = {
  connections: { total: 512, each: 8, strangers: 8, idleMs: 10_000, lifetimeMs: 60_000 },
  forwarded: { total: 256, each: 16, waiting: 64 },
  /** Questions of a port: so many at once after a rest, then so many a second. */
  questions: { burst: 1_000, rate: 500 },
  /** Those of them that others are asked. */
  asked: { burst: 400, rate: 100 },
} as const;

export interface DnsServiceOptions {
  readonly forwarder: DnsForwarder;
  /** Addresses of the DNS servers for networks that name none themselves, as they are at the moment. */
  readonly forwarders: () => readonly string[];
  readonly log: Logger;
  readonly metrics: Registry;
}

export class DnsService implements NetworkService {
  readonly #forwarder: DnsForwarder;
  readonly #forwarders: () => readonly string[];
  readonly #log: Logger;
  readonly #questions: Counter<'transport' | 'outcome'>;
  readonly #open = new Map<string, DnsNetwork>();
  readonly #connections = new ConnectionLimits(LIMITS.connections);
  readonly #queue = new FairQueue(LIMITS.forwarded);
  /** By port. */
  readonly #asked = new Allowance<string>(LIMITS.asked.burst, LIMITS.asked.rate);

  constructor({ forwarder, forwarders, log, metrics }: DnsServiceOptions) {
    this.#forwarder = forwarder;
    this.#forwarders = forwarders;
    this.#log = log;
    this.#questions = metrics.counter({
      name: 'sextant_dns_questions_total',
      help: 'DNS questions of instances; those left unanswered are malformed, or had no answer elsewhere; limited are too many.',
      labels: ['transport', 'outcome'],
    });
  }

  async opened(network: ServiceNetwork): Promise<void> {
    await using undo = new AsyncDisposableStack();
    const requesters = undo.adopt(new Requesters(network), (it) => it.close());
    for (const address of carriesIpv6(network.facts) ? [SERVICE_LINK_LOCAL, SERVICE_ADDRESS] : []) {
      undo.adopt(holdUdp(network, address, DNS_PORT), closeSync);
    }
    const udp = undo.adopt(createSocket('udp4'), (it) => void it.close());
    udp.bind({ fd: openUdpSocket(network, SERVICE_ADDRESS_V4, DNS_PORT) });
    const tcp = undo.adopt(createServer(), closeServer);
    tcp.listen({ fd: openTcpSocket(network, DNS_PORT) });
    await once(tcp, 'listening');
    const open = new DnsNetwork(network, requesters, undo.move());
    udp.on('message', (octets, { address, port }) => this.#hearUdp4(open, udp, octets, { address, port }));
    tcp.on('connection', (socket) => this.#accept(open, socket));
    for (const socket of [udp, tcp]) {
      socket.on('error', (error) => this.#log.warn({ err: error, network: network.id }, 'DNS socket failed'));
    }
    this.#open.set(network.id, open);
  }

  changed(network: ServiceNetwork, change: NetworkChange): void {
    this.#open.get(network.id)?.changed(change);
  }

  async closed(network: ServiceNetwork): Promise<void> {
    const open = this.#open.get(network.id);
    this.#open.delete(network.id);
    await open?.close();
  }

  received(network: ServiceNetwork, octets: Uint8Array): void {
    const open = this.#open.get(network.id);
    const frame = ClientFrame.udpTo(DNS_PORT, octets);
    // A look at the sender alone: what is too much must cost nobody anything.
    if (open === undefined || frame === undefined || !this.#admits(open, frame.sourceNumber)) return;
    const asked = dnsDatagramIn(octets);
    if (asked === undefined) return;
    const port = open.requesters.portOf(asked.mac, asked.from);
    this.#answer(open, port, 'udp', asked.octets)
      .then((answer) => answer && network.send(answerFrame(asked, network.facts.mac, answer)))
      .catch((error) => this.#failed(error));
  }

  #hearUdp4(
    open: DnsNetwork,
    socket: UdpSocket,
    octets: Uint8Array,
    { address: text, port: sourcePort }: { address: string; port: number },
  ): void {
    const address = Address.parse(text);
    const port = open.requesters.book.ownerOf(address) ?? open.requesters.portBehind(address);
    if (!this.#admits(open, port === undefined ? NOBODY : numberOf(port))) return;
    this.#answer(open, port, 'udp', octets)
      // An answer that finds no way back is the client's to notice. A socket that is closed throws.
      .then((answer) => answer && !open.isClosed && socket.send(answer, sourcePort, text, () => {}))
      .catch((error) => this.#failed(error));
  }

  #accept(open: DnsNetwork, socket: Socket): void {
    const address = peerAddress(open.network, socket);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const port = open.requesters.portBehind(address);
    if (!this.#connections.admit(port?.id, socket)) return;
    socket.on('error', () => {}); // of an end that 'close' tells as well
    open.connections.add(socket);
    socket.once('close', () => open.connections.delete(socket));
    const answer = async (octets: Uint8Array) =>
      this.#admits(open, port === undefined ? NOBODY : numberOf(port))
        ? this.#answer(open, port, 'tcp', octets)
        : undefined;
    serveDnsTcp(socket, answer).then(
      () => socket.destroy(),
      (error) => {
        socket.destroy();
        this.#log.debug({ err: error }, 'a DNS connection broke off');
      },
    );
  }

  /** @param port who asks; for nobody known, nothing is passed on */
  async #answer(
    open: DnsNetwork,
    port: KnownPort | undefined,
    transport: 'udp' | 'tcp',
    octets: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const servers = port === undefined ? [] : this.#serversFor(open.network.facts);
    const forward =
      port === undefined || servers.length === 0
        ? undefined
        : async (query: DnsQuery, question: Uint8Array) => {
            const known = open.cache.find(query, servers);
            if (known !== undefined) return known;
            if (!this.#asked.take(port.id)) return undefined;
            const found = await this.#ask(port, () =>
              this.#forwarder.ask(
                servers,
                question,
                transport,
                DNS_HEADER_LENGTH + query.questionOctets.length,
              ),
            );
            if (found !== undefined) open.cache.put(query, servers, found);
            return found;
          };
    const answer = await respond({
      ...{ octets, transport, forward, zone: open.zone },
      nat64Prefix: open.network.facts.nat64Prefix,
    });
    this.#questions.increment({ transport, outcome: answer === undefined ? 'unanswered' : 'answered' });
    return answer;
  }

  /** Asks others when it is the port's turn; for one that has asked too much at a time there is no answer. */
  async #ask(port: KnownPort, ask: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    try {
      return await this.#queue.run(port.id, ask);
    } catch (error) {
      if (error instanceof BusyError) return undefined;
      throw error;
    }
  }

  /** Who is asked for names that the network does not know; nobody for a network that wants it so. */
  #serversFor({ dnsForwarders }: NetworkFacts): readonly string[] {
    if (dnsForwarders.length === 0) return this.#forwarders();
    return dnsForwarders.filter(({ isUnspecified }) => !isUnspecified).map(String);
  }

  /** Whether a sender, by the number of its MAC address, may ask one more. */
  #admits(open: DnsNetwork, sender: number): boolean {
    if (open.allowance.take(sender)) return true;
    this.#questions.increment({ transport: 'udp', outcome: 'limited' });
    return false;
  }

  #failed(error: unknown): void {
    this.#log.error({ err: error }, 'a DNS question could not be answered');
  }
}

/** Whoever is none of a network's ports. */
const NOBODY = 0;

const numberOf = ({ facts }: KnownPort): number => Number(facts.mac.value);

/** What a network's server has. */
class DnsNetwork {
  readonly network: ServiceNetwork;
  readonly requesters: Requesters;
  readonly connections = new Set<Socket>();
  readonly cache = new DnsCache();
  /** By the number of a MAC address. */
  readonly allowance = new Allowance<number>(LIMITS.questions.burst, LIMITS.questions.rate);
  isClosed = false;
  readonly #owned: AsyncDisposableStack;
  #zone: DnsZone | undefined;

  constructor(network: ServiceNetwork, requesters: Requesters, owned: AsyncDisposableStack) {
    this.network = network;
    this.requesters = requesters;
    this.#owned = owned;
  }

  get zone(): DnsZone {
    this.#zone ??= new DnsZone(this.network.facts, this.network.ports());
    return this.#zone;
  }

  changed(change: NetworkChange): void {
    this.requesters.changed(change);
    if (this.#zone === undefined) return;
    if (change.itself) this.#zone.network(this.network.facts);
    followPorts(this.#zone, this.network, change.ports);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const socket of this.connections) socket.destroy();
    await this.#owned.disposeAsync();
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
