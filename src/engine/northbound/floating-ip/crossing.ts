/** Floating IPs whose two addresses are of different address scopes. */
import type { Kysely } from 'kysely';
import { ROUTER_GATEWAY, ROUTER_INTERFACE, type Tables } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerPortName } from '../names.ts';
import { readScopes } from '../records/scopes.ts';
import { BETWEEN_SCOPES_BUT, EXPECTED, routerPolicy } from '../router-policy.ts';

/** The ports by which a router passes on from one address scope to another what a floating IP translates. */
export interface Crossing {
  readonly outer: string;
  readonly inner: readonly string[];
}

/** What may lead from one scope to another. */
interface Crossable {
  readonly row: {
    readonly floating_ip_address: string;
    readonly fixed_ip_address?: string | null;
    readonly router_id: string | null;
  };
  /** The external network. */
  readonly network: { readonly id: string };
  readonly insideNetworkId: string;
  readonly crossing?: Crossing | undefined;
}

/** Tells those that lead from one scope to another by which ports of their routers. */
export async function withCrossings<S extends Crossable>(
  db: Kysely<Tables>,
  sources: readonly S[],
): Promise<S[]> {
  const networks = sources.flatMap(({ network, insideNetworkId }) => [network.id, insideNetworkId]);
  const scopes = await readScopes(db, [...new Set(networks)]);
  const crossing = sources.filter(({ row, network, insideNetworkId }) => {
    const family = (row.fixed_ip_address ?? row.floating_ip_address).includes(':') ? 6 : 4;
    const scopeOn = (id: string): string | null => scopes.get(id)?.[family] ?? null;
    return scopeOn(network.id) !== scopeOn(insideNetworkId);
  });
  if (crossing.length === 0) return [...sources];
  const ports = await db
    .selectFrom('ports')
    .select(['id', 'network_id', 'device_id', 'device_owner'])
    .where('device_id', 'in', [...new Set(crossing.map(({ row }) => row.router_id ?? ''))])
    .where('device_owner', 'in', [ROUTER_GATEWAY, ROUTER_INTERFACE])
    .orderBy('id')
    .execute();
  return sources.map((source) => {
    if (!crossing.includes(source)) return source;
    const own = ports.filter(({ device_id }) => device_id === source.row.router_id);
    const outer = own.find(
      (port) => port.device_owner === ROUTER_GATEWAY && port.network_id === source.network.id,
    )?.id;
    const inner = own
      .filter((port) => port.device_owner === ROUTER_INTERFACE && port.network_id === source.insideNetworkId)
      .map(({ id }) => id);
    return outer === undefined ? source : { ...source, crossing: { outer, inner } };
  });
}

/**
 * What is translated passes between address scopes: out from the port's own link, and in.
 * @param of what it is on its way out, and in: matches of its address inside, and more
 */
export function planCrossing(
  routerId: string,
  crossing: Crossing | undefined,
  of: { readonly out: string; readonly back: string },
): PlannedRow[] {
  if (crossing === undefined) return [];
  const outer = `"${routerPortName(crossing.outer)}"`;
  return crossing.inner.flatMap((id) => {
    const inner = `"${routerPortName(id)}"`;
    return [
      routerPolicy(routerId, EXPECTED, `inport == ${inner} && outport == ${outer} && ${of.out}`, 'allow'),
      routerPolicy(
        routerId,
        BETWEEN_SCOPES_BUT,
        `inport == ${outer} && outport == ${inner} && ${of.back}`,
        'allow',
      ),
    ];
  });
}
