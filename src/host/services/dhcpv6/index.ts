/**
 * DHCPv6 for instances (RFC 8415): addresses, delegated prefixes and settings, computed from the facts of port and
 * network without any lease on record.
 *
 * Begin with `dhcpv6-service.ts`, which has the frames; `answer.ts` has the protocol and is pure.
 */
export { Dhcpv6Service } from './dhcpv6-service.ts';
