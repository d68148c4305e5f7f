/**
 * The metadata service of a host: HTTP on the service addresses of each network. Whatever an instance does (thousands
 * of requests, readers that do not read, headers without end), it uses up its own share and nobody else's.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Address, Mac } from '../../../addressing/index.ts';
import { BusyError, FairQueue } from '../../../base/index.ts';
import { openTcpSocket, peerAddress } from '../../../linux/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import type { KnownPort } from '../../facts/index.ts';
import { ConnectionLimits } from '../connection-limits.ts';
import type { NetworkChange, NetworkService, ServiceNetwork } from '../network-service.ts';
import { Requesters } from '../requester.ts';
import { judgeRequest } from './metadata-request.ts';
import type { MetadataUpstream } from './metadata-upstream.ts';

const HTTP_PORT = 80;

const LIMITS = {
  connections: { total: 1024, each: 24, strangers: 8, idleMs: 10_000, lifetimeMs: 60_000 },
  /** Octets of request line and headers. */
  headers: 8 * 1024,
  /** Milliseconds: for the headers, for a request as a whole, between requests. */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAlive: 5_000,
  requestsPerConnection: 100,
  upstream: { total: 32, each: 4, waiting: 48 },
  /** Milliseconds between two lines in the log about the same trouble. */
  complaints: 10_000,
} as const;

/** Who is at the other end of a connection. */
interface Peer {
  readonly address: Address;
  readonly mac: Mac | undefined;
}

export class MetadataService implements NetworkService {
  readonly #upstream: MetadataUpstream;
  readonly #log: Logger;
  readonly #requests: Counter<'status'>;
  readonly #queue = new FairQueue(LIMITS.upstream);
  readonly #open = new Map<string, MetadataNetwork>();
  readonly #connections = new ConnectionLimits(LIMITS.connections);
  #complained = Number.NEGATIVE_INFINITY;

  constructor(upstream: MetadataUpstream, log: Logger, metrics: Registry) {
    this.#upstream = upstream;
    this.#log = log;
    this.#requests = metrics.counter({
      name: 'sextant_metadata_requests_total',
      help: 'Requests of instances for their metadata, by the status of the answer.',
      labels: ['status'],
    });
  }

  async opened(network: ServiceNetwork): Promise<void> {
    const requesters = new Requesters(network);
    const server = createServer(
      {
        maxHeaderSize: LIMITS.headers,
        headersTimeout: LIMITS.headersTimeout,
        requestTimeout: LIMITS.requestTimeout,
        keepAliveTimeout: LIMITS.keepAlive,
        connectionsCheckingInterval: 1_000,
      },
      (request, response) => {
        response.once('finish', () => this.#requests.increment({ status: String(response.statusCode) }));
        this.#answer(network, requesters, request, response).catch((error) => {
          this.#log.error({ err: error, network: network.id }, 'a metadata request failed');
          response.destroy();
        });
      },
    );
    server.maxRequestsPerSocket = LIMITS.requestsPerConnection;
    server.on('connection', (socket) => this.#admit(network, requesters, socket));
    try {
      server.listen({ fd: openTcpSocket(network, HTTP_PORT) });
      await once(server, 'listening');
    } catch (error) {
      requesters.close();
      throw error;
    }
    server.on('error', (error) =>
      this.#log.error({ err: error, network: network.id }, 'metadata server failed'),
    );
    this.#open.set(network.id, { server, requesters });
  }

  changed(network: ServiceNetwork, change: NetworkChange): void {
    this.#open.get(network.id)?.requesters.changed(change);
  }

  async closed(network: ServiceNetwork): Promise<void> {
    const open = this.#open.get(network.id);
    if (open === undefined) return;
    this.#open.delete(network.id);
    const closed = once(open.server, 'close');
    open.server.close();
    open.server.closeAllConnections();
    await closed;
    open.requesters.close();
  }

  /** Takes a connection on, or resets it when its instance has enough of them. */
  #admit(network: ServiceNetwork, requesters: Requesters, socket: Socket): void {
    const address = peerAddress(network, socket);
    if (address === undefined) {
      socket.destroy(); // gone before it was taken up
      return;
    }
    const mac = requesters.macOf(address);
    const port = mac && requesters.portOf(mac, address);
    if (this.#connections.admit(port?.id, socket)) peers.set(socket, { address, mac });
  }

  async #answer(
    network: ServiceNetwork,
    requesters: Requesters,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const peer = peers.get(request.socket);
    if (peer === undefined) {
      request.socket.destroy();
      return;
    }
    const judgement = judgeRequest({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
    });
    if (!('path' in judgement)) {
      reply(response, judgement.status, judgement.reason);
      return;
    }
    // Looked up for each request: the port may have gone, and its MAC address have come to another.
    const port = peer.mac && requesters.portOf(peer.mac, peer.address);
    if (port === undefined) {
      this.#log.debug(
        { network: network.id, ...peer },
        'whoever asks for metadata is no port of the network',
      );
      reply(response, 404, 'You are no port of this network, or your address is not yours.');
      return;
    }
    await this.#ask(port, peer.address, judgement.path, response);
  }

  async #ask(port: KnownPort, from: Address, path: string, response: ServerResponse): Promise<void> {
    try {
      const { status, type, body } = await this.#queue.run(port.id, () =>
        this.#upstream.ask(port, from, path),
      );
      reply(response, status, body, type);
    } catch (error) {
      if (error instanceof BusyError) {
        reply(response, 503, 'You have asked for too much at a time.');
        return;
      }
      this.#complain(error, port);
      reply(response, 503, 'The metadata cannot be had at the moment.');
    }
  }

  /** Says that metadata cannot be had, now and then: instances ask on and on. */
  #complain(error: unknown, port: KnownPort): void {
    if (performance.now() - this.#complained < LIMITS.complaints) return;
    this.#complained = performance.now();
    this.#log.warn({ err: error, port: port.id }, 'metadata cannot be had');
  }
}

interface MetadataNetwork {
  readonly server: Server;
  readonly requesters: Requesters;
}

const peers = new WeakMap<Socket, Peer>();

/** Sends an answer. A refusal ends the connection: what may follow on it is not worth reading. */
function reply(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  type = 'text/plain; charset=utf-8',
): void {
  const octets = typeof body === 'string' ? Buffer.from(`${body}\n`) : body;
  response.writeHead(status, {
    'content-type': type,
    'content-length': octets.length,
    'cache-control': 'no-store',
    ...(status === 405 && { allow: 'GET, HEAD' }),
    ...(status === 503 && { 'retry-after': '1' }),
    ...([405, 413, 414, 503].includes(status) && { connection: 'close' }),
  });
  response.end(octets);
}
