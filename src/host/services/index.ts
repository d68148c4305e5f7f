/**
 * What a host does for the networks that have instances on it: DHCPv6, DHCPv4 where IPv6 is preferred, router advertisements, DNS, metadata, and
 * asking the members of anycast addresses.
 *
 * Each of them is a `NetworkService`: it is told of a network's first and last instance and of changed facts, and gets
 * the frames that arrive at the network's service port. In go facts and frames; out come frames.
 *
 * Begin with `network-service.ts`, then `host-services.ts`, which runs them; `service-namespace.ts` has their devices.
 */
export { AnycastHealth } from './anycast/index.ts';
export { Dhcpv4Service } from './dhcpv4/index.ts';
export { Dhcpv6Service, switchMemory } from './dhcpv6/index.ts';
export { DnsForwarder, DnsService, machineServers } from './dns/index.ts';
export { HostServices } from './host-services.ts';
export {
  MetadataService,
  type NovaOptions,
  novaUpstream,
  ownUpstream,
  RememberedUpstream,
} from './metadata/index.ts';
export type { NetworkService } from './network-service.ts';
export { AdvertisementService } from './router-advertisements/index.ts';
export { filterFor } from './service-filter.ts';
