/** The rows of a group of hosts that serve a network's hardware ports. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { HIGHEST_PRIORITY, key, servingGroupName, servingGroupRef } from '../names.ts';
import type { ServingHostsSource } from './read.ts';

/** The hosts watch each other by BFD (RFC 5880): the first that lives has the ports. */
export const planServingHosts = ({ id, chassis }: ServingHostsSource): PlannedRow[] => [
  { table: 'HA_Chassis_Group', key: key.group, columns: { name: servingGroupName(id) } },
  ...chassis.map(
    (name, index): PlannedRow => ({
      table: 'HA_Chassis',
      key: `chassis/${name}`,
      columns: { chassis_name: name, priority: HIGHEST_PRIORITY - index },
      parent: servingGroupRef(id),
    }),
  ),
];
