/**
 * Address groups: address sets, one for each family. Where it is known which addresses came or went, these are units of
 * their own (`address-group-member`), and the group is not looked at.
 */
import { type ChangeOf, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planAddressGroup } from './plan.ts';
import { type AddressGroupSource, readAddressGroups } from './read.ts';
import { addressGroupRecord } from './record.ts';

export { membersFor } from './plan.ts';

/** Groups of which too much has changed to be named, or what is not looked at by itself. */
const asWhole = (changes: readonly ChangeOf<'address_group'>[]): string[] =>
  changes.flatMap(({ id, links }) => (links.members?.every(isMemberByItself) ? [] : id));

/**
 * Whether an address or prefix is one member of a set, and no other's: all addresses are two halves, each of which may
 * be there in its own right.
 */
export const isMemberByItself = (text: string): boolean => !/\/[01]$/.test(text);

export const addressGroupUnit: Unit<AddressGroupSource> = {
  kind: 'address_group',
  table: 'address_groups',
  read: readAddressGroups,
  plan: (source) => planAddressGroup(addressGroupRecord(source)),
  dependsOn: [on('address_group', ['addresses'], asWhole)],
};
