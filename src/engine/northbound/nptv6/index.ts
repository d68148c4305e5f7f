/** Network prefix translations of routers: the way to the hosts' translators, and back. */
import { found, itself, named, on } from '../dependency.ts';
import { routersBehindNetworks } from '../lookups.ts';
import { routersOfPorts } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planNptv6 } from './plan.ts';
import { type Nptv6Source, readNptv6 } from './read.ts';

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
