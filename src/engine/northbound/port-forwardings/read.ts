/** What port forwardings are made from. */
import type { Kysely } from 'kysely';
import type { FloatingIpRow, PortForwardingRow, Tables } from '../../../resources/index.ts';
import { type Crossing, withCrossings } from '../floating-ip/index.ts';

/** A port forwarding, with how it leads from one address scope to another if it does. */
export interface ForwardingSource {
  readonly forwarding: PortForwardingRow;
  readonly crossing?: Crossing | undefined;
}

/** The port forwardings of a floating IP. */
export interface ForwardingsSource {
  /** Of the floating IP. */
  readonly id: string;
  readonly row: Pick<FloatingIpRow, 'floating_ip_address' | 'router_id'>;
  readonly forwardings: readonly ForwardingSource[];
}

/** Those of the floating IPs that have any. */
export async function readForwardings(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<ForwardingsSource[]> {
  const rows = await db
    .selectFrom('port_forwardings')
    .innerJoin('floatingips', 'floatingips.id', 'floatingip_id')
    .innerJoin('ports', 'ports.id', 'internal_port_id')
    .selectAll('port_forwardings')
    .select(['floating_ip_address', 'router_id', 'floating_network_id', 'ports.network_id'])
    .where('floatingip_id', 'in', ids)
    .orderBy('port_forwardings.id')
    .execute();
  const sources = await withCrossings(
    db,
    rows.map(({ floating_ip_address, router_id, floating_network_id, network_id, ...forwarding }) => ({
      ...{ forwarding, row: { floating_ip_address, router_id } },
      ...{ network: { id: floating_network_id }, insideNetworkId: network_id },
    })),
  );
  return Array.from(
    Map.groupBy(sources, ({ forwarding }) => forwarding.floatingip_id),
    ([id, own]) => ({ id, row: own[0]!.row, forwardings: own }),
  );
}
