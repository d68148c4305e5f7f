/** Networks: create, update, delete. */

import type { Kysely } from 'kysely';
import { Address, type Family } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { requireZones } from '../agent/availability-zones.ts';
import type { Context } from '../context.ts';
import { requireNat64PrefixUnused } from '../floatingip/other-version.ts';
import { removeUnusedFloatingIps } from '../floatingip/unused.ts';
import { checkNat64Prefix } from '../nat64-prefix.ts';
import { newId } from '../new-id.ts';
import { policyForNetwork, requireLimitable, requireQosPolicy } from '../policy/use.ts';
import { AUTO_DELETED_OWNERS } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import { userWithout } from '../rbac-policy/users.ts';
import { deleteRow, fromRow, insertRow, newborn, type ReadOf, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { routerOutOf } from '../router/gateways.ts';
import { forgetSharing, sharedWith, shareWithAll, stopSharing } from '../sharing.ts';
import { reasonsOf } from '../status.ts';
import { subnet } from '../subnet/definition.ts';
import { giveBackToPool } from '../subnet/pool-prefix.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { NetworkRow, Tables, Tx } from '../tables.ts';
import { requireTrunksFit } from '../trunk/mtu.ts';
import { type Network, type NetworkCreate, type NetworkUpdate, network } from './definition.ts';
import { checkMtu, checkTransparency, chooseSegment, MINIMUM_IPV6_MTU, usualMtu } from './rules.ts';
import { candidateFor, reserveSegment } from './segmentation.ts';

/** What networks have of their subnets. */
type OfSubnets = Pick<Network, 'subnets' | 'ipv4_address_scope' | 'ipv6_address_scope'>;

const NO_SUBNETS: OfSubnets = { subnets: [], ipv4_address_scope: null, ipv6_address_scope: null };

async function load(db: Kysely<Tables>, rows: NetworkRow[]): Promise<Network[]> {
  const ofSubnets = new Map<string, OfSubnets>();
  for (const ids of slices(rows.map(({ id }) => id))) {
    const found = await db
      .selectFrom('subnets')
      .leftJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
      .select(['subnets.id', 'network_id', 'subnets.ip_version', 'address_scope_id'])
      .where('network_id', 'in', ids)
      .orderBy('subnets.id')
      .execute();
    for (const [networkId, subnets] of Map.groupBy(found, ({ network_id }) => network_id)) {
      const scopeOf = (family: Family) =>
        subnets.find(({ ip_version }) => ip_version === family)?.address_scope_id ?? null;
      ofSubnets.set(networkId, {
        subnets: subnets.map(({ id }) => id),
        ipv4_address_scope: scopeOf(4),
        ipv6_address_scope: scopeOf(6),
      });
    }
  }
  const reasons = await reasonsOf(db, 'network', rows);
  return rows.map((row) =>
    complete(fromRow(network, row), ofSubnets.get(row.id) ?? NO_SUBNETS, reasons.get(row.id) ?? null),
  );
}

const complete = (
  stored: ReadOf<typeof network>,
  ofSubnets: OfSubnets,
  statusReason: string | null,
): Network => ({
  ...stored,
  ...ofSubnets,
  status_reason: statusReason,
  availability_zones: [],
});

/**
 * Hosts ask these servers, from where they are: that must not lead a tenant to what only hosts reach.
 * @throws RequestError 403
 */
function checkForwarders(
  context: Context,
  { dns_forwarders: servers = [] }: NetworkCreate | NetworkUpdate,
): void {
  if (context.isAdmin || servers.every((server) => Address.parse(server).isUnspecified)) return;
  throw errors.network.forwardersOfAdministrator();
}

/** @throws RequestError 409 when another network is the default one */
async function requireNoDefault(tx: Tx): Promise<void> {
  const other = await tx.db
    .selectFrom('networks')
    .select('id')
    .where('is_default', '=', 1)
    .executeTakeFirst();
  if (other) throw errors.network.defaultExists({ id: other.id });
}

async function create(tx: Tx, context: Context, request: NetworkCreate): Promise<Network> {
  checkForwarders(context, request);
  checkNat64Prefix('nat64_prefix', request.nat64_prefix);
  await requireZones(tx.db, request.availability_zone_hints);
  if (request.is_default) await requireNoDefault(tx);
  const segment = chooseSegment(
    {
      type: request['provider:network_type'],
      physicalNetwork: request['provider:physical_network'],
      segmentationId: request['provider:segmentation_id'],
    },
    context.settings,
  );
  checkTransparency(request.vlan_transparent, segment.type);
  const mtu = request.mtu ?? usualMtu(segment.type, request.vlan_transparent, context.settings);
  checkMtu(mtu, segment.type, context.settings);
  const id = newId();
  const projectId = request.project_id ?? context.projectId;
  const wish = { segment, projectId, settings: context.settings };
  const candidate = await candidateFor(tx, wish);
  const qosPolicy = await policyForNetwork(tx, context, request, projectId);
  const record = {
    ...request,
    qos_policy_id: qosPolicy,
    ...newborn(),
    id,
    project_id: projectId,
    tenant_id: projectId,
    status: 'ACTIVE' as const,
    mtu,
    'provider:network_type': segment.type,
    'provider:physical_network': segment.physicalNetwork,
    'provider:segmentation_id': candidate,
  };
  insertRow(tx, network, record);
  const thing = { id, project_id: projectId, kind: 'network' } as const;
  if (record.shared) shareWithAll(tx, thing, 'access_as_shared');
  if (record['router:external']) shareWithAll(tx, thing, 'access_as_external');
  const segmentationId = await reserveSegment(tx, id, wish, candidate);
  if (segmentationId !== record['provider:segmentation_id']) {
    record['provider:segmentation_id'] = segmentationId;
    await tx.db
      .updateTable('networks')
      .set({ provider_segmentation_id: segmentationId })
      .where('id', '=', id)
      .execute();
  }
  return complete(record, NO_SUBNETS, null);
}

async function checkUpdate(
  tx: Tx,
  context: Context,
  current: Network,
  changes: NetworkUpdate,
): Promise<void> {
  checkForwarders(context, changes);
  checkNat64Prefix('nat64_prefix', changes.nat64_prefix ?? null);
  if (changes.is_default && !current.is_default) await requireNoDefault(tx);
  if (changes.nat64_prefix === null && current.nat64_prefix !== null)
    await requireNat64PrefixUnused(tx, current.id);
  if (changes.qos_policy_id !== undefined && changes.qos_policy_id !== current.qos_policy_id) {
    await requireQosPolicy(tx, context, changes.qos_policy_id);
    await requireLimitable(tx, current.id, changes.qos_policy_id);
  }
  if (changes.mtu !== undefined) {
    checkMtu(changes.mtu, current['provider:network_type'], context.settings);
    if (changes.mtu < MINIMUM_IPV6_MTU) {
      const ipv6 = await tx.db
        .selectFrom('subnets')
        .select('id')
        .where('network_id', '=', current.id)
        .where('ip_version', '=', 6)
        .executeTakeFirst();
      if (ipv6) throw mtuTooSmall(current.id, changes.mtu);
    }
    if (changes.mtu !== current.mtu) await requireTrunksFit(tx, current.id, changes.mtu);
  }
  if (changes['router:external'] === false && current['router:external']) {
    const user = await routerOutOf(tx.db, current.id);
    if (user) throw errors.network.externalInUse({ id: current.id, router: user });
  }
  await changeSharing(tx, current, changes);
}

/** @throws RequestError 409 when others have ports on a network that is not to be shared any more */
async function changeSharing(tx: Tx, current: Network, changes: NetworkUpdate): Promise<void> {
  const { shared = current.shared, 'router:external': external = current['router:external'] } = changes;
  const thing = { ...current, kind: 'network' } as const;
  if (external !== current['router:external'])
    (external ? shareWithAll : stopSharing)(tx, thing, 'access_as_external');
  if (shared === current.shared) return;
  if (shared) return shareWithAll(tx, thing, 'access_as_shared');
  stopSharing(tx, thing, 'access_as_shared');
  if ((await userWithout(tx, thing, 'access_as_shared')) !== undefined)
    throw errors.network.sharedInUse({ network: current.name || current.id });
}

/** 409: IPv6 does not work below 1280 bytes. */
export const mtuTooSmall = (networkId: string, mtu: number) =>
  errors.network.mtuTooSmallForIpv6({ mtu, id: networkId, minimum: MINIMUM_IPV6_MTU });

async function update(tx: Tx, context: Context, current: Network, changes: NetworkUpdate): Promise<Network> {
  await checkUpdate(tx, context, current, changes);
  const moved = updateRow(tx, network, current, changes);
  return { ...current, ...(changes as Partial<Network>), ...moved };
}

async function remove(tx: Tx, _context: Context, current: Network): Promise<void> {
  if (current['router:external']) await removeUnusedFloatingIps(tx, current.id);
  const ports = tx.db.selectFrom('ports').select('id').where('network_id', '=', current.id);
  const inUse = await ports
    .where('device_owner', 'not in', [...AUTO_DELETED_OWNERS])
    .limit(10)
    .execute();
  if (inUse.length > 0) throw errors.network.inUse({ id: current.id, ports: inUse.map(({ id }) => id) });
  for (const { id } of await ports.execute()) await removePortWithId(tx, id);
  for (const one of await subnetsOn(tx.db, current.id)) {
    deleteRow(tx, subnet, one);
    await giveBackToPool(tx, one);
  }
  deleteRow(tx, network, current);
  forgetSharing(tx, 'network', current.id);
}

/** @throws RequestError 400 when the network is not one that routers may have as their external network */
export function requireExternal(row: { id: string; router_external: number }): void {
  if (!row.router_external) {
    throw errors.network.notExternal({ id: row.id });
  }
}

export const networkOperations: OperationsOn<typeof network> = {
  load,
  sharedAs: 'network',
  visible: (projectId) => [
    (builder) => builder('networks.id', 'in', sharedWith(builder, 'network', projectId)),
  ],
  create,
  update,
  delete: remove,
};
