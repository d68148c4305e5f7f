/** The addresses of ports, as speakers and their hosts have them. */
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** The addresses of ports in their order, as text, by port; of ports without any, nothing. */
export async function addressesOfPorts(
  db: Kysely<Tables>,
  portIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (portIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('ip_allocations')
    .select(['port_id', 'ip_address'])
    .where('port_id', 'in', portIds)
    .orderBy('position')
    .execute();
  const byPort = Map.groupBy(rows, ({ port_id }) => port_id);
  return new Map(Array.from(byPort, ([id, own]) => [id, own.map(({ ip_address }) => ip_address)]));
}
