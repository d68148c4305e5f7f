/**
 * DHCPv4 for the instances of networks where IPv6 is preferred (RFC 2131, RFC 8925); on others OVN has it. Frames in,
 * frames out; `dhcpv4Answer` decides.
 */
import { closeSync } from 'node:fs';
import type { Logger } from 'pino';
import { Address, type Mac } from '../../../addressing/index.ts';
import { Allowance } from '../../../base/index.ts';
import { SERVICE_ADDRESS_V4 } from '../../../host-contract/index.ts';
import { holdUdp, PacketSocket, type Reception, receiveFrames } from '../../../linux/index.ts';
import type { Counter, Registry } from '../../../metrics/index.ts';
import {
  DHCPV4_PORT,
  type Dhcpv4Message,
  decodeDhcpv4,
  decodeFrame,
  ETHER_TYPE,
  encodeDhcpv4,
  encodeFrame,
  frame,
  IP_PROTOCOL,
  ipv4,
  PacketError,
  udp,
} from '../../../packets/index.ts';
import type { NetworkChange, NetworkService, ServiceNetwork } from '../network-service.ts';
import { filterFor } from '../service-filter.ts';
import { dhcpv4Answer } from './answer.ts';

/** Questions of a client: a burst for the start of all its devices, then as many a second as none needs. */
const BURST = 20;
const RATE = 5;

/** Frames that are on their way to the service, and octets that may wait behind those. */
const WINDOW = 64;
const BUFFER = 256 * 1024;

/** UDP to the server's port, in IPv4 without options and whole. */
const FILTER = filterFor([
  [
    { at: 14, octets: 1, is: 0x45 },
    { at: 20, octets: 2, mask: 0x3fff, is: 0 },
    { at: 23, octets: 1, is: IP_PROTOCOL.udp },
    { at: 36, octets: 2, is: DHCPV4_PORT.server },
  ],
]);

const EVERYBODY = Address.parse('255.255.255.255');

/** How a network's questions are heard. */
interface Hearing {
  readonly socket: PacketSocket;
  readonly reception: Reception;
  /** Keeps the kernel from saying that nobody serves here. */
  readonly held: number;
}

export class Dhcpv4Service implements NetworkService {
  readonly #log: Logger;
  readonly #messages: Counter<'outcome'>;
  readonly #allowance = new Allowance<bigint>(BURST, RATE);
  readonly #hearing = new Map<string, Hearing>();

  constructor(log: Logger, metrics: Registry) {
    this.#log = log;
    this.#messages = metrics.counter({
      name: 'sextant_dhcpv4_messages_total',
      help: 'DHCPv4 messages of instances on IPv6-mostly networks, by what became of them.',
      labels: ['outcome'],
    });
  }

  opened(network: ServiceNetwork): void {
    if (network.facts.nat64Prefix !== undefined) this.#listen(network);
  }

  changed(network: ServiceNetwork, { itself }: NetworkChange): void {
    if (!itself) return;
    const isWanted = network.facts.nat64Prefix !== undefined;
    if (isWanted && !this.#hearing.has(network.id)) this.#listen(network);
    if (!isWanted) this.#end(network.id).catch((err) => this.#log.error({ err }, 'DHCPv4 does not end'));
  }

  closed({ id }: ServiceNetwork): Promise<void> {
    return this.#end(id);
  }

  /** What a network's instance says, and what it is told: a frame. */
  hear(network: ServiceNetwork, octets: Uint8Array): void {
    const outcome = this.#answer(network, octets);
    this.#messages.increment({ outcome });
  }

  #listen(network: ServiceNetwork): void {
    const held = holdUdp(network, SERVICE_ADDRESS_V4, DHCPV4_PORT.server);
    let socket: PacketSocket;
    try {
      socket = PacketSocket.forProtocol(network, ETHER_TYPE.ipv4, FILTER, BUFFER);
    } catch (error) {
      closeSync(held);
      throw error;
    }
    const hear = (frames: readonly { octets: Uint8Array }[]) => {
      for (const { octets } of frames) this.#hearSafely(network, octets);
    };
    this.#hearing.set(network.id, { socket, held, reception: receiveFrames(socket.fd, hear, WINDOW) });
  }

  #hearSafely(network: ServiceNetwork, octets: Uint8Array): void {
    try {
      this.hear(network, octets);
    } catch (err) {
      this.#log.error({ err, network: network.id }, 'DHCPv4 could not answer');
    }
  }

  async #end(networkId: string): Promise<void> {
    const hearing = this.#hearing.get(networkId);
    if (hearing === undefined) return;
    this.#hearing.delete(networkId);
    await hearing.reception.end();
    hearing.socket.close();
    closeSync(hearing.held);
  }

  #answer(network: ServiceNetwork, octets: Uint8Array): 'answered' | 'ignored' | 'malformed' | 'limited' {
    let question: Dhcpv4Message;
    let mac: Mac;
    try {
      const { source, network: packet } = decodeFrame(octets);
      if (packet.kind !== 'ipv4' || packet.upper.kind !== 'udp') return 'ignored';
      mac = source;
      if (!this.#allowance.take(source.value)) return 'limited';
      question = decodeDhcpv4(packet.upper.datagram.data);
    } catch (error) {
      if (error instanceof PacketError) return 'malformed';
      throw error;
    }
    const port = network.port(mac);
    const answer = port && dhcpv4Answer(question, port.facts, network.facts);
    if (answer === undefined) return 'ignored';
    network.send(toClient(network.facts.mac, mac, answer));
    return 'answered';
  }
}

/** To the client alone, whatever address the packet is for: it has none yet, or hears nothing else (section 4.1). */
function toClient(server: Mac, client: Mac, answer: Dhcpv4Message): Uint8Array {
  const { clientAddress, yourAddress, broadcast } = answer;
  const known = [clientAddress, yourAddress].find((address) => !address.isUnspecified);
  const to = broadcast || known === undefined ? EVERYBODY : known;
  const upper = udp(DHCPV4_PORT.server, DHCPV4_PORT.client, encodeDhcpv4(answer));
  return encodeFrame(frame(server, client, ipv4(SERVICE_ADDRESS_V4, to, upper)));
}
