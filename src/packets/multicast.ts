/** Multicast addresses and the MAC addresses they map to. */

import { Address, Mac } from '../addressing/index.ts';

/** All nodes of the link (RFC 4291 section 2.7.1). */
export const ALL_NODES = Address.parse('ff02::1');
/** All routers of the link (RFC 4291 section 2.7.1). */
export const ALL_ROUTERS = Address.parse('ff02::2');
/** Every station of the link. */
export const BROADCAST_MAC = Mac.parse('ff:ff:ff:ff:ff:ff');

const SOLICITED_NODE = Address.parse('ff02::1:ff00:0').value;

/** The solicited-node group of an IPv6 unicast address (RFC 4291 section 2.7.1). */
export const solicitedNode = (address: Address): Address =>
  Address.of(6, SOLICITED_NODE | (address.value & 0xff_ffffn));

/**
 * Where a frame for a multicast group goes: 33:33 and 32 bits (RFC 2464 section 7), 01:00:5e and 23 (RFC 1112
 * section 6.4).
 */
export const multicastMac = (group: Address): Mac =>
  group.family === 6
    ? Mac.of(0x3333_0000_0000n | (group.value & 0xffff_ffffn))
    : Mac.of(0x0100_5e00_0000n | (group.value & 0x7f_ffffn));
