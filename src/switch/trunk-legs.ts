/**
 * How the subports of a trunk are plugged in: by a leg each, a pair of patch ports of the guard bridge. What comes from
 * the trunk's device with the VLAN of a subport goes into the leg without its tag, and comes out of the other end as if
 * that were the device of an instance of its own. So the guard's rules for a subport are those for any port.
 *
 *     instance ── tap ─ br-vif ─ trunk-ID ══ sub-ID (iface-id=ID) ─ br-vif ─ to-int-ID ══ ...
 *
 * Pure but for the transactions that it adds to.
 */
import type { Mac } from '../addressing/index.ts';
import { INSTANCE_BRIDGE } from './chassis.ts';
import { TRUNK_MARK } from './instance-port.ts';
import type { SwitchDatabase, SwitchTransaction } from './switch-database.ts';

/** Key in external_ids of a leg's end at the trunk: whose leg it is. */
const LEG_MARK = 'sextant:subport';

/** The leg of a subport. */
export interface TrunkLeg {
  readonly subport: string;
  /** The trunk's own port. */
  readonly trunk: string;
}

const endAtTrunk = (portId: string): string => `trunk-${portId}`;
const endOfSubport = (portId: string): string => `sub-${portId}`;

/** The legs that there are, with the OpenFlow numbers of their ends at the trunk; 0 for one that has none yet. */
export function legsOf(database: SwitchDatabase): (TrunkLeg & { readonly number: number })[] {
  return database.interfacesOn(INSTANCE_BRIDGE).flatMap(({ external_ids, ofport, ofport_request }) => {
    const [subport, trunk] = [external_ids.get(LEG_MARK), external_ids.get(TRUNK_MARK)];
    if (subport === undefined || trunk === undefined) return [];
    const number = ofport !== undefined && ofport > 0 ? ofport : (ofport_request ?? 0);
    return [{ subport, trunk, number }];
  });
}

/** Makes the leg of a subport, or makes it that of another trunk. */
export function plugLeg(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { subport, trunk }: TrunkLeg,
  mac: Mac,
): void {
  const [near, far] = [endAtTrunk(subport), endOfSubport(subport)];
  for (const [name, peer, marks] of [
    [near, far, { [LEG_MARK]: subport }],
    [far, near, { 'iface-id': subport, 'attached-mac': mac.toString() }],
  ] as const)
    database.putPort(transaction, INSTANCE_BRIDGE, name, {
      type: 'patch',
      options: { peer },
      external_ids: { [TRUNK_MARK]: trunk, ...marks },
    });
}

/** Has a leg keep its number when the switch starts anew: flows send to it by that. */
export function keepLegNumber(
  transaction: SwitchTransaction,
  database: SwitchDatabase,
  { subport, number }: { readonly subport: string; readonly number: number },
): void {
  if (number > 0)
    database.putPort(transaction, INSTANCE_BRIDGE, endAtTrunk(subport), { ofport_request: number });
}

/** Takes the leg of a subport away; no flow may send to it any more. */
export function unplugLeg(transaction: SwitchTransaction, database: SwitchDatabase, subport: string): void {
  database.removePort(transaction, endAtTrunk(subport));
  database.removePort(transaction, endOfSubport(subport));
}
