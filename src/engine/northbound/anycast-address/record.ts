/** What plans know of an anycast address. */

import { Address } from '../../../addressing/index.ts';
import type { AnycastMember } from '../../../resources/index.ts';
import { columnsOf } from '../records/columns.ts';
import type { AnycastAddressSource } from './read.ts';

/** An address that several instances serve. */
export interface AnycastAddressRecord {
  readonly id: string;
  readonly routerId: string;
  readonly address: Address;
  readonly members: readonly AnycastMember[];
}

/** @throws PlanError */
export const anycastAddressRecord = ({ row, members }: AnycastAddressSource): AnycastAddressRecord => ({
  id: row.id,
  routerId: row.router_id,
  address: columnsOf(row, 'anycast address', row.id)('address', (text) => Address.parse(text)),
  members,
});
