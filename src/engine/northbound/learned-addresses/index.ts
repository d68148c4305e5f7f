/**
 * What instances of a security group's ports took for themselves: an address set, for rules that name the group. It
 * stands beside the sets that OVN makes of the ports, for there each change has northd look at everything.
 */
import { itself, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planLearnedAddresses } from './plan.ts';
import { type LearnedAddressesSource, readLearnedAddresses } from './read.ts';

export const learnedAddressesUnit: Unit<LearnedAddressesSource> = {
  kind: 'learned_addresses',
  table: 'security_groups',
  read: readLearnedAddresses,
  plan: planLearnedAddresses,
  dependsOn: [on('security_group', ['learned_addresses'], itself)],
};
