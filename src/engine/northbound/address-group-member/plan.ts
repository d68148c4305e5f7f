/** What an address is in the sets of its group. Pure. */
import { Prefix } from '../../../addressing/index.ts';
import type { PlannedMember } from '../../reconciler/plan.ts';
import { membersFor } from '../address-group/index.ts';
import { addressSetRef } from '../names.ts';
import type { MemberSource } from './read.ts';

/** An address is a member of its family's set, or is not. */
export function planMember({ groupId, address, isIn }: Omit<MemberSource, 'id'>): PlannedMember[] {
  const prefix = Prefix.parse(address);
  const holder = addressSetRef(groupId, prefix.family);
  return membersFor(prefix).map((member) => ({ holder, member, isIn }));
}
