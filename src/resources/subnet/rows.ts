/** Subnets as other resources read them. */
import type { Kysely } from 'kysely';
import type { NetworkRow, SubnetRow, Tables } from '../../resources/tables.ts';
import { statement } from '../../store/index.ts';
import { columnOf, storedAttributes } from '../definition/definition.ts';
import { findRow, fromRow } from '../repository.ts';
import { type Subnet, subnet } from './definition.ts';

/** A row of the table as a subnet. */
export const subnetOf = (row: SubnetRow): Subnet => fromRow(subnet, row);

const onNetwork = statement((db: Kysely<Tables>, networkId: string) =>
  db.selectFrom('subnets').selectAll().where('network_id', '=', networkId).orderBy('id'),
);

/** The subnets on a network, oldest first. */
export async function subnetsOn(db: Kysely<Tables>, networkId: string): Promise<Subnet[]> {
  return (await onNetwork.all(db, networkId)).map(subnetOf);
}

export interface NetworkWithSubnets {
  readonly network: NetworkRow;
  /** Oldest first. */
  readonly subnets: readonly Subnet[];
}

/** Before the columns of a subnet that stand beside those of its network. */
const BESIDE = 'subnet:';
const subnetColumns = storedAttributes(subnet).map(([name]) => columnOf(name) as keyof SubnetRow);

const withNetwork = statement((db: Kysely<Tables>, id: string) =>
  db
    .selectFrom('networks')
    .leftJoin('subnets', 'subnets.network_id', 'networks.id')
    .selectAll('networks')
    .select(subnetColumns.map((column) => `subnets.${column} as ${BESIDE}${column}` as const))
    .where('networks.id', '=', id)
    .orderBy('subnets.id'),
);

/** A network with its subnets, in one question. */
export async function networkWithSubnets(
  db: Kysely<Tables>,
  id: string,
): Promise<NetworkWithSubnets | undefined> {
  const rows = await withNetwork.all(db, id);
  const [network] = rows;
  if (network === undefined) return undefined;
  const subnets = rows.flatMap((row) => {
    const own = Object.fromEntries(subnetColumns.map((column) => [column, row[`${BESIDE}${column}`]]));
    return own.id === null ? [] : [subnetOf(own as unknown as SubnetRow)];
  });
  return { network, subnets };
}

/** Those of these subnets that there are. */
export const subnetRows = statement((db: Kysely<Tables>, ids: readonly string[]) =>
  db.selectFrom('subnets').selectAll().where('id', 'in', ids),
);

export async function findSubnet(db: Kysely<Tables>, id: string): Promise<Subnet | undefined> {
  const row = await findRow(db, 'subnets', id);
  return row && subnetOf(row);
}
