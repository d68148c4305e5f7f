/** Addresses and routes of devices, given by hand as an operator would: rtnetlink(7). */

import { existsSync, writeFileSync } from 'node:fs';
import type { Address, Family } from '../addressing/index.ts';
import { addressOctets } from '../packets/index.ts';
import { AF_INET, AF_INET6, familyOf } from './libc.ts';
import { inNamespace } from './namespace.ts';
import { NetlinkSocket, REPLACE } from './netlink.ts';
import { attribute32, encodeAttribute } from './netlink-message.ts';
import { IFA_ADDRESS, IFA_LOCAL, RT_TABLE_MAIN, RTA_OIF, RTA_PRIORITY, RTN_UNICAST } from './rtnetlink.ts';

const RTM_NEWADDR = 20;
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
  // struct ifaddrmsg: family, prefix length, flags, scope, device.
  const header = Buffer.from([familyOf(address), length, IFA_F_NODAD, 0, 0, 0, 0, 0]);
  header.writeInt32LE(device, 4);
  const octets = addressOctets(address);
  using socket = new NetlinkSocket(namespace);
  socket.request(`add address ${address}/${length}`, RTM_NEWADDR, REPLACE, [
    header,
    encodeAttribute(IFA_LOCAL, octets),
    encodeAttribute(IFA_ADDRESS, octets),
  ]);
}

/**
 * Has everything that is sent through a device go to whoever is on its link, whatever the address. Sockets that are
 * bound to a device find the route of theirs, so that several devices may have one; the device's index is the metric.
 */
export function addOnLinkDefault(namespace: string | null, device: number, family: Family): void {
  const isV6 = family === 6;
  // struct rtmsg: family, destination and source prefix lengths, TOS, table, protocol, scope, type, flags.
  const header = Buffer.from([
    isV6 ? AF_INET6 : AF_INET,
    0,
    0,
    0,
    RT_TABLE_MAIN,
    RTPROT_STATIC,
    isV6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
    RTN_UNICAST,
    0,
    0,
    0,
    0,
  ]);
  using socket = new NetlinkSocket(namespace);
  socket.request(`add default route on device ${device}`, RTM_NEWROUTE, REPLACE, [
    header,
    attribute32(RTA_OIF, device),
    attribute32(RTA_PRIORITY, device),
  ]);
}

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
