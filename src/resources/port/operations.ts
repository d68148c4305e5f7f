/** Ports: create, update, delete. */

import type { Kysely } from 'kysely';
import { Address, linkLocalAddress, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context, Settings } from '../context.ts';
import { recordCoverage } from '../log/target.ts';
import { canUseNetwork } from '../network/sharing.ts';
import { newPortId } from '../new-id.ts';
import { findRow, fromRow, insertRow, newborn, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { retireRouter } from '../router/retired-routers.ts';
import { defaultGroupOf, requireGroups } from '../security-group/membership.ts';
import { reasonsOf } from '../status.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { NetworkRow, PortRow, Tables, Tx } from '../tables.ts';
import { followMac, macFromWishes, planCreate, planUpdate } from './addresses.ts';
import { asFixedIps, readdress, recordAllocations, take, withConflicts } from './allocation.ts';
import { type Port, type PortCreate, type PortUpdate, port } from './definition.ts';
import { checkDelegations } from './delegation.ts';
import { checkDhcpOptions } from './dhcp-options.ts';
import { portFilters } from './filters.ts';
import { forgetLearned, giveAway, recordLearned } from './learned-addresses.ts';
import { unusedMac } from './mac.ts';
import { ROUTER_GATEWAY, ROUTER_INTERFACE, routerOwners } from './owners.ts';
import { checkDelegatedPrefixes, checkOwner, checkPolicy, checkSecurity, keptOf } from './policy.ts';
import { removePort } from './removal.ts';

/** The attributes that say how to plug the instance in. */
function binding(
  record: { 'binding:host_id': string },
  settings: Settings,
): Pick<Port, 'binding:vif_type' | 'binding:vif_details'> {
  return {
    'binding:vif_type': record['binding:host_id'] === '' ? 'unbound' : 'ovs',
    'binding:vif_details': {
      bridge_name: settings.instanceBridge,
      connectivity: 'l2',
      port_filter: true,
      ovs_hybrid_plug: false,
      datapath_type: 'system',
    },
  };
}

async function load(db: Kysely<Tables>, rows: PortRow[], settings: Settings): Promise<Port[]> {
  const addresses = new Map<string, Port['fixed_ips']>();
  const groups = new Map<string, string[]>();
  for (const ids of slices(rows.map(({ id }) => id))) {
    const allocations = await db
      .selectFrom('ip_allocations')
      .select(['port_id', 'subnet_id', 'address'])
      .where('port_id', 'in', ids)
      .orderBy('position')
      .orderBy('address')
      .execute();
    for (const { port_id, subnet_id, address } of allocations) {
      const fixedIp = { subnet_id, ip_address: Address.fromSortKey(address).toString() };
      const list = addresses.get(port_id);
      if (list) list.push(fixedIp);
      else addresses.set(port_id, [fixedIp]);
    }
    const memberships = await db
      .selectFrom('port_security_groups')
      .select(['port_id', 'security_group_id'])
      .where('port_id', 'in', ids)
      .execute();
    for (const { port_id, security_group_id } of memberships) {
      const list = groups.get(port_id);
      if (list) list.push(security_group_id);
      else groups.set(port_id, [security_group_id]);
    }
  }
  const reasons = await reasonsOf(db, 'port', rows);
  return rows.map((row) => {
    const stored = fromRow(port, row);
    return {
      ...stored,
      status_reason: reasons.get(row.id) ?? null,
      fixed_ips: addresses.get(row.id) ?? [],
      security_groups: groups.get(row.id) ?? [],
      ...binding(stored, settings),
    };
  });
}

/** What `createPort` takes: a request, and what only Sextant itself may say. */
export type PortWish = PortCreate & { readonly id?: string };

/**
 * Makes a port; also those of routers.
 * @throws RequestError 400 for addresses that cannot be, 404 for unknown networks or groups, 409 for what is taken
 */
export async function createPort(
  tx: Tx,
  context: Context,
  network: NetworkRow,
  request: PortWish,
): Promise<Port> {
  const subnets = await subnetsOn(tx.db, network.id);
  const picks = planCreate({
    networkId: network.id,
    deviceOwner: request.device_owner,
    subnets,
    wishes: request.fixed_ips,
  });
  const givenMac = request.mac_address ? Mac.parse(request.mac_address) : undefined;
  const mac = givenMac ?? macFromWishes(picks) ?? (await unusedMac(tx.db, network.id));
  const projectId = request.project_id ?? context.projectId;
  // A member may call a port what it likes: that is no reason not to protect others from it.
  const isInfrastructure =
    request.device_owner.startsWith('network:') &&
    (context.isAdmin || routerOwners.has(request.device_owner));
  const portSecurity =
    request.port_security_enabled ?? (network.port_security_enabled === 1 && !isInfrastructure);
  const groups =
    request.security_groups ??
    (portSecurity && !isInfrastructure ? [await defaultGroupOf(tx, projectId)] : []);
  if (request.security_groups) await requireGroups(tx, context, groups);

  const stored = {
    ...request,
    ...newborn(),
    id: request.id ?? newPortId(),
    project_id: projectId,
    tenant_id: projectId,
    mac_address: mac.toString(),
    status: 'DOWN' as const,
    port_security_enabled: portSecurity,
    learned_addresses: [],
  };
  checkSecurity(stored, request.security_groups ?? []);
  return withConflicts(network.id, mac, async () => {
    await insertRow(tx, port, stored, { learned_reset: null });
    const chosen = await take(tx, network.id, picks, mac);
    await recordAllocations(tx, stored.id, network.id, chosen);
    await giveAway(tx, network.id, [linkLocalAddress(mac), ...chosen.map(({ address }) => address)]);
    if (groups.length > 0) {
      const rows = groups.map((group) => ({ port_id: stored.id, security_group_id: group }));
      await tx.db.insertInto('port_security_groups').values(rows).execute();
    }
    return {
      ...stored,
      status_reason: null,
      fixed_ips: asFixedIps(chosen),
      security_groups: groups,
      ...binding(stored, context.settings),
    };
  });
}

async function create(tx: Tx, context: Context, request: PortCreate): Promise<Port> {
  checkOwner(request);
  checkDelegatedPrefixes(request);
  checkDhcpOptions(request);
  const network = await findRow(tx.db, 'networks', request.network_id);
  if (!network || !canUseNetwork(network, context)) throw errors.notFound.network({ id: request.network_id });
  checkPolicy(context, network, request);
  await checkDelegations(tx, context, network, undefined, request.delegated_prefixes);
  return createPort(tx, context, network, request);
}

async function update(tx: Tx, context: Context, current: Port, changes: PortUpdate): Promise<Port> {
  checkOwner(changes, current);
  checkDelegatedPrefixes(changes);
  checkDhcpOptions(changes);
  const network = await findRow(tx.db, 'networks', current.network_id);
  if (!network) throw errors.notFound.network({ id: current.network_id });
  checkPolicy(context, network, changes);
  await checkDelegations(tx, context, network, current.id, changes.delegated_prefixes ?? []);
  if (current.device_owner === ROUTER_INTERFACE && mayEndAdvertising(changes))
    await retireRouter(tx, current);
  return updatePort(tx, context, current, changes);
}

/** Whether a router's port may advertise no more after it, or under another name. */
const mayEndAdvertising = ({ admin_state_up, mac_address, fixed_ips }: PortUpdate): boolean =>
  admin_state_up === false || mac_address !== undefined || fixed_ips !== undefined;

/**
 * Changes a port; also those of routers.
 * @throws RequestError as `createPort`
 */
export async function updatePort(
  tx: Tx,
  context: Context,
  current: Port,
  changes: PortUpdate,
): Promise<Port> {
  const { fixed_ips: wishes, security_groups: groups, learned_addresses: kept, ...plain } = changes;
  const next: Port = {
    ...current,
    ...(plain as Partial<Port>),
    security_groups: groups ?? current.security_groups,
  };
  checkSecurity(next, next.security_groups);
  if (groups) await requireGroups(tx, context, groups);

  const oldMac = Mac.parse(current.mac_address);
  const mac = Mac.parse(next.mac_address);
  return withConflicts(current.network_id, mac, async () => {
    if (wishes || !mac.equals(oldMac)) {
      const held = current.fixed_ips.map(({ subnet_id, ip_address }) => ({
        subnetId: subnet_id ?? '',
        address: Address.parse(ip_address ?? ''),
      }));
      const facts = {
        networkId: current.network_id,
        deviceOwner: next.device_owner,
        subnets: await subnetsOn(tx.db, current.network_id),
        wishes: wishes ?? current.fixed_ips,
      };
      const picks = planUpdate(facts, held);
      next.fixed_ips = await readdress(
        tx,
        current,
        mac.equals(oldMac) ? picks : followMac(picks, oldMac),
        mac,
        held,
      );
      const given = next.fixed_ips.map(({ ip_address }) => Address.parse(ip_address ?? ''));
      await giveAway(tx, current.network_id, [linkLocalAddress(mac), ...given]);
    }
    if (groups) {
      await recordCoverage(tx, current.id, [...current.security_groups, ...groups]);
      if (current.learned_addresses.length > 0) recordLearned(tx, [...current.security_groups, ...groups]);
      await tx.db.deleteFrom('port_security_groups').where('port_id', '=', current.id).execute();
      const rows = groups.map((group) => ({ port_id: current.id, security_group_id: group }));
      if (rows.length > 0) await tx.db.insertInto('port_security_groups').values(rows).execute();
    }
    if (kept) {
      next.learned_addresses = keptOf(current, kept);
      await forgetLearned(tx, current.id, next.learned_addresses);
    }
    const given = { ...plain, fixed_ips: next.fixed_ips, ...(groups && { security_groups: groups }) };
    const moved = await updateRow(tx, port, current, given);
    return { ...next, ...moved, ...binding(next, context.settings) };
  });
}

async function remove(tx: Tx, _context: Context, current: Port): Promise<void> {
  if (current.device_owner === ROUTER_INTERFACE || current.device_owner === ROUTER_GATEWAY) {
    const router = await findRow(tx.db, 'routers', current.device_id);
    if (router) {
      const use = { id: current.id, deviceOwner: current.device_owner, router: router.id };
      throw current.device_owner === ROUTER_INTERFACE
        ? errors.port.isRouterInterface(use)
        : errors.port.isRouterGateway(use);
    }
  }
  await removePort(tx, current.id);
}

export const portOperations: OperationsOn<typeof port> = {
  load,
  // Who owns a network sees what is plugged into it.
  visible: (projectId) => [
    (builder) =>
      builder(
        'ports.network_id',
        'in',
        builder.selectFrom('networks').select('networks.id').where('networks.project_id', '=', projectId),
      ),
  ],
  filters: portFilters,
  create,
  update,
  delete: remove,
};
