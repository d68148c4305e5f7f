/** Addresses and routes of devices, given by hand as an operator would: rtnetlink(7). */

import { existsSync, writeFileSync } from 'node:fs';
import type { Address, Family, Prefix } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { AF_INET, AF_INET6, familyOf } from './libc.ts';
import { inNamespace } from './namespace.ts';
import { NetlinkSocket, REPLACE } from './netlink.ts';
import { attribute32, encodeAttribute } from './netlink-message.ts';
import {
  IFA_ADDRESS,
  IFA_LOCAL,
  RT_TABLE_MAIN,
  RTA_DST,
  RTA_GATEWAY,
  RTA_OIF,
  RTA_PRIORITY,
  RTN_UNICAST,
} from './rtnetlink.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_NEWROUTE = 24;
const IFA_F_NODAD = 0x02;
const RTPROT_STATIC = 4;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_UNIVERSE = 0;

/**
 * Gives a device an address, usable at once: there is no duplicate address detection.
 * @param device index of the device
 * @param length of the prefix that is on the link
 */
export function addAddress(namespace: string | null, device: number, address: Address, length: number): void {
  using socket = new NetlinkSocket(namespace);
  const message = addressMessage(device, address, length);
  socket.request(`add address ${address}/${length}`, RTM_NEWADDR, REPLACE, message);
}

/**
 * Takes an address from a device.
 * @throws SystemCallError `EADDRNOTAVAIL` when it has none such
 */
export function removeAddress(
  namespace: string | null,
  device: number,
  address: Address,
  length: number,
): void {
  using socket = new NetlinkSocket(namespace);
  const message = addressMessage(device, address, length);
  socket.request(`remove address ${address}/${length}`, RTM_DELADDR, 0, message);
}

function addressMessage(device: number, address: Address, length: number): Buffer[] {
  // struct ifaddrmsg: family, prefix length, flags, scope, device.
  const header = Buffer.from([familyOf(address), length, IFA_F_NODAD, 0, 0, 0, 0, 0]);
  header.writeInt32LE(device, 4);
  const octets = addressOctets(address);
  return [header, encodeAttribute(IFA_LOCAL, octets), encodeAttribute(IFA_ADDRESS, octets)];
}

/**
 * Has everything that is sent through a device go to whoever is on its link, whatever the address. Sockets that are
 * bound to a device find the route of theirs, so that several devices may have one; the device's index is the metric.
 */
export function addOnLinkDefault(namespace: string | null, device: number, family: Family): void {
  const scope = family === 6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  using socket = new NetlinkSocket(namespace);
  socket.request(`add default route on device ${device}`, RTM_NEWROUTE, REPLACE, [
    routeHeader(family, 0, scope),
    attribute32(RTA_OIF, device),
    attribute32(RTA_PRIORITY, device),
  ]);
}

/** Has what is sent to a prefix go through a device to a gateway. */
export function addRoute(
  namespace: string | null,
  device: number,
  { destination, gateway }: { readonly destination: Prefix; readonly gateway: Address },
): void {
  using socket = new NetlinkSocket(namespace);
  socket.request(`add route to ${destination} by ${gateway}`, RTM_NEWROUTE, REPLACE, [
    routeHeader(gateway.family, destination.length, RT_SCOPE_UNIVERSE),
    encodeAttribute(RTA_DST, addressOctets(destination.network)),
    encodeAttribute(RTA_GATEWAY, addressOctets(gateway)),
    attribute32(RTA_OIF, device),
  ]);
}

/** struct rtmsg: family, destination and source prefix lengths, TOS, table, protocol, scope, type, flags. */
const routeHeader = (family: Family, length: number, scope: number): Buffer =>
  Buffer.from([
    ...[family === 6 ? AF_INET6 : AF_INET, length, 0, 0],
    ...[RT_TABLE_MAIN, RTPROT_STATIC, scope, RTN_UNICAST, 0, 0, 0, 0],
  ]);

/**
 * Keeps the kernel from speaking IPv6 on a device. On one whose MTU is below 1280 octets it speaks none anyhow, and
 * has no such setting.
 */
export function disableIpv6(namespace: string | null, device: string): void {
  inNamespace(namespace, () => {
    const setting = `/proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
    if (existsSync(setting)) writeFileSync(setting, '1');
  });
}
