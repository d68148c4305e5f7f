/**
 * A network's service port: OVN's `localport`, a port that every host has for itself. Behind it a host serves the
 * network's instances with DHCPv6, metadata, DNS and what OVN's router advertisements cannot say.
 */
import { hash } from 'node:crypto';
import { Mac } from '../addressing/index.ts';

export {
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
} from '../addressing/index.ts';

/** The service port's name in OVN is this and the network's id. */
export const SERVICE_PORT_PREFIX = 'svc-';

export const servicePortName = (networkId: string): string => `${SERVICE_PORT_PREFIX}${networkId}`;

/** With what the MAC addresses of service ports begin: no instance is given one that does, unless it is asked for. */
export const SERVICE_MAC_BEGIN = 0x0e;

/** A MAC address that begins like that: local, and the same whenever it is asked for by the same words. */
export function localMac(whose: string): Mac {
  const octets = hash('sha256', whose).slice(0, 10).match(/../g)!;
  return Mac.parse([SERVICE_MAC_BEGIN.toString(16).padStart(2, '0'), ...octets].join(':'));
}

/** The MAC address of a network's service port. */
export const serviceMac = (networkId: string): Mac => localMac(`service port of ${networkId}`);
