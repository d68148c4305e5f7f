/** Anycast addresses: routes to the members that get traffic. */
import type { Unit } from '../unit.ts';
import { planAnycastAddress } from './plan.ts';
import { type AnycastAddressSource, readAnycastAddresses } from './read.ts';
import { anycastAddressRecord } from './record.ts';

export const anycastAddressUnit: Unit<AnycastAddressSource> = {
  kind: 'anycast_address',
  table: 'anycast_addresses',
  read: readAnycastAddresses,
  plan: (source) => planAnycastAddress(anycastAddressRecord(source)),
};
