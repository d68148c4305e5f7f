/**
 * A network's service port: OVN's `localport`, a port that every host has for itself. Behind it a host serves the
 * network's instances with DHCPv6, metadata, DNS and what OVN's router advertisements cannot say.
 */
import { hash } from 'node:crypto';
import { Address, Mac, Prefix } from '../addressing/index.ts';

/** The service port's name in OVN is this and the network's id. */
export const SERVICE_PORT_PREFIX = 'svc-';

export const servicePortName = (networkId: string): string => `${SERVICE_PORT_PREFIX}${networkId}`;

/** Where services are on every network: the IPv6 metadata address that OpenStack's clients know. */
export const SERVICE_LINK_LOCAL = Address.parse('fe80::a9fe:a9fe');

/** The same for clients that cannot say on which link an address is. It is on-link on every network. */
export const SERVICE_ADDRESS = Address.parse('fd00:a9fe:a9fe::254');
export const SERVICE_PREFIX = Prefix.of(SERVICE_ADDRESS, 64);

/** The same for IPv4. */
export const SERVICE_ADDRESS_V4 = Address.parse('169.254.169.254');

/** The MAC address of a network's service port: local, and the same whenever it is asked for. */
export function serviceMac(networkId: string): Mac {
  const octets = hash('sha256', `service port of ${networkId}`).slice(0, 10).match(/../g)!;
  return Mac.parse(['0e', ...octets].join(':'));
}
