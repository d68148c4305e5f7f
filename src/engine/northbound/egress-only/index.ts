/** Routers that let in nothing but answers to what instances sent (`egress_only_ipv6`), as far as that is OVN's to do. */
import { found, itself, named, on } from '../dependency.ts';
import { egressOnlyRoutersOnNetworks } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planEgressOnly } from './plan.ts';
import { type EgressOnlySource, readEgressOnly } from './read.ts';

export const egressOnlyUnit: Unit<EgressOnlySource> = {
  kind: 'egress_only',
  table: 'routers',
  read: readEgressOnly,
  plan: planEgressOnly,
  dependsOn: [
    on('router', ['egress_only_ipv6', 'external_gateways', 'routes'], itself),
    on('port', ['delegated_prefixes'], found(egressOnlyRoutersOnNetworks, named('network_id'))),
    on('anycast_address', [], named('router_id')),
    // By which instances are known outside.
    on('floatingip', ['port_id', 'fixed_ip_address'], named('router_id')),
  ],
};

export { type Inside, type InsideRows, insideOf, readInside } from './inside.ts';
