/**
 * What a host with gateways finds out of the routers outside: in go their advertisements (RFC 4861 section 6.3.4) on the
 * bridges of physical networks, out come reports to the service, of who is there and who is gone. And what it says there
 * itself: that it answers for floating IPs from now on, and for instances to who asks.
 *
 * Begin with `upstream-discovery.ts`; `heard-table.ts` is who is there, `trunk-socket.ts` where that is heard.
 */
export { AddressAnnouncer } from './address-announcer.ts';
export { NeighbourProxy } from './neighbour-proxy.ts';
export { leadingPort } from './outside-voice.ts';
export { raiseBridge } from './trunk-socket.ts';
export { UpstreamDiscovery } from './upstream-discovery.ts';
