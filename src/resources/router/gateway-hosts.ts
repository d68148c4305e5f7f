/** The hosts that routers' gateways are on, in the store: decided with each gateway, and whenever hosts change. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import { isAlive } from '../agent/heartbeat.ts';
import { ROUTER_GATEWAY } from '../port/owners.ts';
import { recordChange, sendRows, slices } from '../repository.ts';
import type { GatewayHostRow, Tables, Tx } from '../tables.ts';
import { router } from './definition.ts';
import {
  areSameHosts,
  type GatewayCandidate,
  GatewayLoad,
  type GatewayPlace,
  mostHosts,
  placeGateway,
  takenOver,
} from './gateway-schedule.ts';

/** The physical networks that a host reaches, as it says: `physnet1:br-ex,physnet2:br-two`. */
export function physicalNetworksOf(configurations: string): string[] {
  const { bridge_mappings: mappings = '' } = JSON.parse(configurations) as { bridge_mappings?: unknown };
  return String(mappings)
    .split(',')
    .flatMap((mapping) => mapping.split(':')[0]?.trim() || []);
}

/** Whether a host says that its tunnels end at itself: the chassis of a service that no other host is to reach. */
function endsAtLoopback(configurations: string): boolean {
  const { encapsulation_address: address } = JSON.parse(configurations) as {
    encapsulation_address?: unknown;
  };
  return Address.tryParse(String(address))?.isLoopback ?? false;
}

/** The hosts that gateways are on, by the gateway's port, in order. */
export async function gatewayHostsOf(
  db: Kysely<Tables>,
  portIds: readonly string[],
): Promise<Map<string, GatewayHostRow[]>> {
  const rows: GatewayHostRow[] = [];
  for (const ids of slices(portIds)) {
    rows.push(
      ...(await db
        .selectFrom('gateway_hosts')
        .selectAll()
        .where('gateway_port_id', 'in', ids)
        .orderBy('place')
        .execute()),
    );
  }
  return Map.groupBy(rows, ({ gateway_port_id }) => gateway_port_id);
}

/** A gateway: where that has to be. */
interface Homeless {
  readonly id: string;
  readonly portId: string;
  /** None for a network of tunnels, which every host reaches. */
  readonly physicalNetwork: string | null;
  /** Whether others stand by for the host that has it. */
  readonly ha: number;
}

/**
 * Decides where gateways are, and puts it down where that is news.
 * @param routerId of one router, which has a gateway; all that have one when left out
 */
export async function placeGateways(tx: Tx, routerId?: string): Promise<void> {
  const gateways = await gatewaysToPlace(tx, routerId);
  if (gateways.length === 0) return;
  const held = await gatewayHostsOf(
    tx.db,
    gateways.map(({ portId }) => portId),
  );
  const load = await currentLoad(tx.db, 'gateway_hosts');
  const candidates = await hostCandidates(tx.db);
  for (const gateway of gateways) {
    const before = held.get(gateway.portId) ?? [];
    const known = new Set(before.map(({ chassis }) => chassis));
    const usable = towards(candidates, gateway.physicalNetwork).filter(
      ({ chassis, isOutOfReach }) => !isOutOfReach || known.has(chassis),
    );
    load.count(before, -1);
    const after = placeGateway(before, usable, load, mostHosts(gateway.ha === 1));
    load.count(after, 1);
    if (!isSame(before, after)) put(tx, gateway, after);
  }
}

/** The host that has a router's gateway, as OVN says. */
export interface FoundGateway {
  /** The gateway's port. */
  readonly portId: string;
  readonly chassis: string;
}

/**
 * Has gateways stay on the hosts that took them over.
 * @returns those for which that is news
 */
export async function keepGateways(
  tx: Tx,
  found: readonly FoundGateway[],
): Promise<{ routerId: string; host: string }[]> {
  const chassisOf = new Map(found.map(({ portId, chassis }) => [portId, chassis]));
  const gateways: Homeless[] = [];
  for (const ids of slices([...chassisOf.keys()]))
    gateways.push(...(await gatewayPorts(tx).where('ports.id', 'in', ids).execute()));
  const held = await gatewayHostsOf(
    tx.db,
    gateways.map(({ portId }) => portId),
  );
  const candidates = await hostCandidates(tx.db);
  return gateways.flatMap((gateway) => {
    const before = held.get(gateway.portId) ?? [];
    const chassis = chassisOf.get(gateway.portId) ?? '';
    const after = takenOver(before, chassis, towards(candidates, gateway.physicalNetwork));
    if (isSame(before, after)) return [];
    put(tx, gateway, after);
    return { routerId: gateway.id, host: after[0]?.host ?? '' };
  });
}

/** The ports of gateways, each with what it leads to. */
const gatewayPorts = (tx: Tx) =>
  tx.db
    .selectFrom('ports')
    .innerJoin('routers', 'routers.id', 'ports.device_id')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['routers.id', 'routers.ha', 'ports.id as portId'])
    .select('networks.provider_physical_network as physicalNetwork')
    .where('ports.device_owner', '=', ROUTER_GATEWAY);

async function gatewaysToPlace(tx: Tx, routerId: string | undefined): Promise<Homeless[]> {
  const all = gatewayPorts(tx).orderBy('routers.id').orderBy('ports.id');
  return (routerId === undefined ? all : all.where('routers.id', '=', routerId)).execute();
}

/** How much hosts have to do by now: of gateways, or of serving hardware ports. */
export async function currentLoad(
  db: Kysely<Tables>,
  table: 'gateway_hosts' | 'serving_hosts',
): Promise<GatewayLoad> {
  const rows = await db
    .selectFrom(table)
    .select(({ fn }) => ['place', 'chassis', fn.countAll().as('number')])
    .groupBy(['place', 'chassis'])
    .execute();
  const load = new GatewayLoad();
  for (const { place, chassis, number } of rows) load.add(place, chassis, Number(number));
  return load;
}

/** A host, with the physical networks that it reaches. */
interface KnownHost extends Omit<GatewayCandidate, 'isOutOfReach'> {
  readonly reaches: readonly string[];
}

/** @param physicalNetwork the external one; null for one that every host reaches */
const towards = (hosts: readonly KnownHost[], physicalNetwork: string | null): GatewayCandidate[] =>
  hosts.map(({ reaches, ...host }) => ({
    ...host,
    isOutOfReach: physicalNetwork !== null && !reaches.includes(physicalNetwork),
  }));

export async function hostCandidates(db: Kysely<Tables>): Promise<KnownHost[]> {
  const hosts = await db.selectFrom('agents').selectAll().orderBy('host').execute();
  const now = new Date();
  return hosts.map((row) => ({
    chassis: row.chassis,
    host: row.host,
    isEnabled: row.admin_state_up === 1,
    isAlive: isAlive(row.heartbeat_timestamp, now),
    isApart: hosts.length > 1 && endsAtLoopback(row.configurations),
    reaches: physicalNetworksOf(row.configurations),
  }));
}

const isSame = (before: readonly GatewayPlace[], after: readonly GatewayPlace[]): boolean =>
  areSameHosts(before, after) && after.every(({ reason }, index) => before[index]?.reason === reason);

function put(tx: Tx, { id: routerId, portId }: Homeless, places: readonly GatewayPlace[]): void {
  leaveHosts(tx, portId);
  const rows = places.map(({ chassis, host, reason }, place) => ({
    ...{ router_id: routerId, gateway_port_id: portId },
    ...{ chassis, host, place, reason },
  }));
  sendRows(tx, 'gateway_hosts', rows);
  recordChange(tx, router, { id: routerId }, ['gateway_hosts']);
}

/** A gateway that is gone is on no host. */
export const leaveHosts = (tx: Tx, portId: string): void =>
  tx.send(tx.db.deleteFrom('gateway_hosts').where('gateway_port_id', '=', portId));

/** What takes the place of a gateway on the same network is where that was. */
export const keepHosts = (tx: Tx, before: string, after: string): void =>
  tx.send(
    tx.db.updateTable('gateway_hosts').set({ gateway_port_id: after }).where('gateway_port_id', '=', before),
  );
