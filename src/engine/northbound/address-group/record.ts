/** What plans know of an address group. */
import { Prefix } from '../../../addressing/index.ts';
import { columnsOf } from '../records/columns.ts';
import type { AddressGroupSource } from './read.ts';

export interface AddressGroupRecord {
  readonly id: string;
  /** Of both families, without doubles. */
  readonly addresses: readonly Prefix[];
}

/** @throws PlanError */
export const addressGroupRecord = (source: AddressGroupSource): AddressGroupRecord => ({
  id: source.id,
  addresses: columnsOf(
    source,
    'address group',
    source.id,
  )('addresses', (texts) => texts.map((text) => Prefix.parse(text))),
});
