/**
 * Where gateway hosts translate IPv6 to IPv4: OVN's `localport` on an external network, which every host has for itself.
 * What a router sends there comes out on the host that has the router's gateway.
 */
import { hash } from 'node:crypto';
import { Address, Mac } from '../addressing/index.ts';
import { SERVICE_MAC_BEGIN } from './service-port.ts';

/** The port's name in OVN is this and the network's id. */
const NAT64_PORT_PREFIX = 'nat64-';

export const nat64PortName = (networkId: string): string => `${NAT64_PORT_PREFIX}${networkId}`;

/** From which translated packets reach the router: for what is between IPv4 and IPv6 alone (RFC 7335). */
export const NAT64_ADDRESS = Address.parse('192.0.0.2');

/** The MAC address of a network's translators: local, and the same whenever it is asked for. */
export function nat64Mac(networkId: string): Mac {
  const octets = hash('sha256', `translator on ${networkId}`).slice(0, 10).match(/../g)!;
  return Mac.parse([SERVICE_MAC_BEGIN.toString(16).padStart(2, '0'), ...octets].join(':'));
}
