/** Ports: create, update, delete. */

import { type Kysely, sql } from 'kysely';
import { Address, linkLocalAddress, Mac } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { statement } from '../../store/index.ts';
import type { Context, Settings } from '../context.ts';
import { releaseFloatingIps, releaseForwardings } from '../floatingip/release.ts';
import { recordCoverage } from '../log/target.ts';
import { releaseNdpProxies } from '../ndp-proxy/release.ts';
import { placeServices } from '../network/serving-hosts.ts';
import { checkLimited, requireQosPolicy } from '../policy/use.ts';
import { deleteRow, findRow, fromRow, sendRows, slices, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { retireRouter } from '../router/retired-routers.ts';
import { requireGroups } from '../security-group/membership.ts';
import { reasonsOf } from '../status.ts';
import { subnetsOn } from '../subnet/rows.ts';
import type { PortRow, Tables, Tx } from '../tables.ts';
import { trunk } from '../trunk/definition.ts';
import { asSubport, subportsOf, trunkWith } from '../trunk/subports.ts';
import { followMac, planUpdate } from './addresses.ts';
import { readdress, withConflicts } from './allocation.ts';
import { type Hosts, hostsOf, isRefused } from './binding.ts';
import { bindings, dropFurther } from './bindings.ts';
import { createAll } from './creation.ts';
import { type Port, type PortCreate, type PortUpdate, port } from './definition.ts';
import { changedOptions, checkDhcpOptions } from './dhcp-options.ts';
import { dnsAssignment } from './dns-assignment.ts';
import { portFilters } from './filters.ts';
import { checkHardware, hasHardwareType, unprotectedReason } from './hardware.ts';
import { findHolders } from './holders.ts';
import { forgetLearned, giveAway, learnable, recordLearned } from './learned-addresses.ts';
import { drawMacs } from './mac.ts';
import { FLOATING_IP, ROUTER_GATEWAY, ROUTER_INTERFACE, TRUNK_SUBPORT } from './owners.ts';
import { pastGuardReason } from './past-guard.ts';
import { checkOwner, checkPolicy, checkSecurity, keptOf } from './policy.ts';
import { recordDrawn, settleDelegations } from './pool-delegation.ts';
import { removePort } from './removal.ts';

/** The positions of trunks, and of networks, among what ports have: addresses and groups have others. */
const TRUNK = -1;
const NETWORK = -2;

/**
 * What ports have elsewhere: addresses, in their order, which alone are on a subnet; groups; trunks; and, once for all
 * ports of a network, its policy and domain.
 */
const belongingsOf = statement((db: Kysely<Tables>, ids: readonly string[], networkIds: readonly string[]) =>
  db
    .selectFrom('ip_allocations')
    .select(['port_id as of', sql<string | null>`subnet_id`.as('subnet_id')])
    .select([sql<string | null>`ip_address`.as('value'), 'position', 'address as place'])
    .where('port_id', 'in', ids)
    .unionAll(
      db
        .selectFrom('port_security_groups')
        .select(['port_id as of', sql<null>`null`.as('subnet_id'), 'security_group_id as value'])
        .select([sql<number>`0`.as('position'), 'security_group_id as place'])
        .where('port_id', 'in', ids),
    )
    .unionAll(
      db
        .selectFrom('trunks')
        .select(['port_id as of', sql<null>`null`.as('subnet_id'), 'id as value'])
        .select([sql<number>`${sql.lit(TRUNK)}`.as('position'), 'id as place'])
        .where('port_id', 'in', ids),
    )
    .unionAll(
      db
        .selectFrom('networks')
        .select(['id as of', sql<null>`null`.as('subnet_id'), 'qos_policy_id as value'])
        .select([sql<number>`${sql.lit(NETWORK)}`.as('position'), 'dns_domain as place'])
        .where('id', 'in', networkIds)
        .where((network) =>
          network.or([network('qos_policy_id', 'is not', null), network('dns_domain', '!=', '')]),
        ),
    )
    .orderBy('position')
    .orderBy('place'),
);

function append<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const list = lists.get(key);
  if (list) list.push(one);
  else lists.set(key, [one]);
}

interface PortBelongings {
  /** By port. */
  readonly addresses: ReadonlyMap<string, Port['fixed_ips']>;
  readonly groups: ReadonlyMap<string, string[]>;
  readonly trunks: ReadonlyMap<string, string>;
  /** By network, of those that have any of it. */
  readonly networks: ReadonlyMap<string, { readonly policy: string | null; readonly domain: string }>;
}

async function readBelongings(db: Kysely<Tables>, rows: readonly PortRow[]): Promise<PortBelongings> {
  const addresses = new Map<string, Port['fixed_ips']>();
  const groups = new Map<string, string[]>();
  const trunks = new Map<string, string>();
  const networks = new Map<string, { policy: string | null; domain: string }>();
  for (const slice of slices(rows)) {
    const ids = slice.map(({ id }) => id);
    const networkIds = [...new Set(slice.map(({ network_id }) => network_id))];
    for (const { of, subnet_id, value, position, place } of await belongingsOf.all(db, ids, networkIds)) {
      if (position === NETWORK) networks.set(of, { policy: value, domain: place });
      else if (value === null) continue;
      else if (position === TRUNK) trunks.set(of, value);
      else if (subnet_id === null) append(groups, of, value);
      else append(addresses, of, { subnet_id, ip_address: value });
    }
  }
  return { addresses, groups, trunks, networks };
}

/** What the row of a port says of its binding. */
const boundOf = (row: PortRow) => ({
  network_id: row.network_id,
  port_security_enabled: row.port_security_enabled === 1,
  'binding:host_id': row.binding_host_id,
  'binding:vnic_type': row.binding_vnic_type,
  'binding:profile': JSON.parse(row.binding_profile) as Port['binding:profile'],
});

async function supply(db: Kysely<Tables>, rows: readonly PortRow[], settings: Settings) {
  const { addresses, groups, trunks, networks } = await readBelongings(db, rows);
  const subports = await subportsOf(db, [...trunks.values()]);
  const reasons = await reasonsOf(db, 'port', rows);
  const all = rows.map(boundOf);
  const refused = all.filter((_, index) => rows[index]?.binding_refused === 1);
  const hosts = await hostsOf(db, all, settings, refused);
  return rows.map((row, index) => {
    const bound = all[index]!;
    const network = networks.get(row.network_id);
    const fixed_ips = addresses.get(row.id) ?? [];
    return {
      status_reason:
        reasons.get(row.id) ?? pastGuardReason(row, settings.instanceBridge) ?? unprotectedReason(bound),
      fixed_ips,
      dns_assignment: dnsAssignment({ dns_name: row.dns_name, fixed_ips }, network?.domain ?? ''),
      security_groups: groups.get(row.id) ?? [],
      trunk_details: trunkDetails(trunks.get(row.id), subports),
      qos_network_policy_id: network?.policy ?? null,
      ...hosts.plugging(bound, row.binding_refused === 1),
    };
  });
}

async function load(db: Kysely<Tables>, rows: readonly PortRow[], settings: Settings): Promise<Port[]> {
  const supplied = await supply(db, rows, settings);
  return rows.map((row, index) => ({ ...fromRow(port, row), ...supplied[index]! }));
}

function trunkDetails(
  trunkId: string | undefined,
  subports: ReadonlyMap<string, NonNullable<Port['trunk_details']>['sub_ports']>,
): Port['trunk_details'] {
  if (trunkId === undefined) return null;
  const own = (subports.get(trunkId) ?? []).map((one) => ({
    ...asSubport(one),
    mac_address: one.mac_address,
  }));
  return { trunk_id: trunkId, sub_ports: own };
}

/** @throws RequestError 409 for a subport of a trunk */
export async function requireNoSubport(tx: Tx, id: string): Promise<void> {
  const trunk = await trunkWith(tx.db, id);
  if (trunk !== undefined) throw errors.port.isSubport({ id, trunk });
}

async function create(tx: Tx, context: Context, request: PortCreate): Promise<Port> {
  const [made] = await createAll(tx, context, [request]);
  return made as Port;
}

async function update(tx: Tx, context: Context, current: Port, changes: PortUpdate): Promise<Port> {
  if (changes.mac_address === '')
    changes = { ...changes, mac_address: `${await freeMac(tx, current.network_id)}` };
  checkOwner(changes, current);
  checkDhcpOptions(changes);
  const network = await findRow(tx.db, 'networks', current.network_id);
  if (!network) throw errors.notFound.network({ id: current.network_id });
  checkPolicy(context, network, changes);
  const wanted = { ...current, ...(changes as Partial<Port>) };
  checkHardware(wanted, network);
  if (changes.qos_policy_id !== current.qos_policy_id)
    await requireQosPolicy(tx, context, changes.qos_policy_id);
  // A gateway has its policy from its router.
  if (current.device_owner !== ROUTER_GATEWAY || changes.qos_policy_id)
    checkLimited(wanted, network.qos_policy_id);
  const delegations =
    changes.delegated_prefixes &&
    (await settleDelegations(tx, context, network, current, changes.delegated_prefixes));
  if (delegations) recordDrawn(tx, current.id, delegations);
  if (current.device_owner === ROUTER_INTERFACE && mayEndAdvertising(changes))
    await retireRouter(tx, current);
  const { device_owner: owner = current.device_owner } = changes;
  if (current.device_owner === TRUNK_SUBPORT && owner !== TRUNK_SUBPORT)
    await requireNoSubport(tx, current.id);
  const next = await updatePort(tx, context, current, {
    ...changes,
    ...(delegations && { delegated_prefixes: delegations.prefixes }),
  });
  await moveSubports(tx, context, next, current);
  return { ...next, dns_assignment: dnsAssignment(next, network.dns_domain) };
}

/** A MAC address that no port of the network has. */
async function freeMac(tx: Tx, networkId: string): Promise<Mac> {
  const look = (macs: readonly Mac[]) => findHolders(tx.db, networkId, { macs: macs.map(String) });
  const { macs } = await drawMacs(networkId, [undefined], look);
  return macs[0] as Mac;
}

/** A port, whoever's it is; undefined when there is none. */
export async function findPort(tx: Tx, context: Context, id: string): Promise<Port | undefined> {
  const row = await findRow(tx.db, 'ports', id);
  return row && (await load(tx.db, [row], context.settings))[0];
}

/** Subports are on the host that their trunk's port is bound to. */
async function moveSubports(tx: Tx, context: Context, next: Port, before: Port): Promise<void> {
  const host = next['binding:host_id'];
  if (host === before['binding:host_id']) return;
  for (const { port_id } of next.trunk_details?.sub_ports ?? []) {
    const subport = await findPort(tx, context, port_id);
    if (subport) await updatePort(tx, context, subport, { 'binding:host_id': host });
  }
}

/** Takes ports off their trunk: they are nobody's then, and on no host. */
export async function freeSubports(tx: Tx, context: Context, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const subport = await findPort(tx, context, id);
    tx.send(tx.db.deleteFrom('trunk_subports').where('port_id', '=', id));
    if (subport) await updatePort(tx, context, subport, { device_owner: '', 'binding:host_id': '' });
  }
}

/**
 * Takes a port off its trunk, and with a parent port the trunk away: who owns a network has the last word on what others
 * have there, and may not see their trunks.
 */
async function leaveTrunk(tx: Tx, context: Context, { id, trunk_details: details }: Port): Promise<void> {
  const trunkId = details?.trunk_id ?? (await trunkWith(tx.db, id));
  const row = trunkId === undefined ? undefined : await findRow(tx.db, 'trunks', trunkId);
  if (row === undefined) return;
  const left = details?.sub_ports.map(({ port_id }) => port_id) ?? [id];
  await freeSubports(tx, context, left);
  if (details !== null) deleteRow(tx, trunk, row);
  else updateRow(tx, trunk, fromRow(trunk, row), {}, {}, ['subports']);
}

/** Whether a router's port may advertise no more after it, or under another name. */
const mayEndAdvertising = ({ admin_state_up, mac_address, fixed_ips }: PortUpdate): boolean =>
  admin_state_up === false || mac_address !== undefined || fixed_ips !== undefined;

/**
 * Changes a port; also those of routers. Its dns_assignment is left as it was.
 * @throws RequestError as `createPort`
 */
export async function updatePort(
  tx: Tx,
  context: Context,
  current: Port,
  changes: PortUpdate,
): Promise<Port> {
  const { fixed_ips: wishes, security_groups: groups, learned_addresses: kept, ...rest } = changes;
  const plain = {
    ...rest,
    ...(rest.extra_dhcp_opts && {
      extra_dhcp_opts: changedOptions(current.extra_dhcp_opts, rest.extra_dhcp_opts),
    }),
  };
  const next: Port = {
    ...current,
    ...(plain as Partial<Port>),
    security_groups: groups ?? current.security_groups,
  };
  checkSecurity(next, next.security_groups);
  if (groups) await requireGroups(tx, context, groups);

  const oldMac = Mac.parse(current.mac_address);
  const mac = Mac.parse(next.mac_address);
  return withConflicts(tx, current.network_id, [mac], async () => {
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
      const { learned } = await findHolders(tx.db, current.network_id, {
        learnable: learnable([linkLocalAddress(mac), ...given]),
      });
      await giveAway(tx, learned);
      const kept = given.map((address) => address.toString());
      await releaseFloatingIps(tx, current.id, kept);
      await releaseForwardings(tx, current.id, kept);
      await releaseNdpProxies(tx, current.id, kept);
    }
    if (groups) {
      await recordCoverage(tx, current.id, [...current.security_groups, ...groups]);
      if (current.learned_addresses.length > 0) recordLearned(tx, [...current.security_groups, ...groups]);
      tx.send(tx.db.deleteFrom('port_security_groups').where('port_id', '=', current.id));
      const rows = groups.map((group) => ({ port_id: current.id, security_group_id: group }));
      sendRows(tx, 'port_security_groups', rows);
    }
    if (kept) {
      next.learned_addresses = keptOf(current, kept);
      await forgetLearned(tx, current.id, next.learned_addresses);
    }
    const hosts = await hostsOf(tx.db, [next], context.settings);
    const bound = rebound(tx, hosts, current, next);
    const given = { ...plain, fixed_ips: next.fixed_ips, ...(groups && { security_groups: groups }) };
    const moved = updateRow(tx, port, current, given, bound.further);
    if (hasHardwareType(next) !== hasHardwareType(current)) await placeServices(tx, current.network_id);
    return {
      ...next,
      ...moved,
      ...hosts.plugging(next, bound.isRefused),
      status_reason: reasonAfter(current, next),
    };
  });
}

const reasonAfter = (current: Port, next: Port): string | null =>
  current.status_reason === unprotectedReason(current) ? unprotectedReason(next) : current.status_reason;

/** What changes with the host that a port is bound to. */
function rebound(tx: Tx, hosts: Hosts, current: Port, next: Port) {
  if (next['binding:host_id'] === current['binding:host_id']) {
    return { isRefused: isRefused(current), further: {} } as const;
  }
  dropFurther(tx, current, next['binding:host_id']);
  const refused = hosts.refusal(next) !== undefined;
  return {
    isRefused: refused,
    further: { binding_refused: refused ? 1 : 0 },
  } as const;
}

async function remove(tx: Tx, context: Context, current: Port): Promise<void> {
  if (current.device_owner === ROUTER_INTERFACE || current.device_owner === ROUTER_GATEWAY) {
    const router = await findRow(tx.db, 'routers', current.device_id);
    if (router) {
      const use = { id: current.id, deviceOwner: current.device_owner, router: router.id };
      throw current.device_owner === ROUTER_INTERFACE
        ? errors.port.isRouterInterface(use)
        : errors.port.isRouterGateway(use);
    }
  }
  if (current.device_owner === FLOATING_IP) {
    const floatingIp = await findRow(tx.db, 'floatingips', current.device_id);
    if (floatingIp?.floating_port_id === current.id)
      throw errors.port.isFloatingIp({ id: current.id, floatingIp: floatingIp.id });
  }
  if (context.isAdmin || current.project_id === context.projectId) {
    if (current.trunk_details !== null)
      throw errors.port.isTrunkParent({ id: current.id, trunk: current.trunk_details.trunk_id });
    if (current.device_owner === TRUNK_SUBPORT) await requireNoSubport(tx, current.id);
  } else await leaveTrunk(tx, context, current);
  await removePort(tx, current);
  if (hasHardwareType(current)) await placeServices(tx, current.network_id);
}

export const portOperations: OperationsOn<typeof port> = {
  load,
  supply,
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
  createAll,
  update,
  delete: remove,
  nested: [bindings],
};
