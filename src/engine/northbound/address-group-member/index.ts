/**
 * Addresses that came into an address group, or left it: each is a member of one of the group's address sets. So a change
 * of a large group costs what changes. All of a group at once is `address-group`.
 */
import { isMemberByItself } from '../address-group/index.ts';
import { type ChangeOf, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planMember } from './plan.ts';
import { type MemberSource, memberId, readGroupMembers } from './read.ts';

const named = (changes: readonly ChangeOf<'address_group'>[]): string[] =>
  changes.flatMap(({ id, links }) =>
    (links.members ?? []).filter(isMemberByItself).map((address) => memberId(id, address)),
  );

export const addressGroupMemberUnit: Unit<MemberSource> = {
  kind: 'address_group_member',
  // Whoever looks at everything looks at the groups.
  ids: [],
  read: readGroupMembers,
  plan: planMember,
  dependsOn: [on('address_group', ['addresses'], named)],
};
