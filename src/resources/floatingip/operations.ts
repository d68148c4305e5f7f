/** Floating IPs: create, update, delete. */
import type { Kysely } from 'kysely';
import { Address, type Family } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import { canSeeNetwork } from '../network/sharing.ts';
import { newId } from '../new-id.ts';
import { requirePolicyAtGateway } from '../policy/use.ts';
import { createPort } from '../port/creation.ts';
import type { Port } from '../port/definition.ts';
import { FLOATING_IP } from '../port/owners.ts';
import { removePortWithId } from '../port/removal.ts';
import {
  deleteRow,
  findRow,
  fromRow,
  insertRow,
  newborn,
  type ReadOf,
  slices,
  updateRow,
} from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import { portDefaults } from '../router/interfaces.ts';
import { type NetworkWithSubnets, networkWithSubnets } from '../subnet/rows.ts';
import type { FloatingIpRow, PortForwardingRow, Tables, Tx } from '../tables.ts';
import { chooseInner, type InnerAddress, useFor } from './association.ts';
import { type FloatingIp, type FloatingIpCreate, type FloatingIpUpdate, floatingIp } from './definition.ts';
import { briefForwarding } from './port-forwarding.ts';
import { forwardingsOf, portForwardings } from './port-forwardings.ts';
import { UNUSED } from './release.ts';

type Details = FloatingIp['port_details'];

async function load(db: Kysely<Tables>, rows: FloatingIpRow[]): Promise<FloatingIp[]> {
  const details = await detailsOf(
    db,
    rows.flatMap(({ port_id }) => port_id ?? []),
  );
  const forwardings = await forwardingsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) =>
    complete(fromRow(floatingIp, row), details.get(row.port_id ?? '') ?? null, forwardings.get(row.id)),
  );
}

const complete = (
  stored: ReadOf<typeof floatingIp>,
  details: Details,
  forwardings: readonly PortForwardingRow[] = [],
): FloatingIp => ({
  ...stored,
  port_details: details,
  port_forwardings: forwardings.map(briefForwarding),
});

/** What is shown of ports beside the floating IPs that stand for them. */
async function detailsOf(db: Kysely<Tables>, portIds: readonly string[]): Promise<Map<string, Details>> {
  const details = new Map<string, Details>();
  for (const ids of slices(portIds)) {
    const rows = await db
      .selectFrom('ports')
      .select(['id', 'name', 'network_id', 'mac_address', 'admin_state_up', 'status'])
      .select(['device_id', 'device_owner'])
      .where('id', 'in', ids)
      .execute();
    for (const { id, admin_state_up, ...rest } of rows)
      details.set(id, { ...rest, admin_state_up: admin_state_up === 1 });
  }
  return details;
}

/** @throws RequestError 404 for a network that is not there for the caller, 400 for one that is not external */
async function externalNetwork(tx: Tx, context: Context, id: string): Promise<NetworkWithSubnets> {
  const surroundings = await networkWithSubnets(tx.db, id);
  if (!surroundings || !(await canSeeNetwork(tx.db, surroundings.network, context)))
    throw errors.notFound.network({ id });
  if (surroundings.network.router_external !== 1) throw errors.floatingIp.notExternal({ network: id });
  return surroundings;
}

/** The families that the floating IP can be of, by what is asked of its own address; IPv4 comes first, as in Neutron. */
function familiesFor({ network, subnets }: NetworkWithSubnets, request: FloatingIpCreate): Family[] {
  const { floating_ip_address: address, subnet_id: subnetId } = request;
  if (address !== undefined) return [Address.parse(address).family];
  const given = subnets.find(({ id }) => id === subnetId);
  if (given !== undefined) return [given.ip_version];
  const families = ([4, 6] as const).filter((family) =>
    subnets.some(({ ip_version }) => ip_version === family),
  );
  if (families.length === 0) throw errors.floatingIp.noSubnet({ network: network.id });
  return families;
}

/** Takes the floating IP's own address: a port on the external network that nobody sees has it. */
function takeAddress(
  tx: Tx,
  context: Context,
  { network, subnets }: NetworkWithSubnets,
  id: string,
  family: Family,
  { floating_ip_address: address, subnet_id: subnetId }: FloatingIpCreate,
): Promise<Port> {
  const wish = { ...(address && { ip_address: address }), ...(subnetId && { subnet_id: subnetId }) };
  // Any subnet of the family will do, unless one is asked for.
  const isOpen = Object.keys(wish).length === 0;
  const usable = isOpen ? subnets.filter(({ ip_version }) => ip_version === family) : subnets;
  return createPort(
    tx,
    context,
    { network, subnets: usable },
    {
      ...portDefaults,
      project_id: '',
      network_id: network.id,
      device_id: id,
      device_owner: FLOATING_IP,
      fixed_ips: isOpen ? undefined : [wish],
    },
  );
}

/** @throws RequestError 400: an address is somebody's */
function checkFixed(portId: string | null | undefined, fixed: string | null | undefined): void {
  if (fixed && !portId) throw errors.floatingIp.addressWithoutPort();
}

async function create(tx: Tx, context: Context, request: FloatingIpCreate): Promise<FloatingIp> {
  const { port_id: portId, fixed_ip_address: fixed, subnet_id: _, ...rest } = request;
  checkFixed(portId, fixed);
  await requirePolicyAtGateway(tx, context, request.qos_policy_id, 'floatingip');
  const surroundings = await externalNetwork(tx, context, request.floating_network_id);
  const families = familiesFor(surroundings, request);
  const inner = portId === null ? undefined : await chooseInner(tx.db, context, portId, fixed, families);
  const wished = inner && Address.parse(inner.address).family;
  // An address of the other version has the one that there is.
  const family = wished && families.includes(wished) ? wished : (families[0] as Family);
  const id = newId();
  const port = await takeAddress(tx, context, surroundings, id, family, request);
  const projectId = request.project_id ?? context.projectId;
  const floating = {
    ...rest,
    ...newborn(),
    ...UNUSED,
    id,
    project_id: projectId,
    tenant_id: projectId,
    floating_ip_address: port.fixed_ips[0]?.ip_address ?? '',
  };
  const stored = { ...floating, ...(inner && (await useFor(tx, floating, inner))) };
  insertRow(tx, floatingIp, stored, { floating_port_id: port.id });
  return shown(tx, stored);
}

async function shown(tx: Tx, stored: ReadOf<typeof floatingIp>): Promise<FloatingIp> {
  const details = await detailsOf(tx.db, stored.port_id === null ? [] : [stored.port_id]);
  const forwardings = await forwardingsOf(tx.db, [stored.id]);
  return complete(stored, details.get(stored.port_id ?? '') ?? null, forwardings.get(stored.id));
}

async function update(
  tx: Tx,
  context: Context,
  current: FloatingIp,
  changes: FloatingIpUpdate,
): Promise<FloatingIp> {
  // As in Neutron, a PUT of nothing has it stand for nothing.
  const blank = Object.keys(changes).length === 0 ? { port_id: null } : {};
  const { port_id: portId, fixed_ip_address: fixed = null, ...plain } = { ...changes, ...blank };
  checkFixed(portId, fixed);
  if (changes.qos_policy_id !== current.qos_policy_id)
    await requirePolicyAtGateway(tx, context, changes.qos_policy_id, 'floatingip', current.id);
  let association = {};
  // Where ports of it are forwarded, that goes on.
  if (portId === null) association = current.port_id === null ? {} : UNUSED;
  else if (portId !== undefined) {
    requireNoForwardings(current);
    const families = [Address.parse(current.floating_ip_address).family];
    const inner: InnerAddress = await chooseInner(tx.db, context, portId, fixed, families);
    association = await useFor(tx, current, inner);
  }
  const moved = updateRow(tx, floatingIp, current, { ...plain, ...association });
  return shown(tx, { ...current, ...(plain as Partial<FloatingIp>), ...association, ...moved });
}

async function remove(tx: Tx, _context: Context, current: FloatingIp): Promise<void> {
  requireNoForwardings(current);
  const row = await findRow(tx.db, 'floatingips', current.id);
  deleteRow(tx, floatingIp, current);
  if (row) await removePortWithId(tx, row.floating_port_id);
}

/** @throws RequestError 409: a floating IP stands for one port, or forwards to several */
function requireNoForwardings({ id, port_forwardings: forwardings }: FloatingIp): void {
  if (forwardings.length > 0) throw errors.portForwarding.floatingIpInUse({ id });
}

export const floatingIpOperations: OperationsOn<typeof floatingIp> = {
  load,
  create,
  update,
  delete: remove,
  nested: [portForwardings],
};
