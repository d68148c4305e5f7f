/**
 * Where gateway hosts translate between IPv6 and IPv4: OVN's `localport` on an external network, which every host has for itself.
 * What a router sends there comes out on the host that has the router's gateway.
 */
import { Address, type Mac, Prefix } from '../addressing/index.ts';
import { localMac } from './service-port.ts';

/** The port's name in OVN is this and the network's id. */
const NAT64_PORT_PREFIX = 'nat64-';

export const nat64PortName = (networkId: string): string => `${NAT64_PORT_PREFIX}${networkId}`;

/** From which translated packets reach the router: for what is between IPv4 and IPv6 alone (RFC 7335). */
export const NAT64_ADDRESS = Address.parse('192.0.0.2');

/** From which instances see those who reach them by a floating IP of IPv6 for their IPv4 address. */
export const NAT64_CLIENTS = Address.parse('192.0.0.3');

/** Where floating IPs of IPv4 are on their way between router and translator: nobody has any of it (RFC 1112 section 4). */
const ROUTED_FOUR = Prefix.parse('240.0.0.0/4');
/** Likewise of IPv6: beside the addresses of hosts' services. */
const ROUTED_SIX = Prefix.parse('fd00:a9fe:a9fe:46::/96');

/**
 * The address that a floating IP has between router and translator. OVN would take the floating IP itself for one that has
 * yet to be led in. One of IPv4 is told by its last 28 bits, one of IPv6 by the address that it stands for.
 */
export const routedAddress = (floating: Address, fixed: Address): Address =>
  floating.family === 4
    ? Address.of(4, ROUTED_FOUR.network.value | (floating.value & 0x0fff_ffffn))
    : Address.of(6, ROUTED_SIX.network.value | fixed.value);

/** The MAC address of a network's translators: local, and the same whenever it is asked for. */
export function nat64Mac(networkId: string): Mac {
  return localMac(`translator on ${networkId}`);
}
