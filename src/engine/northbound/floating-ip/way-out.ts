/** By which gateway a router that has several lets out what a floating IP stands for. */
import type { Kysely } from 'kysely';
import { Address, type Family } from '../../../addressing/index.ts';
import { gatewaysByRouter, ROUTER_INTERFACE, type Tables } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName, routerPortSet } from '../names.ts';
import { readFixedIps } from '../records/fixed-ips.ts';
import { BY_ANOTHER_GATEWAY, leadingTo, routerPolicy } from '../router-policy.ts';
import type { FloatingIpSource, WayOut } from './read.ts';

/** Tells those of routers with several gateways the way out. */
export async function withWaysOut(
  db: Kysely<Tables>,
  sources: readonly FloatingIpSource[],
): Promise<FloatingIpSource[]> {
  const routers = [...new Set(sources.flatMap(({ row }) => row.router_id ?? []))];
  const gateways = await gatewaysByRouter(db, routers);
  const several = sources.filter(({ row }) => (gateways.get(row.router_id ?? '') ?? []).length > 1);
  if (several.length === 0) return [...sources];
  const inner = await readInner(
    db,
    several.map(({ id }) => id),
  );
  const outer = several.flatMap(({ gatewayPortId }) => gatewayPortId ?? []);
  const fixedIps = await readFixedIps(db, [...new Set(outer)]);
  const nextHopBy = (portId: string, family: Family) =>
    (fixedIps.get(portId) ?? [])
      .flatMap(({ subnet }) => subnet.gateway_ip ?? [])
      .find((text) => Address.parse(text).family === family && !Address.parse(text).isLinkLocal);
  return sources.map((source) => {
    const { id, row, gatewayPortId: gateway } = source;
    if (gateway === null || !several.includes(source)) return source;
    const own = (gateways.get(row.router_id ?? '') ?? []).map(({ portId }) => portId);
    const wayOut: WayOut = {
      gateway,
      others: own.filter((portId) => portId !== gateway),
      inner: (inner.get(id) ?? []).map(({ portId }) => portId),
      nextHop: nextHopBy(gateway, row.floating_ip_address.includes(':') ? 6 : 4),
    };
    return { ...source, wayOut };
  });
}

/** The interfaces of routers on the subnets of addresses that floating IPs stand for, by floating IP. */
async function readInner(db: Kysely<Tables>, ids: readonly string[]) {
  const rows = await db
    .selectFrom('floatingips')
    .innerJoin('ip_allocations as fixed', (join) =>
      join
        .onRef('fixed.port_id', '=', 'floatingips.port_id')
        .onRef('fixed.ip_address', '=', 'floatingips.fixed_ip_address'),
    )
    .innerJoin('ip_allocations as own', 'own.subnet_id', 'fixed.subnet_id')
    .innerJoin('ports', (join) =>
      join.onRef('ports.id', '=', 'own.port_id').onRef('ports.device_id', '=', 'floatingips.router_id'),
    )
    .select(['floatingips.id', 'ports.id as portId'])
    .distinct()
    .where('floatingips.id', 'in', ids)
    .where('ports.device_owner', '=', ROUTER_INTERFACE)
    .orderBy('ports.id')
    .execute();
  return Map.groupBy(rows, ({ id }) => id);
}

/**
 * What would leave by another gateway leaves by that on the floating IP's network, where alone it is translated. Where
 * OVN could not be told the way there, it does not leave.
 */
export function planWayOut(routerId: string, fixed: Address, wayOut: WayOut | undefined): PlannedRow[] {
  if (wayOut === undefined) return [];
  const { others, inner, nextHop } = wayOut;
  return inner.map((id) => {
    const match = `inport == "${routerPortName(id)}" && outport == ${routerPortSet(others)} && ip${fixed.family}.src == ${fixed}`;
    return nextHop === undefined
      ? routerPolicy(routerId, BY_ANOTHER_GATEWAY, match, 'drop')
      : leadingTo(routerId, BY_ANOTHER_GATEWAY, match, nextHop);
  });
}
