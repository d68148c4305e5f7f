/** The address set of what instances of a security group's ports took. Pure. */
import { Address } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key, learnedSetName } from '../names.ts';
import { columnsOf } from '../records/columns.ts';
import type { LearnedAddressesSource } from './read.ts';

/**
 * One set, of IPv6; an empty one too, for a rule may name it.
 * @throws PlanError
 */
export function planLearnedAddresses(source: LearnedAddressesSource): PlannedRow[] {
  const read = columnsOf(source, 'security group', source.id);
  return [
    {
      table: 'Address_Set',
      key: key.addressSet(6),
      columns: {
        name: learnedSetName(source.id),
        addresses: read('addresses', (keys) => keys.map((sortKey) => `${Address.fromSortKey(sortKey)}`)),
      },
    },
  ];
}
