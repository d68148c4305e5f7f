/**
 * Where a router's DHCPv6 client is on an external network: it speaks with the router's own addresses, so that the
 * provider leads to the router what it delegates to it (RFC 8987), by the bridge of the physical network.
 */
import { join } from 'node:path';
import { type Address, linkLocalAddress, type Mac } from '../../addressing/index.ts';
import { type Instruction, PacketSocket, type Reception, receiveFrames } from '../../linux/index.ts';
import { OpenFlowConnection, RuleSet, type Rules } from '../../openflow/index.ts';
import {
  ALL_DHCPV6_SERVERS,
  DHCPV6_PORT,
  type Dhcpv6Message,
  decodeDhcpv6,
  decodeFrame,
  ETHER_TYPE,
  encodeDhcpv6,
  encodeFrame,
  frame,
  IP_PROTOCOL,
  ipv6,
  multicastMac,
  PacketError,
  udp,
  vlanTags,
} from '../../packets/index.ts';
import { raiseBridge } from '../upstream/index.ts';

/** A router's place on an external network. */
export interface RouterPlace {
  readonly mac: Mac;
  readonly networkId: string;
  readonly physicalNetwork: string;
  /** Null where it is untagged. */
  readonly vlan: number | null;
}

/** Messages on their way here, and octets of them that may wait. */
const WINDOW = 64;
const BUFFER = 256 * 1024;
/** OFPP_LOCAL: the bridge's own device. */
export const LOCAL = 0xfffffffe;
/** Above what bridges of physical networks usually have. */
const PRIORITY = 40_000;

/** What DHCPv6 servers say to clients, without extension headers. Offsets are without the tag. */
const TO_CLIENTS: readonly Instruction[] = [
  [0x28, 0, 0, 12],
  [0x15, 0, 5, ETHER_TYPE.ipv6],
  [0x30, 0, 0, 20],
  [0x15, 0, 3, IP_PROTOCOL.udp],
  [0x28, 0, 0, 56],
  [0x15, 0, 1, DHCPV6_PORT.client],
  [0x06, 0, 0, 0x40000],
  [0x06, 0, 0, 0],
];

/** What is for a router's client goes to the bridge's own device, where this host hears it, and not on to OVN. */
export const steering = (mac: Mac): Rules => ({
  flows: [
    {
      table: 0,
      priority: PRIORITY,
      match: {
        ethernetDestination: mac,
        etherType: ETHER_TYPE.ipv6,
        ipProtocol: IP_PROTOCOL.udp,
        udpDestination: DHCPV6_PORT.client,
      },
      verdict: { output: LOCAL },
    },
  ],
});

/** A message of a router's client, to all servers of the link. */
export function clientFrame({ mac, vlan }: RouterPlace, message: Dhcpv6Message): Uint8Array {
  const upper = udp(DHCPV6_PORT.client, DHCPV6_PORT.server, encodeDhcpv6(message));
  const packet = ipv6(linkLocalAddress(mac), ALL_DHCPV6_SERVERS, upper);
  return encodeFrame({ ...frame(mac, multicastMac(ALL_DHCPV6_SERVERS), packet), vlans: vlanTags(vlan) });
}

/** What a server said. */
export interface ServerWord {
  /** Of the router that it is for. */
  readonly mac: Mac;
  readonly to: Address;
  readonly message: Dhcpv6Message;
}

/** What a frame has for a client; undefined for anything else. */
export function serverWord(octets: Uint8Array): ServerWord | undefined {
  try {
    const { network, destination: mac } = decodeFrame(octets);
    if (network.kind !== 'ipv6' || network.upper.kind !== 'udp') return undefined;
    const { destinationPort, data } = network.upper.datagram;
    // Servers may answer from any port (RFC 8415 section 7.2).
    if (destinationPort !== DHCPV6_PORT.client) return undefined;
    return { mac, to: network.destination, message: decodeDhcpv6(data) };
  } catch (error) {
    if (error instanceof PacketError) return undefined;
    throw error;
  }
}

/** The bridge of a physical network, as clients use it. */
export class ClientLink {
  readonly #path: string;
  readonly #socket: PacketSocket;
  readonly #reception: Reception;

  /**
   * @param rundir directory of the switch's sockets, OVS_RUNDIR
   * @throws SystemCallError, Error when there is no such bridge
   */
  constructor(
    { rundir, namespace, bridge }: { rundir: string; namespace: string | null; bridge: string },
    hear: (word: ServerWord) => void,
  ) {
    raiseBridge(namespace, bridge);
    this.#path = join(rundir, `${bridge}.mgmt`);
    this.#socket = PacketSocket.forTrunk({ namespace, device: bridge }, TO_CLIENTS, BUFFER);
    this.#reception = receiveFrames(
      this.#socket.fd,
      (frames) => {
        for (const { octets, outgoing } of frames) {
          const word = outgoing ? undefined : serverWord(octets);
          if (word !== undefined) hear(word);
        }
      },
      WINDOW,
    );
  }

  /**
   * Sends a client's message as if OVN had, and has answers come here: also from a switch that was restarted meanwhile.
   * @param from OpenFlow number of the port that leads to OVN
   * @throws OpenFlowError, or a system error, when the switch cannot be reached
   */
  async say(from: number, place: RouterPlace, message: Dhcpv6Message): Promise<void> {
    await this.#change(place.mac, true, (connection) =>
      connection.forward(from, clientFrame(place, message)),
    );
  }

  /** Has what is for a router go to OVN again, all of it. */
  async leave(mac: Mac): Promise<void> {
    await this.#change(mac, false);
  }

  async #change(
    mac: Mac,
    isWanted: boolean,
    act: (connection: OpenFlowConnection) => Promise<void> = async () => {},
  ): Promise<void> {
    const rules = new RuleSet();
    rules.put('client', steering(mac));
    if (!isWanted) {
      rules.takeChanges();
      rules.put('client', undefined);
    }
    const { flows, meters } = rules.takeChanges();
    const connection = await OpenFlowConnection.open(this.#path);
    try {
      await connection.change(flows, meters);
      await act(connection);
    } finally {
      connection.close();
    }
  }

  async close(): Promise<void> {
    await this.#reception.end();
    this.#socket.close();
  }
}
