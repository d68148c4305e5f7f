/** TCP connections between instances: sockets of this process, opened in the instances' namespaces. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { afterPatience } from '../wait.ts';

/** What became of an attempt to connect. */
export type TcpOutcome =
  /** The server echoed what was sent. */
  | { readonly outcome: 'connected'; readonly source: Address }
  /** Connection refused, no route, prohibited: the system's error code. */
  | { readonly outcome: 'refused'; readonly code: string }
  /** No answer. */
  | { readonly outcome: 'silence' };

const CONNECT_PATIENCE_MS = 2_000;

/** A server that echoes, over both families, until it is stopped or the instance ends. */
export class TcpEcho {
  readonly port: number;
  /** The clients that connected, in their order: their addresses as the server sees them. */
  readonly clients: Address[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(on: LabInstance, port: number): Promise<TcpEcho> {
    const server = createServer();
    const listening = once(server, 'listening');
    on.inside(() => server.listen(port)); // without a host it listens on `::`, made at once
    await listening;
    const echo = new TcpEcho(server, port);
    on.atStop(() => echo.stop());
    return echo;
  }

  stop(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.clients.push(plainAddress(socket.remoteAddress!));
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {}); // the client's side tells
    socket.pipe(socket);
  }
}

/**
 * Connects from an instance to an echo server, sends `octets` (1 unless told) and awaits as many, all within
 * `patienceMs` milliseconds.
 */
export async function tcpProbe(
  from: LabInstance,
  target: Address,
  port: number,
  {
    octets = 1,
    patienceMs = CONNECT_PATIENCE_MS,
    source,
  }: { octets?: number; patienceMs?: number; source?: Address } = {},
): Promise<TcpOutcome> {
  const socket = connectTcp(from, target, port, source);
  const { promise, resolve } = Promise.withResolvers<TcpOutcome>();
  let echoed = 0;
  socket.on('connect', () => socket.write(Buffer.alloc(octets, 'sextant ')));
  socket.on('data', (data) => {
    echoed += data.length;
    if (echoed >= octets) resolve({ outcome: 'connected', source: plainAddress(socket.localAddress!) });
  });
  socket.on('error', ({ code }: NodeJS.ErrnoException) =>
    resolve({ outcome: 'refused', code: code ?? 'error' }),
  );
  const end = afterPatience(patienceMs, () => resolve({ outcome: 'silence' }));
  try {
    return await promise;
  } finally {
    end();
    socket.destroy();
  }
}

/** A connection from an instance, under way; for those that must outlive a change of rules. */
export function connectTcp(from: LabInstance, target: Address, port: number, source?: Address): Socket {
  return from.inside(() =>
    connect({
      port,
      // With a name to look up, even one of this kind, the socket is made at once, hence in the namespace.
      host: 'instance.invalid',
      lookup: (_name, _options, callback) => callback(null, target.toString(), target.family),
      autoSelectFamily: false,
      ...(source && { localAddress: source.toString() }),
    }),
  );
}

/** A socket on `::` reports IPv4 peers as mapped addresses, and link-local ones with their zone. */
function plainAddress(text: string): Address {
  const address = Address.parse(text.replace(/%.*/, ''));
  return address.isMappedV4 ? Address.of(4, address.value & 0xffff_ffffn) : address;
}
