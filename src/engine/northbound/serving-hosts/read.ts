/** What the groups of hosts that serve hardware ports are made from. */
import type { Kysely } from 'kysely';
import { networksWithHardware, servingHostsOf, type Tables } from '../../../resources/index.ts';

export interface ServingHostsSource {
  /** Of the network. */
  readonly id: string;
  /** Names in OVN, in the order in which they take over. */
  readonly chassis: readonly string[];
}

/** Those networks that have hardware ports. */
export async function readServingHosts(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ServingHostsSource[]> {
  const rows = await networksWithHardware(db).distinct().where('network_id', 'in', ids).execute();
  const hosts = await servingHostsOf(
    db,
    rows.map(({ network_id }) => network_id),
  );
  return rows.map(({ network_id: id }) => ({
    id,
    chassis: (hosts.get(id) ?? []).map(({ chassis }) => chassis),
  }));
}
