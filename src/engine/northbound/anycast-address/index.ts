/** Anycast addresses: routes to the members that get traffic. */
import { ROUTER_INTERFACE } from '../../../resources/index.ts';
import { type ChangeOf, found, itself, on } from '../dependency.ts';
import { anycastAddressesOfPorts, anycastAddressesOfRouters } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planAnycastAddress } from './plan.ts';
import { type AnycastAddressSource, readAnycastAddresses } from './read.ts';
import { anycastAddressRecord } from './record.ts';

/** The routers that have, or had, ports as their interfaces. */
const routersOfInterfaces = (changes: readonly ChangeOf<'port'>[]): string[] =>
  changes.flatMap(({ links }) => (links.device_owner.includes(ROUTER_INTERFACE) ? links.device_id : []));

export const anycastAddressUnit: Unit<AnycastAddressSource> = {
  kind: 'anycast_address',
  table: 'anycast_addresses',
  read: readAnycastAddresses,
  plan: (source) => planAnycastAddress(anycastAddressRecord(source)),
  dependsOn: [
    on('anycast_address', ['port_ids', 'members'], itself),
    on('port', ['fixed_ips'], found(anycastAddressesOfPorts)),
    // A member gets traffic at an address on a subnet that the router is attached to.
    on('port', ['fixed_ips'], found(anycastAddressesOfRouters, routersOfInterfaces)),
  ],
};
