/** What port forwardings are made from. */
import type { Kysely } from 'kysely';
import type { FloatingIpRow, PortForwardingRow, Tables } from '../../../resources/index.ts';

/** The port forwardings of a floating IP. */
export interface ForwardingsSource {
  /** Of the floating IP. */
  readonly id: string;
  readonly row: Pick<FloatingIpRow, 'floating_ip_address' | 'router_id'>;
  readonly forwardings: readonly PortForwardingRow[];
}

/** Those of the floating IPs that have any. */
export async function readForwardings(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ForwardingsSource[]> {
  const rows = await db
    .selectFrom('port_forwardings')
    .selectAll()
    .where('floatingip_id', 'in', ids)
    .orderBy('id')
    .execute();
  const of = Map.groupBy(rows, ({ floatingip_id }) => floatingip_id);
  if (of.size === 0) return [];
  const floating = await db
    .selectFrom('floatingips')
    .select(['id', 'floating_ip_address', 'router_id'])
    .where('id', 'in', [...of.keys()])
    .execute();
  return floating.map(({ id, ...row }) => ({ id, row, forwardings: of.get(id) ?? [] }));
}
