/**
 * DHCPv6 for instances (RFC 8415): addresses, delegated prefixes and settings, computed from the facts of port and
 * network without any lease on record. Of a client no more is remembered than what it takes to tell it of changes.
 *
 * Begin with `dhcpv6-service.ts`, which has the frames; `answer.ts` has the protocol and is pure.
 */
export { switchMemory } from './client-memory.ts';
export { Dhcpv6Service } from './dhcpv6-service.ts';
