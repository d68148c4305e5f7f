/**
 * What of ports leaves by their own hosts: translations of routers, each port a unit, so that one that is made or moved
 * plans no router anew.
 */
import { found, itself, named, on } from '../dependency.ts';
import {
  allDistributedPorts,
  distributedPortsBeside,
  distributedPortsInScopes,
  distributedPortsOfRouters,
  distributedPortsOnPools,
  portsBehindRouters,
  portsOfNetworks,
  proxiedPortsOfRouters,
} from '../lookups.ts';
import { networksOfInterfaces, routersOfInterfaces } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planDistributedAddresses } from './plan.ts';
import { type DistributedAddressesSource, readDistributedAddresses } from './read.ts';
import { distributedAddresses } from './record.ts';

export const distributedAddressesUnit: Unit<DistributedAddressesSource> = {
  kind: 'distributed_addresses',
  table: 'ports',
  read: readDistributedAddresses,
  plan: (source) => planDistributedAddresses(distributedAddresses(source)),
  dependsOn: [
    on(
      'port',
      [
        'fixed_ips',
        'device_owner',
        'plugged',
        'port_security_enabled',
        'allowed_address_pairs',
        'binding:host_id',
        'binding:vnic_type',
        'binding:profile',
        'further_hosts',
        'forwarded',
      ],
      itself,
    ),
    on('port', ['fixed_ips', 'device_owner'], found(portsOfNetworks, networksOfInterfaces)),
    // Whether any network of their router is IPv6-mostly.
    on('port', ['fixed_ips', 'device_owner'], found(distributedPortsOfRouters, routersOfInterfaces)),
    on('network', ['nat64_prefix'], found(distributedPortsBeside)),
    on('nptv6_translation', [], found(distributedPortsOfRouters, named('router_id'))),
    on('router', ['distributed_ipv6'], found(portsBehindRouters)),
    on('router', ['external_gateway_info'], found(distributedPortsOfRouters)),
    // What stands for their addresses outside.
    on('floatingip', ['port_id', 'fixed_ip_address'], named('port_id')),
    on('ndp_proxy', [], named('port_id')),
    on('router', ['enable_ndp_proxy'], found(proxiedPortsOfRouters)),
    // Whether both ends are of one address scope.
    on('subnetpool', ['address_scope_id'], found(distributedPortsOnPools)),
    on('subnet', ['subnetpool_id'], found(distributedPortsInScopes, named('network_id'))),
    // Which hosts reach the external network.
    on('agent', ['configurations'], found(allDistributedPorts)),
  ],
};
