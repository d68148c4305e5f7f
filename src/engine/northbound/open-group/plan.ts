/** The rows that what is dropped by default hangs on. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key, METER_NAME, meterRef, OPEN_GROUP_NAME } from '../names.ts';

/**
 * The port group of all ports that security groups do not protect, and the meter of what is logged. Each network has a
 * port in it, that of the services, so OVN applies the group's ACLs to every network.
 */
export function planOpenGroup(): PlannedRow[] {
  return [...planMeter(), { table: 'Port_Group', key: key.group, columns: { name: OPEN_GROUP_NAME } }];
}

/** What limits how much is logged: packets a second for each ACL, and how many at once after a silence. */
const RATE = { packets: 100, burst: 25 };

/** The meter that logged ACLs share: `fair`, so that each is limited by itself. */
function planMeter(): PlannedRow[] {
  return [
    {
      table: 'Meter_Band',
      key: 'meter/band',
      columns: { action: 'drop', rate: RATE.packets, burst_size: RATE.burst },
      parent: meterRef,
    },
    { table: 'Meter', key: key.meter, columns: { name: METER_NAME, unit: 'pktps', fair: true } },
  ];
}
