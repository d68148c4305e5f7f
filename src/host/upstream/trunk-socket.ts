/** Where a host hears what is said to all outside: on the bridge of a physical network, with its VLANs. */
import { Address, Mac } from '../../addressing/index.ts';
import {
  disableIpv6,
  findLink,
  type Instruction,
  NetlinkSocket,
  PacketSocket,
  type Reception,
  receiveFrames,
  setLink,
} from '../../linux/index.ts';
import {
  decodeFrame,
  ETHER_TYPE,
  encodeFrame,
  type Frame,
  frame,
  ICMPV6_TYPE,
  IP_PROTOCOL,
  icmpv6,
  ipv6,
  multicastMac,
  vlanTags,
} from '../../packets/index.ts';

const ALL_ROUTERS = Address.parse('ff02::2');
const UNSPECIFIED = Address.parse('::');
/** Messages on their way here, and octets of them that may wait: each link has few. */
const WINDOW = 64;
const BUFFER = 256 * 1024;

/** What is listened for. */
type TrunkMessage = 'router-advertisement' | 'neighbour-solicitation';

/** Messages of Neighbour Discovery that no router passed on (RFC 4861 section 6.1). Offsets are without the tag. */
const messagesOf = (kind: TrunkMessage): readonly Instruction[] => [
  [0x28, 0, 0, 12],
  [0x15, 0, 7, ETHER_TYPE.ipv6],
  [0x30, 0, 0, 20],
  [0x15, 0, 5, IP_PROTOCOL.icmpv6],
  [0x30, 0, 0, 21],
  [0x15, 0, 3, 255],
  [0x28, 0, 0, 54],
  [0x15, 0, 1, ICMPV6_TYPE[kind] << 8],
  [0x06, 0, 0, 0x40000],
  [0x06, 0, 0, 0],
];

export class TrunkSocket {
  readonly #socket: PacketSocket;
  readonly #reception: Reception;
  readonly #mac: Mac;

  /**
   * Opens the bridge's own device, which gets what is for all.
   * @throws SystemCallError, Error when there is no such bridge
   */
  constructor(namespace: string | null, bridge: string, kind: TrunkMessage, hear: (frame: Frame) => void) {
    this.#mac = raiseBridge(namespace, bridge);
    this.#socket = PacketSocket.forTrunk({ namespace, device: bridge }, messagesOf(kind), BUFFER);
    this.#reception = receiveFrames(
      this.#socket.fd,
      (frames) => {
        for (const { octets, outgoing } of frames) {
          const heard = outgoing ? undefined : readable(octets);
          if (heard !== undefined) hear(heard);
        }
      },
      WINDOW,
    );
  }

  /** Asks the routers of a VLAN to advertise themselves (RFC 4861 section 6.3.7). */
  solicit(vlan: number | null): void {
    const question = frame(
      this.#mac,
      multicastMac(ALL_ROUTERS),
      ipv6(UNSPECIFIED, ALL_ROUTERS, icmpv6({ kind: 'router-solicitation', options: [] }), { hopLimit: 255 }),
    );
    this.#socket.send(encodeFrame({ ...question, vlans: vlanTags(vlan) }));
  }

  async close(): Promise<void> {
    await this.#reception.end();
    this.#socket.close();
  }
}

/** A frame; nothing of one that cannot be read. */
function readable(octets: Uint8Array): Frame | undefined {
  try {
    return decodeFrame(octets);
  } catch {
    return undefined;
  }
}

/**
 * Brings the device of a bridge up that is down, without IPv6: the host is not to take addresses from whoever advertises
 * there.
 * @returns its MAC address
 * @throws Error when there is no such bridge
 */
export function raiseBridge(namespace: string | null, bridge: string): Mac {
  using netlink = new NetlinkSocket(namespace);
  const device = findLink(netlink, bridge);
  if (device === undefined) throw new Error(`there is no device ${bridge}`);
  if (!device.up) {
    disableIpv6(namespace, bridge);
    setLink(netlink, device.index, { up: true });
  }
  return Mac.parse(device.mac);
}
