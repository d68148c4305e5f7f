/** The drop group: what no security group lets through is dropped. It is always there. */
import { DROP_GROUP_ID } from '../names.ts';
import type { Unit, UnitSource } from '../unit.ts';
import { planDropGroup } from './plan.ts';

const ids = [DROP_GROUP_ID];

export const dropGroupUnit: Unit = {
  kind: 'drop_group',
  ids,
  read: async (_db, asked): Promise<UnitSource[]> =>
    ids.filter((id) => asked.includes(id)).map((id) => ({ id })),
  plan: planDropGroup,
  dependsOn: [],
};
