/** Routers outside that advertise themselves, as the hosts of gateways hear them. */
import type { Kysely } from 'kysely';
import { isAlive } from '../agent/heartbeat.ts';
import { network } from '../network/definition.ts';
import { recordChange, sendRows, slices, timestamp } from '../repository.ts';
import type { HeardRouterRow, Tables, Tx } from '../tables.ts';
import type { HeardRouter } from './next-hops.ts';

type Database = Kysely<Tables>;

/** Where a host is to listen: an external network that gateways on it are on. */
export interface UpstreamLink {
  readonly network_id: string;
  readonly physical_network: string;
  /** Null where it is untagged. */
  readonly vlan: number | null;
}

/** Where a host is to listen. */
export async function upstreamLinksOf(db: Database, chassis: string): Promise<UpstreamLink[]> {
  const rows = await db
    .selectFrom('gateway_hosts')
    .innerJoin('ports', 'ports.id', 'gateway_port_id')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['networks.id', 'provider_physical_network', 'provider_segmentation_id'])
    .distinct()
    .where('chassis', '=', chassis)
    .where('provider_physical_network', 'is not', null)
    .orderBy('networks.id')
    .execute();
  return rows.map((row) => ({
    network_id: row.id,
    physical_network: row.provider_physical_network ?? '',
    vlan: row.provider_segmentation_id,
  }));
}

/** The routers that were heard on networks, by network. */
export async function heardOn(
  db: Database,
  networkIds: readonly string[],
): Promise<Map<string, HeardRouterRow[]>> {
  const rows: HeardRouterRow[] = [];
  for (const ids of slices([...new Set(networkIds)])) {
    rows.push(
      ...(await db
        .selectFrom('heard_routers')
        .selectAll()
        .where('network_id', 'in', ids)
        .orderBy('address')
        .execute()),
    );
  }
  return Map.groupBy(rows, ({ network_id }) => network_id);
}

/** What a host hears on a network now. */
export interface HeardOnNetwork {
  readonly network_id: string;
  readonly routers: readonly Pick<HeardRouter, 'address' | 'preference'>[];
}

/**
 * Takes down what a host hears; of networks where it is not to listen, nothing. What hosts heard that do not live any
 * more is forgotten.
 * @returns where it is to listen
 */
export async function recordHeard(
  tx: Tx,
  chassis: string,
  heard: readonly HeardOnNetwork[],
): Promise<UpstreamLink[]> {
  const links = await upstreamLinksOf(tx.db, chassis);
  const ids = links.map(({ network_id }) => network_id);
  const before = await heardOn(tx.db, ids);
  const dead = await deadHosts(tx);
  for (const { network_id: id, routers } of heard) {
    if (!ids.includes(id)) continue;
    const rows = before.get(id) ?? [];
    const own = rows.filter((row) => row.chassis === chassis);
    const gone = rows.filter(
      (row) =>
        dead.has(row.chassis) ||
        (row.chassis === chassis && !routers.some(({ address }) => address === row.address)),
    );
    const news = routers.filter(
      ({ address, preference }) =>
        !own.some((row) => row.address === address && row.preference === preference),
    );
    for (const row of [...gone, ...news.map(({ address }) => ({ chassis, address }))]) {
      tx.send(
        tx.db
          .deleteFrom('heard_routers')
          .where('network_id', '=', id)
          .where('chassis', '=', row.chassis)
          .where('address', '=', row.address),
      );
    }
    const sinceOf = (address: string) => own.find((row) => row.address === address)?.since ?? timestamp();
    sendRows(
      tx,
      'heard_routers',
      news.map(({ address, preference }) => ({
        ...{ network_id: id, chassis, address, preference, since: sinceOf(address) },
      })),
    );
    if (gone.length + news.length > 0) recordChange(tx, network, { id }, ['heard_routers']);
  }
  return links;
}

async function deadHosts(tx: Tx): Promise<ReadonlySet<string>> {
  const now = new Date();
  const rows = await tx.db.selectFrom('agents').select(['chassis', 'heartbeat_timestamp']).execute();
  return new Set(rows.flatMap((row) => (isAlive(row.heartbeat_timestamp, now) ? [] : row.chassis)));
}
