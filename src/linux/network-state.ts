/** What a kernel knows of its network: addresses, routes and neighbours, read by rtnetlink(7). */
import { Address, Mac, Prefix } from '../addressing/index.ts';
import { AF_INET, AF_INET6 } from './libc.ts';
import { NetlinkSocket } from './netlink.ts';
import { decodeAttributes, type NetlinkMessage } from './netlink-message.ts';
import {
  IFA_ADDRESS,
  IFA_LOCAL,
  NDA_DST,
  NDA_LLADDR,
  NDMSG_LENGTH,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_OIF,
  RTA_PRIORITY,
  RTM_GETNEIGH,
  RTN_UNICAST,
} from './rtnetlink.ts';

/** An address of a device. */
export interface KernelAddress {
  /** Index of the device. */
  readonly device: number;
  readonly address: Address;
  readonly prefixLength: number;
  /** Duplicate address detection is under way: not usable yet. */
  readonly tentative: boolean;
  /** Duplicate address detection found another owner: never usable. */
  readonly duplicate: boolean;
  /** Past its preferred lifetime. */
  readonly deprecated: boolean;
  /** Of RFC 8981. */
  readonly temporary: boolean;
  /** Whether it came with a lifetime, as by SLAAC or DHCPv6, even an infinite one. */
  readonly dynamic: boolean;
  /** In seconds; Infinity when it does not end. */
  readonly validLifetime: number;
  /** In seconds; Infinity when it does not end. */
  readonly preferredLifetime: number;
}

/** A unicast route of the main table. */
export interface KernelRoute {
  readonly destination: Prefix;
  readonly gateway: Address | undefined;
  /** Index of the device; undefined for a route over several. */
  readonly device: number | undefined;
  /** Who made it: `kernel` for those of addresses and prefixes on link, `ra`, `dhcp`, `boot` and `static` others. */
  readonly origin: string;
  readonly metric: number;
}

/** An entry of the neighbour cache. */
export interface KernelNeighbour {
  /** Index of the device. */
  readonly device: number;
  readonly address: Address;
  /** Undefined while it is not resolved. */
  readonly mac: Mac | undefined;
  /** The NUD_* bits of rtnetlink(7): 0x02 reachable, 0x04 stale, 0x20 failed, ... */
  readonly state: number;
}

const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;

const IFADDRMSG_LENGTH = 8;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_F_TEMPORARY = 0x01;
const IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20;
const IFA_F_TENTATIVE = 0x40;
const IFA_F_PERMANENT = 0x80;

const RTMSG_LENGTH = 12;

const FOR_EVER = 0xffff_ffff;

/** Names of rtm_protocol (rtnetlink(7), /etc/iproute2/rt_protos). */
const ORIGINS: ReadonlyMap<number, string> = new Map([
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [9, 'ra'],
  [16, 'dhcp'],
]);

/** All addresses of a namespace; null is the process's own. */
export const kernelAddresses = (namespace: string | null): KernelAddress[] =>
  dump(namespace, 'list addresses', RTM_GETADDR, IFADDRMSG_LENGTH).map(parseAddress);

/** The unicast routes of a namespace's main table, IPv4's first. */
export const kernelRoutes = (namespace: string | null): KernelRoute[] =>
  dump(namespace, 'list routes', RTM_GETROUTE, RTMSG_LENGTH).flatMap((message) => parseRoute(message) ?? []);

/** The neighbour caches of a namespace. */
export const kernelNeighbours = (namespace: string | null): KernelNeighbour[] =>
  dump(namespace, 'list neighbours', RTM_GETNEIGH, NDMSG_LENGTH).flatMap(
    (message) => parseNeighbour(message) ?? [],
  );

/** Asks for all objects of any family: the fixed part of the request is zeros. */
function dump(namespace: string | null, what: string, type: number, fixed: number): NetlinkMessage[] {
  using socket = new NetlinkSocket(namespace);
  return socket.dump(what, type, [Buffer.alloc(fixed)]);
}

/** Reads a RTM_NEWADDR message. */
export function parseAddress({ body }: NetlinkMessage): KernelAddress {
  const attributes = decodeAttributes(body.subarray(IFADDRMSG_LENGTH));
  const flags = attributes.get(IFA_FLAGS)?.readUInt32LE() ?? body.readUInt8(2);
  const cache = attributes.get(IFA_CACHEINFO);
  return {
    device: body.readInt32LE(4),
    // On a point-to-point link IFA_ADDRESS is the peer's.
    address: addressOf(attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS)!),
    prefixLength: body.readUInt8(1),
    tentative: (flags & IFA_F_TENTATIVE) !== 0,
    duplicate: (flags & IFA_F_DADFAILED) !== 0,
    deprecated: (flags & IFA_F_DEPRECATED) !== 0,
    temporary: (flags & IFA_F_TEMPORARY) !== 0,
    dynamic: (flags & IFA_F_PERMANENT) === 0,
    preferredLifetime: lifetime(cache?.readUInt32LE(0)),
    validLifetime: lifetime(cache?.readUInt32LE(4)),
  };
}

/** Reads a RTM_NEWROUTE message; undefined when it is no unicast route of the main table. */
export function parseRoute({ body }: NetlinkMessage): KernelRoute | undefined {
  if (body.readUInt8(4) !== RT_TABLE_MAIN || body.readUInt8(7) !== RTN_UNICAST) return undefined;
  const attributes = decodeAttributes(body.subarray(RTMSG_LENGTH));
  const destination = attributes.get(RTA_DST);
  const unspecified = Address.of(body.readUInt8(0) === AF_INET6 ? 6 : 4, 0n);
  const gateway = attributes.get(RTA_GATEWAY);
  const protocol = body.readUInt8(5);
  return {
    destination: Prefix.of(destination ? addressOf(destination) : unspecified, body.readUInt8(1)),
    gateway: gateway && addressOf(gateway),
    device: attributes.get(RTA_OIF)?.readUInt32LE(),
    origin: ORIGINS.get(protocol) ?? String(protocol),
    metric: attributes.get(RTA_PRIORITY)?.readUInt32LE() ?? 0,
  };
}

/** Reads a RTM_NEWNEIGH message; undefined when it is of a bridge, not of IP. */
export function parseNeighbour({ body }: NetlinkMessage): KernelNeighbour | undefined {
  if (![AF_INET, AF_INET6].includes(body.readUInt8(0))) return undefined;
  const attributes = decodeAttributes(body.subarray(NDMSG_LENGTH));
  const [address, mac] = [attributes.get(NDA_DST), attributes.get(NDA_LLADDR)];
  if (address === undefined) return undefined;
  return {
    device: body.readInt32LE(4),
    address: addressOf(address),
    mac: mac?.length === 6 ? Mac.of(BigInt(`0x${mac.toString('hex')}`)) : undefined,
    state: body.readUInt16LE(8),
  };
}

const addressOf = (octets: Buffer): Address =>
  Address.of(octets.length === 16 ? 6 : 4, BigInt(`0x${octets.toString('hex')}`));

const lifetime = (seconds = FOR_EVER): number => (seconds === FOR_EVER ? Infinity : seconds);
