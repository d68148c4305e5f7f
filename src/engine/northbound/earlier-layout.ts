/** From what earlier releases left in the northbound database to what this one makes. */
import { type Store, slices } from '../../resources/index.ts';
import type { UnitName } from '../reconciler/plan.ts';
import type { ReplicaView } from '../reconciler/replica-view.ts';
import { openPorts } from './lookups.ts';
import { DEFAULT_DROP, unitOf } from './names.ts';

/** The unit of a port group of all protected ports, whose ACLs dropped what no security group let through. */
const DROP_GROUP: UnitName = unitOf('drop_group', 'all');
/** Units that are applied at once. */
const PORTION_SIZE = 500;

/**
 * Has all be dropped by default before protected ports leave the group that did it, and only when the ports that are open
 * are known to be: nothing is open or cut off in between. The group itself goes with the next look at everything.
 */
export async function leaveDropGroup(
  store: Store,
  view: ReplicaView,
  apply: (units: readonly UnitName[]) => Promise<void>,
): Promise<void> {
  if (view.rowsOf(DROP_GROUP).next().done) return;
  const networks = await store.read.selectFrom('networks').select('id').execute();
  const ports = await openPorts(store.read);
  const units = [
    ...networks.map(({ id }) => unitOf('network', id)),
    ...ports.map(({ id }) => unitOf('port', id)),
  ];
  for (const portion of slices(units, PORTION_SIZE)) await apply(portion);
  await apply([DEFAULT_DROP]);
}
