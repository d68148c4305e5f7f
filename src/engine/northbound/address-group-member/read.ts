/** What members of address groups are made from. */

import type { Kysely } from 'kysely';
import { presentInGroup, type Tables } from '../../../resources/index.ts';

export interface MemberSource {
  readonly id: string;
  readonly groupId: string;
  /** With its prefix length. */
  readonly address: string;
  readonly isIn: boolean;
}

/** The id of a unit: of the group and of the address. */
export const memberId = (groupId: string, address: string): string => `${groupId} ${address}`;

/** Whether addresses are in their groups; those of groups that are gone are left out. */
export async function readGroupMembers(db: Kysely<Tables>, ids: readonly string[]): Promise<MemberSource[]> {
  const asked = ids.map((id) => {
    const [groupId = '', address = ''] = id.split(' ');
    return { id, groupId, address };
  });
  const present = new Map<string, ReadonlySet<string>>();
  for (const [groupId, members] of Map.groupBy(asked, (one) => one.groupId)) {
    const found = await presentInGroup(
      db,
      groupId,
      members.map(({ address }) => address),
    );
    if (found !== undefined) present.set(groupId, found);
  }
  return asked.flatMap((one) => {
    const members = present.get(one.groupId);
    return members === undefined ? [] : { ...one, isIn: members.has(one.address) };
  });
}
