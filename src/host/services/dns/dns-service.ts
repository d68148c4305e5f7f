/**
 * The DNS server of a host, on the service addresses of each network: the network's own names, and everything else as
 * the machine's DNS servers know it. It hears nobody but the instances of the network.
 */

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { Address } from '../../../addressing/index.ts';
import {
  carriesIpv6,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
} from '../../../host-contract/index.ts';
import { holdUdp, openTcp, openUdp, peerAddress } from '../../../linux/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import { DNS_PORT } from '../../../packets/udp-ports.ts';
import type { KnownPort } from '../../facts/index.ts';
import { ConnectionLimits } from '../connection-limits.ts';
import { BusyError, FairQueue } from '../fair-queue.ts';
import type { NetworkService, ServiceNetwork } from '../network-service.ts';
import { Requesters } from '../requester.ts';
import { answerFrame, dnsDatagramIn } from './dns-datagram.ts';
import type { DnsForwarder } from './dns-forwarder.ts';
import { respond } from './dns-responder.ts';
import { serveDnsTcp } from './dns-tcp.ts';
import { DnsZone } from './dns-zone.ts';

const LIMITS = {
  connections: { total: 512, each: 8, idleMs: 10_000, lifetimeMs: 60_000 },
  forwarded: { total: 256, each: 16, waiting: 64 },
} as const;

export class DnsService implements NetworkService {
  readonly #forwarder: DnsForwarder;
  readonly #log: Logger;
  readonly #questions: Counter<'transport' | 'outcome'>;
  readonly #open = new Map<string, OpenNetwork>();
  readonly #connections = new ConnectionLimits(LIMITS.connections);
  readonly #queue = new FairQueue(LIMITS.forwarded);

  constructor(forwarder: DnsForwarder, log: Logger, metrics: Registry) {
    this.#forwarder = forwarder;
    this.#log = log;
    this.#questions = metrics.counter({
      name: 'sextant_dns_questions_total',
      help: 'DNS questions of instances; those left unanswered are malformed, too many, or had no answer elsewhere.',
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
    udp.bind({ fd: openUdp(network, SERVICE_ADDRESS_V4, DNS_PORT) });
    const tcp = undo.adopt(createServer(), closeServer);
    tcp.listen({ fd: openTcp(network, DNS_PORT) });
    await once(tcp, 'listening');
    const open = new OpenNetwork(network, requesters, undo.move());
    udp.on('message', (octets, { address, port }) => this.#hearUdp4(open, udp, octets, { address, port }));
    tcp.on('connection', (socket) => this.#accept(open, socket));
    for (const socket of [udp, tcp]) {
      socket.on('error', (error) => this.#log.warn({ err: error, network: network.id }, 'DNS socket failed'));
    }
    this.#open.set(network.id, open);
  }

  changed(network: ServiceNetwork): void {
    this.#open.get(network.id)?.changed();
  }

  async closed(network: ServiceNetwork): Promise<void> {
    const open = this.#open.get(network.id);
    this.#open.delete(network.id);
    await open?.close();
  }

  received(network: ServiceNetwork, octets: Uint8Array): void {
    const open = this.#open.get(network.id);
    const asked = dnsDatagramIn(octets);
    if (open === undefined || asked === undefined) return;
    const port = open.requesters.portOf(asked.mac, asked.from);
    this.#answer(open, port, 'udp', asked.octets)
      .then((answer) => answer && network.send(answerFrame(asked, network.facts.mac, answer)))
      .catch((error) => this.#failed(error));
  }

  #hearUdp4(
    open: OpenNetwork,
    socket: UdpSocket,
    octets: Uint8Array,
    { address: text, port: sourcePort }: { address: string; port: number },
  ): void {
    const address = Address.parse(text);
    const port = open.requesters.book.ownerOf(address) ?? open.requesters.portBehind(address);
    this.#answer(open, port, 'udp', octets)
      // An answer that finds no way back is the client's to notice. A socket that is closed throws.
      .then((answer) => answer && !open.isClosed && socket.send(answer, sourcePort, text, () => {}))
      .catch((error) => this.#failed(error));
  }

  #accept(open: OpenNetwork, socket: Socket): void {
    const address = peerAddress(open.network, socket);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const port = open.requesters.portBehind(address);
    if (!this.#connections.admit(port?.id ?? open.network.id, socket)) return;
    socket.on('error', () => {}); // of an end that 'close' tells as well
    open.connections.add(socket);
    socket.once('close', () => open.connections.delete(socket));
    serveDnsTcp(socket, (octets) => this.#answer(open, port, 'tcp', octets)).then(
      () => socket.destroy(),
      (error) => {
        socket.destroy();
        this.#log.debug({ err: error }, 'a DNS connection broke off');
      },
    );
  }

  /** @param port who asks; for nobody known, nothing is passed on */
  async #answer(
    open: OpenNetwork,
    port: KnownPort | undefined,
    transport: 'udp' | 'tcp',
    octets: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const forward = async (questionEnd: number) => {
      if (port === undefined) return undefined;
      try {
        return await this.#queue.run(port.id, () => this.#forwarder.ask(octets, transport, questionEnd));
      } catch (error) {
        if (error instanceof BusyError) return undefined;
        throw error;
      }
    };
    const answer = await respond({ octets, transport, zone: open.zone, forward });
    this.#questions.increment({ transport, outcome: answer === undefined ? 'unanswered' : 'answered' });
    return answer;
  }

  #failed(error: unknown): void {
    this.#log.error({ err: error }, 'a DNS question could not be answered');
  }
}

/** What a network's server has. */
class OpenNetwork {
  readonly network: ServiceNetwork;
  readonly requesters: Requesters;
  readonly connections = new Set<Socket>();
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

  changed(): void {
    this.#zone = undefined;
    this.requesters.changed();
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
