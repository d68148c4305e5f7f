/** Subnets: create, update, delete. */

import { Address, AddressRange, eui64Address, Mac, Prefix, subtractRanges } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { network } from '../network/definition.ts';
import { mtuTooSmall } from '../network/operations.ts';
import { MINIMUM_IPV6_MTU } from '../network/rules.ts';
import { canUseNetwork } from '../network/sharing.ts';
import { newId } from '../new-id.ts';
import { port } from '../port/definition.ts';
import { AUTO_DELETED_OWNERS, routerOwners } from '../port/owners.ts';
import { AFTER_ALL_WISHES } from '../port/positions.ts';
import { removePort } from '../port/removal.ts';
import {
  deleteRow,
  findRow,
  insertRow,
  newborn,
  recordChange,
  sendRows,
  touchRow,
  updateRow,
} from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { sharedWith } from '../sharing.ts';
import type { Tx } from '../tables.ts';
import { checkAdvertised } from './advertised.ts';
import { setRanges } from './allocator.ts';
import { type Subnet, type SubnetCreate, type SubnetUpdate, subnet } from './definition.ts';
import { isAutoAddress } from './modes.ts';
import { giveBackToPool, type PlacedRequest, placeSubnet } from './pool-prefix.ts';
import { subnetOf } from './rows.ts';
import {
  checkGateway,
  checkOptions,
  checkPools,
  defaultPools,
  subnetShapeOf,
  toPool,
  toRange,
} from './rules.ts';
import { isOnShared } from './shared-filter.ts';
import { isUndelegated, NOWHERE, PREFIX_DELEGATION } from './undelegated.ts';

async function create(tx: Tx, context: Context, wish: SubnetCreate): Promise<Subnet> {
  const networkRow = await findRow(tx.db, 'networks', wish.network_id);
  if (!networkRow || !(await canUseNetwork(tx.db, networkRow, context)))
    throw errors.notFound.network({ id: wish.network_id });
  if (!context.isAdmin && networkRow.project_id !== context.projectId) {
    throw errors.subnet.notNetworkOwner({ network: wish.network_id });
  }
  const projectId = wish.project_id ?? (context.isAdmin ? networkRow.project_id : context.projectId);
  const request = await placeSubnet(tx, context, projectId, wish);
  const { prefix, gateway, pools } = subnetShapeOf(request);
  if (prefix.family === 6 && networkRow.mtu < MINIMUM_IPV6_MTU)
    throw mtuTooSmall(networkRow.id, networkRow.mtu);
  await checkNeighbours(tx, request, prefix);

  const id = newId();
  const { prefixlen: _length, use_default_subnetpool: _default, ...rest } = request;
  const record: Subnet = {
    ...rest,
    ...newborn(),
    id,
    project_id: projectId,
    tenant_id: projectId,
    cidr: prefix.toString(),
    gateway_ip: gateway?.toString() ?? null,
    allocation_pools: pools.map(toPool),
    segment_id: null,
    prefix_preferred_until: null,
    prefix_valid_until: null,
    prefix_reason: request.subnetpool_id === PREFIX_DELEGATION ? NOWHERE : '',
  };
  insertRow(tx, subnet, record);
  touchRow(tx, network, request.network_id);
  if (isUndelegated(record)) return record;
  if (isAutoAddress(record)) await addAutoAddresses(tx, record);
  else setRanges(tx, id, pools);
  return record;
}

/** @throws RequestError 400 for a subnet that overlaps another on its network, or is from another pool or scope */
async function checkNeighbours(tx: Tx, request: PlacedRequest, prefix: Prefix): Promise<void> {
  const { network_id: network, subnetpool_id: pool } = request;
  const rows = await tx.db
    .selectFrom('subnets')
    .leftJoin('subnetpools', 'subnetpools.id', 'subnetpool_id')
    .select(['subnets.id', 'cidr', 'subnets.ip_version', 'subnetpool_id', 'address_scope_id'])
    .where('network_id', '=', network)
    .execute();
  const other = isUndelegated({ cidr: prefix.toString() })
    ? undefined
    : rows.find((row) => Prefix.parse(row.cidr).overlaps(prefix));
  if (other) throw errors.subnet.overlaps({ prefix, network, other: other.cidr, otherId: other.id });
  const stranger = rows.find((row) => row.ip_version === prefix.family && row.subnetpool_id !== pool);
  if (!stranger) return;
  if (stranger.address_scope_id !== null && pool !== null) {
    if ((await findRow(tx.db, 'subnetpools', pool))?.address_scope_id === stranger.address_scope_id) return;
    throw errors.addressScope.otherScopeOnNetwork({ version: prefix.family, subnet: stranger.id });
  }
  throw errors.subnetpool.otherPoolOnNetwork({
    version: prefix.family,
    subnet: stranger.id,
    pool: stranger.subnetpool_id === null ? 'none' : `subnet pool ${stranger.subnetpool_id}`,
  });
}

/** Gives every instance's port on the network its address in a new SLAAC or stateless subnet. */
async function addAutoAddresses(tx: Tx, record: Subnet): Promise<void> {
  const prefix = Prefix.parse(record.cidr);
  const ports = await tx.db
    .selectFrom('ports')
    .select(['id', 'mac_address', 'network_id', 'device_id', 'device_owner'])
    .where('network_id', '=', record.network_id)
    .where('device_owner', 'not in', [...routerOwners])
    .execute();
  const rows = ports.map(({ id, mac_address }) => {
    const address = eui64Address(prefix, Mac.parse(mac_address));
    return {
      subnet_id: record.id,
      network_id: record.network_id,
      port_id: id,
      address: address.sortKey,
      ip_address: address.toString(),
      position: AFTER_ALL_WISHES,
    };
  });
  sendRows(tx, 'ip_allocations', rows);
  for (const holder of ports) recordChange(tx, port, holder, ['fixed_ips']);
}

async function portsHolding(tx: Tx, subnetId: string, owners?: readonly string[]) {
  let query = tx.db
    .selectFrom('ip_allocations')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .select([
      'ports.id',
      'ports.network_id',
      'ports.device_owner',
      'ports.device_id',
      'ip_allocations.address',
    ])
    .where('ip_allocations.subnet_id', '=', subnetId);
  if (owners) query = query.where('ports.device_owner', 'in', [...owners]);
  return query.execute();
}

async function update(tx: Tx, _context: Context, current: Subnet, changes: SubnetUpdate): Promise<Subnet> {
  if (current.subnetpool_id === PREFIX_DELEGATION)
    for (const attribute of ['gateway_ip', 'allocation_pools'] as const)
      if (changes[attribute] !== undefined) throw errors.subnet.followsDelegation({ attribute });
  const prefix = Prefix.parse(current.cidr);
  const next: Subnet = { ...current, ...(changes as Partial<Subnet>) };
  checkOptions(current.ip_version, changes);
  checkAdvertised(next);
  if (!next.enable_dhcp && (next.ipv6_ra_mode !== null || next.ipv6_address_mode !== null)) {
    throw errors.subnet.dhcpOffWithModes();
  }
  const gateway = next.gateway_ip === null ? undefined : Address.parse(next.gateway_ip);
  const gatewayChanged = next.gateway_ip !== current.gateway_ip;
  if (gatewayChanged) {
    if (gateway) checkGateway(gateway, prefix);
    await checkGatewayFree(tx, current);
  }
  const poolsChanged = changes.allocation_pools !== undefined || gatewayChanged;
  if (poolsChanged) {
    const pools = choosePools(current, next, prefix, gateway, changes.allocation_pools);
    next.allocation_pools = pools.map(toPool);
    if (!isAutoAddress(current)) await resetRanges(tx, current.id, pools);
  }
  const moved = updateRow(tx, subnet, current, {
    ...changes,
    allocation_pools: next.allocation_pools,
  });
  if (moved.revision_number !== current.revision_number) touchRow(tx, network, current.network_id);
  return { ...next, ...moved };
}

function choosePools(
  current: Subnet,
  next: Subnet,
  prefix: Prefix,
  gateway: Address | undefined,
  given: Subnet['allocation_pools'] | undefined,
): AddressRange[] {
  if (given) return checkPools(given, prefix, gateway);
  const oldGateway = current.gateway_ip === null ? undefined : Address.parse(current.gateway_ip);
  const ranges = current.allocation_pools.map(toRange);
  const untouched =
    JSON.stringify(defaultPools(prefix, oldGateway).map(toPool)) === JSON.stringify(current.allocation_pools);
  // Pools that nobody chose follow the gateway; chosen ones must leave it out.
  return untouched
    ? defaultPools(prefix, gateway)
    : checkPools(ranges.map(toPool), prefix, gateway && next.gateway_ip !== null ? gateway : undefined);
}

async function resetRanges(tx: Tx, subnetId: string, pools: AddressRange[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('ip_allocations')
    .select('address')
    .where('subnet_id', '=', subnetId)
    .execute();
  const taken = rows
    .map(({ address }) => Address.fromSortKey(address))
    .map((address) => AddressRange.of(address, address));
  setRanges(tx, subnetId, subtractRanges(pools, taken));
}

async function checkGatewayFree(tx: Tx, current: Subnet): Promise<void> {
  if (current.gateway_ip === null) return;
  const key = Address.parse(current.gateway_ip).sortKey;
  const holders = await portsHolding(tx, current.id, [...routerOwners]);
  const holder = holders.find((port) => port.address === key);
  if (holder) {
    throw errors.subnet.gatewayInUse({ gateway: current.gateway_ip, port: holder.id });
  }
}

async function remove(tx: Tx, _context: Context, current: Subnet): Promise<void> {
  const holders = await portsHolding(tx, current.id);
  const auto = isAutoAddress(current);
  const blocking = holders.find(
    ({ device_owner }) => !AUTO_DELETED_OWNERS.has(device_owner) && (!auto || routerOwners.has(device_owner)),
  );
  if (blocking) {
    const { id, device_owner: owner } = blocking;
    throw errors.subnet.inUse({ id: current.id, port: owner ? `${id} (${owner})` : id });
  }
  for (const holder of holders) {
    if (AUTO_DELETED_OWNERS.has(holder.device_owner)) await removePort(tx, holder);
    else recordChange(tx, port, holder, ['fixed_ips']);
  }
  await tx.db.deleteFrom('ip_allocations').where('subnet_id', '=', current.id).execute();
  deleteRow(tx, subnet, current);
  await giveBackToPool(tx, current);
  touchRow(tx, network, current.network_id);
}

export const subnetOperations: OperationsOn<typeof subnet> = {
  load: async (_db, rows) => rows.map(subnetOf),
  // Who may put ports on a network must know its subnets. Those of external networks are the operator's, as Neutron has it.
  visible: (projectId) => [
    (builder) =>
      builder('subnets.network_id', 'in', sharedWith(builder, 'network', projectId, 'access_as_shared')),
  ],
  filters: { shared: isOnShared },
  create,
  update,
  delete: remove,
};
