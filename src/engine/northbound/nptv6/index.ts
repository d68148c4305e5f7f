/** Network prefix translations of routers: the way to the hosts' translators, and back. */
import { type ChangeOf, found, itself, named, on } from '../dependency.ts';
import { isRouters, routersBehindNetworks } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planNptv6 } from './plan.ts';
import { type Nptv6Source, readNptv6 } from './read.ts';

/** The routers that ports belong to, or did. */
const routersOfPorts = (changes: readonly ChangeOf<'port'>[]): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.some(isRouters) ? links.device_id : []));

export const nptv6Unit: Unit<Nptv6Source> = {
  kind: 'nptv6',
  table: 'routers',
  read: readNptv6,
  plan: planNptv6,
  dependsOn: [
    on('nptv6_translation', [], named('router_id')),
    on('router', ['enable_ndp_proxy'], itself),
    on('port', ['fixed_ips', 'device_owner'], routersOfPorts),
    on('network', ['nat64_prefix'], found(routersBehindNetworks)),
    // Who is known outside otherwise.
    on('floatingip', ['port_id', 'fixed_ip_address'], named('router_id')),
    on('ndp_proxy', [], named('router_id')),
  ],
};
