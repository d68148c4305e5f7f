/**
 * Sockets in network namespaces, most of them bound to a device: networks whose addresses are the same never mix, and what a socket sends leaves
 * by its device.
 */

import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { Address } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { familyOf, SOCK_CLOEXEC, setSocketOption, setSocketOptionBytes, socket } from './libc.ts';
import { inNamespace } from './namespace.ts';
import { bind, deviceIndex, SOL_SOCKET } from './raw-socket/system-calls.ts';

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SOL_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** Where a device is. */
interface DevicePlace {
  readonly namespace: string;
  readonly device: string;
}

/**
 * A TCP socket for all addresses of the device, of both families: IPv4 clients have IPv4-mapped addresses.
 * @returns its descriptor, for `listen({ fd })`
 * @throws SystemCallError
 */
export const openTcpSocket = (where: DevicePlace, port: number): number =>
  open(where, SOCK_STREAM, Address.of(6, 0n), port);

/**
 * A UDP socket for one address, so that answers come from the address that was asked.
 * @returns its descriptor, for `bind({ fd })`
 * @throws SystemCallError
 */
export const openUdpSocket = (where: DevicePlace, address: Address, port: number): number =>
  open(where, SOCK_DGRAM, address, port);

/**
 * A TCP socket on an address, in a network namespace; null is the process's own.
 * @returns its descriptor, for `listen({ fd })`
 * @throws SystemCallError `EADDRNOTAVAIL` when nobody has the address there, `EADDRINUSE` when somebody listens
 */
export const openListener = (namespace: string | null, address: string, port: number): number =>
  inNamespace(namespace, () => {
    const ip = Address.parse(address);
    return bound(ip, SOCK_STREAM, socketAddress(ip, port, 0));
  });

function open({ namespace, device }: DevicePlace, type: number, address: Address, port: number): number {
  return inNamespace(namespace, () => {
    const name = socketAddress(address, port, deviceIndex(device));
    return bound(address, type, name, (fd) =>
      setSocketOptionBytes(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${device}\0`)),
    );
  });
}

/** A socket that is bound; `prepare` is called before. */
function bound(
  address: Address,
  type: number,
  name: Uint8Array,
  prepare: (fd: number) => void = () => {},
): number {
  const fd = socket(familyOf(address), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  try {
    setSocketOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    prepare(fd);
    if (address.family === 6) setSocketOption(fd, SOL_IPV6, IPV6_V6ONLY, address.isUnspecified ? 0 : 1);
    bind(fd, name, name.length);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * Keeps a UDP port of an address from being refused (ICMPv6 "port unreachable"), for a service that gets datagrams as
 * frames. Nobody reads the socket: it drops what it has no room for.
 * @returns its descriptor, to be closed
 */
export function holdUdp(where: DevicePlace, address: Address, port: number): number {
  const fd = openUdpSocket(where, address, port);
  setSocketOption(fd, SOL_SOCKET, SO_RCVBUF, 0);
  return fd;
}

/** struct sockaddr_in or sockaddr_in6; the device says on which link a link-local address is. */
function socketAddress(address: Address, port: number, device: number): Buffer {
  const name = Buffer.alloc(address.family === 6 ? 28 : 16);
  name.writeUInt16LE(familyOf(address), 0);
  name.writeUInt16BE(port, 2);
  name.set(addressOctets(address), address.family === 6 ? 8 : 4);
  if (address.isLinkLocal && address.family === 6) name.writeUInt32LE(device, 24);
  return name;
}

/**
 * Who is at the other end of a connection; undefined when nobody is any more, or the device is gone. Node puts the
 * device's name behind a link-local address, and fails where there is no such device: it has to look in the device's
 * own namespace.
 */
export function peerAddress({ namespace }: DevicePlace, connection: Socket): Address | undefined {
  let text: string | undefined;
  try {
    text = inNamespace(namespace, () => connection.remoteAddress);
  } catch {
    return undefined; // nothing of this name or index is there any more
  }
  if (text === undefined) return undefined;
  const address = Address.parse(text.replace(/%.*$/, ''));
  return address.isMappedV4 ? Address.of(4, address.value & 0xffffffffn) : address;
}
