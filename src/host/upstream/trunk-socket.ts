/** Where a host hears the advertisements of routers outside: on the bridge of a physical network, with its VLANs. */
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
  frame,
  ICMPV6_TYPE,
  IP_PROTOCOL,
  icmpv6,
  ipv6,
  multicastMac,
  vlanTags,
} from '../../packets/index.ts';
import type { AdvertisedRouter } from './heard-table.ts';

/** An advertisement, and the VLAN that it came on. */
export interface HeardAdvertisement extends AdvertisedRouter {
  readonly sourceMac: Mac;
  /** Null where there is no tag. */
  readonly vlan: number | null;
}

const ALL_ROUTERS = Address.parse('ff02::2');
const UNSPECIFIED = Address.parse('::');
/** Advertisements on their way here, and octets of them that may wait: each link has few. */
const WINDOW = 64;
const BUFFER = 256 * 1024;

/** Router advertisements that no router passed on (RFC 4861 section 6.1.2). Offsets are without the tag. */
const ADVERTISEMENTS: readonly Instruction[] = [
  [0x28, 0, 0, 12],
  [0x15, 0, 7, ETHER_TYPE.ipv6],
  [0x30, 0, 0, 20],
  [0x15, 0, 5, IP_PROTOCOL.icmpv6],
  [0x30, 0, 0, 21],
  [0x15, 0, 3, 255],
  [0x28, 0, 0, 54],
  [0x15, 0, 1, ICMPV6_TYPE['router-advertisement'] << 8],
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
  constructor(namespace: string | null, bridge: string, hear: (heard: HeardAdvertisement) => void) {
    this.#mac = raiseBridge(namespace, bridge);
    this.#socket = PacketSocket.forTrunk({ namespace, device: bridge }, ADVERTISEMENTS, BUFFER);
    this.#reception = receiveFrames(
      this.#socket.fd,
      (frames) => {
        for (const { octets, outgoing } of frames) {
          const heard = outgoing ? undefined : heardIn(octets);
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

/** What a frame advertises; nothing when it is no advertisement, or not one to heed. */
function heardIn(octets: Uint8Array): HeardAdvertisement | undefined {
  let decoded: ReturnType<typeof decodeFrame>;
  try {
    decoded = decodeFrame(octets);
  } catch {
    return undefined;
  }
  const { network, vlans, source: sourceMac } = decoded;
  if (network.kind !== 'ipv6' || network.hopLimit !== 255 || !network.source.isLinkLocal) return undefined;
  if (network.upper.kind !== 'icmpv6' || network.upper.message.kind !== 'router-advertisement')
    return undefined;
  const { routerLifetime: lifetime, preference } = network.upper.message;
  return { source: network.source, sourceMac, lifetime, preference, vlan: vlans[0]?.id ?? null };
}

/**
 * Brings the device of a bridge up that is down, without IPv6: the host is not to take addresses from whoever advertises
 * there.
 * @returns its MAC address
 * @throws Error when there is no such bridge
 */
function raiseBridge(namespace: string | null, bridge: string): Mac {
  using netlink = new NetlinkSocket(namespace);
  const device = findLink(netlink, bridge);
  if (device === undefined) throw new Error(`there is no device ${bridge}`);
  if (!device.up) {
    disableIpv6(namespace, bridge);
    setLink(netlink, device.index, { up: true });
  }
  return Mac.parse(device.mac);
}
