/** Anycast addresses: routes to the members that get traffic. */
import { found, itself, on } from '../dependency.ts';
import { anycastAddressesOfPorts, anycastAddressesOfRouters } from '../lookups.ts';
import { routersOfInterfaces } from '../router-ports.ts';
import type { Unit } from '../unit.ts';
import { planAnycastAddress } from './plan.ts';
import { type AnycastAddressSource, readAnycastAddresses } from './read.ts';
import { anycastAddressRecord } from './record.ts';

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
