/** NAT64 of routers: the way through the translators on the hosts of their gateways. */
import { found, itself, named, on } from '../dependency.ts';
import { routersBehindNetworks } from '../lookups.ts';
import { routersOfPorts } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planNat64 } from './plan.ts';
import { type Nat64Source, nat64PrefixesOf, readNat64 } from './read.ts';

export const nat64Unit: Unit<Nat64Source> = {
  kind: 'nat64',
  table: 'routers',
  read: readNat64,
  plan: planNat64,
  dependsOn: [
    on('router', ['external_gateway_info'], itself),
    on('port', ['fixed_ips', 'device_owner'], routersOfPorts),
    on('network', ['nat64_prefix'], found(routersBehindNetworks)),
    on('floatingip', ['port_id', 'fixed_ip_address'], named('router_id')),
  ],
};

export { nat64PrefixesOf };
