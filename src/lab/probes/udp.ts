/** UDP datagrams between instances: sockets of this process, opened in the instances' namespaces. */
import { createSocket, type Socket } from 'node:dgram';
import { Address } from '../../addressing/index.ts';
import type { LabInstance } from '../instance/instance.ts';
import { afterPatience } from '../wait.ts';

const ANSWER_PATIENCE_MS = 1_000;
const ANY = { 4: '0.0.0.0', 6: '::' } as const;

/**
 * A bound socket. The look-up answers at once, so that the socket is made at once, hence in the namespace.
 */
function openUdp(on: LabInstance, family: 4 | 6, port: number, address: string = ANY[family]): Socket {
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    lookup: (name, _options, callback) => callback(null, name, family),
  });
  on.inside(() => socket.bind(port, address));
  return socket;
}

/** A server that echoes, over both families, until it is stopped or the instance ends. */
export class UdpEcho {
  /** Where the datagrams came from, in their order. */
  readonly clients: Address[] = [];
  readonly #sockets: Socket[];

  private constructor(sockets: Socket[]) {
    this.#sockets = sockets;
    for (const socket of sockets) {
      socket.on('message', (data, { address, port }) => {
        this.clients.push(Address.parse(address.replace(/%.*/, '')));
        socket.send(data, port, address, () => {}); // an answer that finds no way back is the client's to notice
      });
    }
  }

  /**
   * Listens on all addresses, or on one: an instance with several may answer from another than it was asked at,
   * and stateful filters would take that for something new.
   */
  static start(on: LabInstance, port: number, address?: Address): UdpEcho {
    const sockets =
      address === undefined
        ? [openUdp(on, 4, port), openUdp(on, 6, port)]
        : [openUdp(on, address.family, port, address.toString())];
    const echo = new UdpEcho(sockets);
    on.atStop(() => echo.stop());
    return echo;
  }

  stop(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}

/** Sends a datagram of `octets` (8 unless told) to an echo server; whether it came back within `patienceMs` ms. */
export async function udpProbe(
  from: LabInstance,
  target: Address,
  port: number,
  {
    octets = 8,
    patienceMs = ANSWER_PATIENCE_MS,
    source,
  }: { octets?: number; patienceMs?: number; source?: Address } = {},
): Promise<boolean> {
  const socket = openUdp(from, target.family, 0, source?.toString());
  const { promise, resolve } = Promise.withResolvers<boolean>();
  socket.on('message', (data) => resolve(data.length === octets));
  socket.on('error', () => resolve(false));
  socket.send(Buffer.alloc(octets, 'sextant '), port, target.toString(), (error) => {
    if (error) resolve(false);
  });
  const end = afterPatience(patienceMs, () => resolve(false));
  try {
    return await promise;
  } finally {
    end();
    socket.close();
  }
}
