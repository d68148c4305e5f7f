/** Units of which there is one for all networks. */
import type { PlannedRow } from '../reconciler/plan.ts';
import { COMMON_ID } from './names.ts';
import type { Unit, UnitSource } from './unit.ts';

const ids = [COMMON_ID];

/** A kind of which there always is one, whose plan never changes. */
export const commonUnit = (kind: string, plan: () => PlannedRow[]): Unit => ({
  kind,
  ids,
  read: async (_db, asked): Promise<UnitSource[]> =>
    ids.filter((id) => asked.includes(id)).map((id) => ({ id })),
  plan,
  dependsOn: [],
});
