/**
 * DNS for instances: the names of their own network, and everything else by the machine's DNS servers.
 *
 * Begin with `dns-service.ts`; `dns-zone.ts` has the network's names, `dns-forwarder.ts` asks others.
 */
export { DnsForwarder, machineServers } from './dns-forwarder.ts';
export { DnsService } from './dns-service.ts';
