/** Address groups: address sets, one for each family. */
import { itself, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planAddressGroup } from './plan.ts';
import { type AddressGroupSource, readAddressGroups } from './read.ts';
import { addressGroupRecord } from './record.ts';

export const addressGroupUnit: Unit<AddressGroupSource> = {
  kind: 'address_group',
  table: 'address_groups',
  read: readAddressGroups,
  plan: (source) => planAddressGroup(addressGroupRecord(source)),
  dependsOn: [on('address_group', ['addresses'], itself)],
};
