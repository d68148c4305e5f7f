/** Prefixes that are delegated to instances: whose they are. */
import type { Kysely } from 'kysely';
import { isPrivateUse, Prefix } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context } from '../context.ts';
import type { NetworkRow, PortRow, Tables, Tx } from '../tables.ts';
import { ROUTER_INTERFACE } from './owners.ts';

const delegationsOn = statement((db: Kysely<Tables>, networkIds: readonly string[]) =>
  db
    .selectFrom('ports')
    .innerJoin('networks', 'networks.id', 'ports.network_id')
    .select(['ports.id', 'ports.delegated_prefixes', 'networks.project_id'])
    .where('ports.network_id', 'in', networkIds)
    .where('ports.delegated_prefixes', '!=', '[]'),
);

/** What is delegated to a port. */
const prefixesOf = ({ id, delegated_prefixes }: Pick<PortRow, 'id' | 'delegated_prefixes'>) =>
  (JSON.parse(delegated_prefixes) as string[]).map((text) => ({ id, prefix: Prefix.parse(text) }));

/** The prefixes that are delegated on networks, with the ports that have them. */
export const delegatedOn = async (
  tx: Tx,
  networkIds: readonly string[],
): Promise<{ id: string; prefix: Prefix }[]> =>
  (await delegationsOn.all(tx.db, networkIds)).flatMap(prefixesOf);

/** A prefix that is somebody's. */
interface Held {
  readonly holder: string;
  readonly prefix: Prefix;
}

/**
 * What routers are attached to by any of their ports, and what they lead to already, by way of the routers that are on
 * a network. The names of what belongs to others than the network's project are not told; an administrator may give
 * such prefixes all the same, since only the project's own routers lead to them.
 */
async function heldByRouters(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  portId: string | undefined,
): Promise<Held[]> {
  const onNetwork = tx.db
    .selectFrom('ports')
    .select('device_id')
    .where('network_id', '=', network.id)
    .where('device_owner', '=', ROUTER_INTERFACE);
  const attached = await tx.db
    .selectFrom('ports')
    .innerJoin('routers', 'routers.id', 'ports.device_id')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'ports.id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .select(['routers.project_id', 'ports.network_id', 'subnets.id', 'subnets.cidr'])
    .where('ports.device_id', 'in', onNetwork)
    .where('ports.device_owner', 'like', 'network:router%')
    .execute();
  const isOwn = (row: { project_id: string }) => row.project_id === network.project_id;
  const networks = [...new Set(attached.filter(isOwn).map((row) => row.network_id))].filter(
    (id) => id !== network.id,
  );
  const led = networks.length === 0 ? [] : await delegatedOn(tx, networks);
  return [
    ...attached
      .filter((row) => isOwn(row) || !context.isAdmin)
      .map((row) => ({
        holder: isOwn(row) ? `subnet ${row.id}` : 'another project',
        prefix: Prefix.parse(row.cidr),
      })),
    ...led.filter(({ id }) => id !== portId).map(({ prefix }) => ({ holder: 'another network', prefix })),
  ];
}

/**
 * Makes sure that a project asks for no prefix but of those that anybody may make up, unless an administrator gives it
 * one; that nobody else on the network has it, or part of it; and that it takes nothing from what the routers on the
 * network are attached to: they would lead it to the port.
 * @param portId the port that it is for; undefined for one that is being made
 * @param free those that an administrator lets everybody have
 * @throws RequestError 403 for a prefix that only an administrator may give, 409 that names who has it
 */
export async function checkDelegations(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  portId: string | undefined,
  prefixes: readonly Prefix[],
  free: readonly Prefix[],
): Promise<void> {
  if (prefixes.length === 0) return;
  // What an administrator has given stays when the rest is changed.
  const given = (await delegatedOn(tx, [network.id])).filter(({ id }) => id === portId);
  for (const prefix of prefixes) {
    const isOwn =
      isPrivateUse(prefix) || free.includes(prefix) || given.some((one) => one.prefix.covers(prefix));
    if (!context.isAdmin && !isOwn) throw errors.port.delegatedByAdministrator({ prefix });
  }
  const subnets = await tx.db
    .selectFrom('subnets')
    .select(['id', 'cidr'])
    .where('network_id', '=', network.id)
    .execute();
  const taken: Held[] = [
    ...subnets.map(({ id, cidr }) => ({ holder: `subnet ${id}`, prefix: Prefix.parse(cidr) })),
    ...(await delegatedOn(tx, [network.id]))
      .filter(({ id }) => id !== portId)
      .map(({ id, prefix }) => ({ holder: `port ${id}`, prefix })),
    ...(await heldByRouters(tx, context, network, portId)),
  ];
  for (const wanted of prefixes) {
    const other = taken.find(({ prefix }) => prefix.overlaps(wanted));
    if (other === undefined) continue;
    throw errors.port.delegatedInUse({ prefix: wanted, other: other.prefix, holder: other.holder });
  }
}

/**
 * Makes sure that a router does not come to be attached to what it leads to a port, on whichever of its networks.
 * @throws RequestError 409
 */
export async function checkAttachedNotDelegated(
  tx: Tx,
  router: { readonly id: string; readonly project_id: string },
  attached: readonly { readonly networkId: string; readonly subnetId: string; readonly prefix: Prefix }[],
): Promise<void> {
  if (attached.length === 0) return;
  // It leads to what is delegated on the networks of its own project.
  const networkIds = [...new Set(attached.map(({ networkId }) => networkId))];
  const delegated = (await delegationsOn.all(tx.db, networkIds))
    .filter(({ project_id }) => project_id === router.project_id)
    .flatMap(prefixesOf);
  for (const { subnetId, prefix } of attached) {
    const other = delegated.find((one) => one.prefix.overlaps(prefix));
    if (other === undefined) continue;
    throw errors.router.attachesDelegated({ router: router.id, subnet: subnetId, prefix: other.prefix });
  }
}
