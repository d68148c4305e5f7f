/** The subports of trunks, as they stand in the store. */
import type { Kysely } from 'kysely';
import { slices } from '../repository.ts';
import type { Tables } from '../tables.ts';
import type { Subport } from './definition.ts';

/** A subport, with what is told of its port. */
interface SubportWithPort extends Subport {
  readonly mac_address: string;
  readonly status: string;
}

/** Subports by trunk, in the order of their VLANs. */
export async function subportsOf(
  db: Kysely<Tables>,
  trunkIds: readonly string[],
): Promise<Map<string, SubportWithPort[]>> {
  const found: (SubportWithPort & { trunk_id: string })[] = [];
  for (const ids of slices(trunkIds))
    found.push(
      ...(await db
        .selectFrom('trunk_subports')
        .innerJoin('ports', 'ports.id', 'trunk_subports.port_id')
        .select([
          'trunk_id',
          'port_id',
          'segmentation_type',
          'segmentation_id',
          'mac_address',
          'ports.status',
        ])
        .where('trunk_id', 'in', ids)
        .orderBy('segmentation_id')
        .execute()),
    );
  return Map.groupBy(found, ({ trunk_id }) => trunk_id);
}

/** As the API has one. */
export const asSubport = ({ port_id, segmentation_type, segmentation_id }: Subport): Subport => ({
  port_id,
  segmentation_type,
  segmentation_id,
});

/** The trunk that a port is a subport of. */
export const trunkWith = async (db: Kysely<Tables>, portId: string): Promise<string | undefined> =>
  (await db.selectFrom('trunk_subports').select('trunk_id').where('port_id', '=', portId).executeTakeFirst())
    ?.trunk_id;
