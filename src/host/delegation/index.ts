/**
 * Prefixes that providers delegate to routers, on the host of their gateway: in goes what the facts of a gateway's port
 * say is to be asked for, out come DHCPv6 messages on the external network, and reports to the service.
 *
 * Begin with `delegation-service.ts`; `delegation-client.ts` is the protocol.
 */
export { DelegationService } from './delegation-service.ts';
