/**
 * Where routers have prefixes translated (RFC 6296): OVN's `localport` on a switch that a router has for it alone, which
 * every host has for itself. What a router sends there comes back on the host that it was on, with other addresses.
 */
import { Address, type Mac } from '../addressing/index.ts';
import { localMac } from './service-port.ts';

/** The names in OVN of the port, and of the switch, are this and the router's id. */
const NPTV6_PREFIX = 'nptv6-';

export const nptv6PortName = (routerId: string): string => `${NPTV6_PREFIX}${routerId}`;

/** The router that such a port is of. */
export const routerOfNptv6Port = (name: string): string | undefined =>
  name.startsWith(NPTV6_PREFIX) ? name.slice(NPTV6_PREFIX.length) : undefined;

/** The router's address there: what it has to say of packets that came back is from it. In the prefix of services. */
export const NPTV6_ROUTER = Address.parse('fd00:a9fe:a9fe::6296:0');
/** By which the router knows the translator: the other address of a /127. */
export const NPTV6_TRANSLATOR = Address.parse('fd00:a9fe:a9fe::6296:1');
export const NPTV6_LENGTH = 127;

/** The MAC addresses on that switch, of the router or of the translator: local, and the same whenever they are asked for. */
export function nptv6Mac(routerId: string, whose: 'router' | 'translator'): Mac {
  return localMac(`nptv6 ${whose} of ${routerId}`);
}
