/** The external gateways of routers, in the store: the first stands in the router's row, further ones have rows. */
import type { Kysely } from 'kysely';
import { slices } from '../repository.ts';
import type { RouterRow, Tables } from '../tables.ts';

type Database = Kysely<Tables>;

/** An external gateway of a router. */
export interface RouterGateway {
  readonly routerId: string;
  readonly portId: string;
  /** The external one. */
  readonly networkId: string;
}

type FirstGateway = Pick<RouterRow, 'id' | 'gateway_port_id' | 'external_network_id'>;

/** The gateways of these routers, by router, the first of each first; routers without any are left out. */
export async function gatewaysOf(
  db: Database,
  routers: readonly FirstGateway[],
): Promise<Map<string, RouterGateway[]>> {
  const first = routers.flatMap(({ id, gateway_port_id: portId, external_network_id: networkId }) =>
    portId === null || networkId === null ? [] : { routerId: id, portId, networkId },
  );
  const further: RouterGateway[] = [];
  for (const ids of slices(first.map(({ routerId }) => routerId))) {
    further.push(
      ...(await db
        .selectFrom('further_gateways')
        .select(['router_id as routerId', 'port_id as portId', 'network_id as networkId'])
        .where('router_id', 'in', ids)
        .orderBy('position')
        .orderBy('port_id')
        .execute()),
    );
  }
  return Map.groupBy([...first, ...further], ({ routerId }) => routerId);
}

/** The same, by the ids of the routers. */
export async function gatewaysByRouter(
  db: Database,
  routerIds: readonly string[],
): Promise<Map<string, RouterGateway[]>> {
  const rows: FirstGateway[] = [];
  for (const ids of slices(routerIds)) {
    rows.push(
      ...(await db
        .selectFrom('routers')
        .select(['id', 'gateway_port_id', 'external_network_id'])
        .where('id', 'in', ids)
        .execute()),
    );
  }
  return gatewaysOf(db, rows);
}

/** A router with a gateway on a network, if there is one. */
export const routerOutOf = async (db: Database, networkId: string): Promise<string | undefined> =>
  (await routersOutOf(db, [networkId]).executeTakeFirst())?.id;

/** The routers with a gateway, first or further, on one of the networks. */
export const routersOutOf = (db: Database, networkIds: readonly string[]) =>
  db
    .selectFrom('routers')
    .select('id')
    .where('external_network_id', 'in', networkIds)
    .union(db.selectFrom('further_gateways').select('router_id as id').where('network_id', 'in', networkIds));
