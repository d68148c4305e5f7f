/**
 * DHCPv4 for instances of networks where IPv6 is preferred, computed from the facts of port and network without any lease
 * on record.
 *
 * Begin with `dhcpv4-service.ts`, which has the frames; `answer.ts` has the protocol and is pure.
 */
export { Dhcpv4Service } from './dhcpv4-service.ts';
