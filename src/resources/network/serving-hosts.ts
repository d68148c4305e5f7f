/**
 * The hosts that serve the hardware ports of networks, in the store: the first does, the others take over in their
 * order. Decided with the first such port of a network, and whenever hosts change, as those of gateways are.
 */
import { type Kysely, type SqlBool, sql } from 'kysely';
import { HARDWARE_TYPES } from '../port/hardware.ts';
import { recordChange, sendRows, slices } from '../repository.ts';
import { currentLoad, hostCandidates } from '../router/gateway-hosts.ts';
import { areSameHosts, type GatewayPlace, placeGateway } from '../router/gateway-schedule.ts';
import type { ServingHostRow, Tables, Tx } from '../tables.ts';
import { network } from './definition.ts';

/** The hosts that serve the hardware ports of networks, by network, in order. */
export async function servingHostsOf(
  db: Kysely<Tables>,
  networkIds: readonly string[],
): Promise<Map<string, ServingHostRow[]>> {
  const rows: ServingHostRow[] = [];
  for (const ids of slices(networkIds)) {
    rows.push(
      ...(await db
        .selectFrom('serving_hosts')
        .selectAll()
        .where('network_id', 'in', ids)
        .orderBy('place')
        .execute()),
    );
  }
  return Map.groupBy(rows, ({ network_id }) => network_id);
}

/** A network with hardware ports. */
interface Served {
  readonly id: string;
  readonly physicalNetwork: string | null;
}

/**
 * Decides who serves the hardware ports of networks, and puts it down where that is news.
 * @param networkId of one network, which has got its first such port, or has the last no more; all when left out
 */
export async function placeServices(tx: Tx, networkId?: string): Promise<void> {
  const wanted = await withHardware(tx.db, networkId);
  const held = await heldPlaces(tx.db, networkId);
  // That there are some is news, even while nobody can serve them.
  if (networkId !== undefined) recordChange(tx, network, { id: networkId }, ['serving_hosts']);
  if (wanted.length === 0 && held.size === 0) return;
  const candidates = await hostCandidates(tx.db);
  const load = await currentLoad(tx.db, 'serving_hosts');
  for (const id of new Set(held.keys()).difference(new Set(wanted.map((one) => one.id)))) put(tx, id, []);
  for (const { id, physicalNetwork } of wanted) {
    const before = held.get(id) ?? [];
    load.count(before, -1);
    const usable = candidates
      .filter(({ reaches }) => physicalNetwork !== null && reaches.includes(physicalNetwork))
      .map((one) => ({ ...one, isOutOfReach: false }));
    // One of two that hears nothing of the other cannot know which of them is cut off: it takes over only when told so.
    const alive = usable.filter(({ isAlive }) => isAlive);
    const after = placeGateway(before, alive.length > 0 ? alive : usable, load);
    load.count(after, 1);
    if (!areSameHosts(before, after)) put(tx, id, after);
  }
}

async function withHardware(db: Kysely<Tables>, networkId: string | undefined): Promise<Served[]> {
  let query = db
    .selectFrom('networks')
    .select(['networks.id', 'networks.provider_physical_network as physicalNetwork'])
    .where('networks.id', 'in', networksWithHardware(db))
    .orderBy('networks.id');
  if (networkId !== undefined) query = query.where('networks.id', '=', networkId);
  return query.execute();
}

/** A question for the ids of networks that have hardware ports. There is an index of ports that are not `normal`. */
export const networksWithHardware = (db: Kysely<Tables>) =>
  db
    .selectFrom('ports')
    .select('ports.network_id')
    .where(sql<SqlBool>`ports.binding_vnic_type <> 'normal'`)
    .where('ports.binding_vnic_type', 'in', HARDWARE_TYPES);

async function heldPlaces(
  db: Kysely<Tables>,
  networkId: string | undefined,
): Promise<Map<string, GatewayPlace[]>> {
  let query = db.selectFrom('serving_hosts').selectAll().orderBy('place');
  if (networkId !== undefined) query = query.where('network_id', '=', networkId);
  const rows = (await query.execute()).map((row) => ({ ...row, reason: '' }));
  return Map.groupBy(rows, ({ network_id }) => network_id);
}

function put(tx: Tx, networkId: string, places: readonly GatewayPlace[]): void {
  tx.send(tx.db.deleteFrom('serving_hosts').where('network_id', '=', networkId));
  const rows = places.map(({ chassis, host }, place) => ({ network_id: networkId, chassis, host, place }));
  sendRows(tx, 'serving_hosts', rows);
  recordChange(tx, network, { id: networkId }, ['serving_hosts']);
}
