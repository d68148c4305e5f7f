/** The rows of an address group. Pure. */
import type { Family, Prefix } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { addressSetName, key } from '../names.ts';
import type { AddressGroupRecord } from './record.ts';

/** An address group is an address set for each family, empty ones too: a rule may name either. */
export function planAddressGroup(group: AddressGroupRecord): PlannedRow[] {
  return ([4, 6] as const).map((family) => ({
    table: 'Address_Set',
    key: key.addressSet(family),
    columns: {
      name: `${addressSetName(group.id)}_ip${family}`,
      addresses: group.addresses.filter((prefix) => prefix.family === family).flatMap(membersFor),
    },
  }));
}

const ADDRESS_LENGTH = { 4: 32, 6: 128 } as const satisfies Record<Family, number>;

/** A prefix as OVN takes it: one without bits to compare is no constant there, so all addresses are two halves. */
export function membersFor(prefix: Prefix): string[] {
  const { family, length, network } = prefix;
  if (length === ADDRESS_LENGTH[family]) return [`${network}`];
  if (length > 0) return [`${prefix}`];
  return family === 4 ? ['0.0.0.0/1', '128.0.0.0/1'] : ['::/1', '8000::/1'];
}
