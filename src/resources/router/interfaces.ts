/** Attaching subnets and ports to routers, and detaching them. */

import { Address } from '../../addressing/index.ts';
import { errors } from '../../errors/index.ts';
import { anycastAddressesOf, requireNoMembers } from '../anycast-address/members.ts';
import { checkOffLink } from '../anycast-address/rules.ts';
import type { Context } from '../context.ts';
import { object, uuid } from '../definition/attribute-types.ts';
import { defaultsOf } from '../definition/definition.ts';
import { requireSubnetUnused } from '../floatingip/release.ts';
import { requireSubnetUnproxied } from '../ndp-proxy/gateway-rules.ts';
import { canUseNetwork } from '../network/sharing.ts';
import { requireNotExternal } from '../nptv6-translation/translations.ts';
import { createPort } from '../port/creation.ts';
import { type Port, port as portDefinition } from '../port/definition.ts';
import { checkAttachedNotDelegated } from '../port/delegation.ts';
import { findPort, portOperations, requireNoSubport, updatePort } from '../port/operations.ts';
import { ROUTER_INTERFACE, TRUNK_SUBPORT } from '../port/owners.ts';
import { removePort } from '../port/removal.ts';
import { touchRow } from '../repository.ts';
import type { Subnet } from '../subnet/definition.ts';
import { findSubnet, type NetworkWithSubnets, networkWithSubnets } from '../subnet/rows.ts';
import { PREFIX_DELEGATION } from '../subnet/undelegated.ts';
import type { Tx } from '../tables.ts';
import { type Router, router as routerDefinition } from './definition.ts';
import { delegatedSubnetsOf, followDelegations, leaveDelegation } from './prefix-delegation/follow.ts';
import { retireRouter } from './retired-routers.ts';
import { routerAddressesOf } from './router-addresses.ts';
import { checkAttach, type RouterAddress } from './rules.ts';

const requestBody = object({}, { subnet_id: uuid, port_id: uuid });

/** The answer to add_router_interface and remove_router_interface. */
export interface InterfaceInfo {
  id: string;
  project_id: string;
  tenant_id: string;
  network_id: string;
  port_id: string;
  subnet_id: string;
  subnet_ids: string[];
}

function info(router: Router, port: Port, subnetId: string | undefined): InterfaceInfo {
  const subnetIds = port.fixed_ips.map(({ subnet_id }) => subnet_id ?? '');
  return {
    id: router.id,
    project_id: router.project_id,
    tenant_id: router.project_id,
    network_id: port.network_id,
    port_id: port.id,
    subnet_id: subnetId ?? subnetIds.at(-1) ?? '',
    subnet_ids: subnetIds,
  };
}

/** The router's interfaces on a network. */
async function interfacesOn(tx: Tx, context: Context, routerId: string, networkId: string): Promise<Port[]> {
  const rows = await tx.db
    .selectFrom('ports')
    .selectAll()
    .where('device_id', '=', routerId)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .where('network_id', '=', networkId)
    .execute();
  return portOperations.load(tx.db, rows, context.settings);
}

const isIpv6 = (port: Port): boolean =>
  port.fixed_ips.some(({ ip_address }) => ip_address !== undefined && Address.parse(ip_address).family === 6);

/** A subnet that the caller may put ports on, with its network. */
async function usableSubnet(
  tx: Tx,
  context: Context,
  id: string,
): Promise<NetworkWithSubnets & { readonly subnet: Subnet }> {
  const subnet = await findSubnet(tx.db, id);
  const surroundings = subnet && (await networkWithSubnets(tx.db, subnet.network_id));
  if (!surroundings || !(await canUseNetwork(tx.db, surroundings.network, context)))
    throw errors.notFound.subnet({ id });
  return { ...surroundings, subnet };
}

async function addBySubnet(tx: Tx, context: Context, router: Router, subnetId: string): Promise<Port> {
  const { subnet, ...surroundings } = await usableSubnet(tx, context, subnetId);
  const { network } = surroundings;
  if (subnet.gateway_ip === null) {
    throw errors.router.noGateway({ subnet: subnet.id });
  }
  if (!context.isAdmin && network.project_id !== context.projectId) {
    throw errors.router.gatewayOfOthers({ subnet: subnet.id, network: network.id });
  }
  checkAttach(router.id, subnet, await routerAddressesOf(tx.db, router.id));
  if (router.external_gateway_info) await requireNotExternal(tx, router.id, subnet);
  // A link-local gateway is what the router's port has anyway; a prefix still needs an address of the router's.
  const gateway = Address.parse(subnet.gateway_ip);
  const wish = gateway.isLinkLocal
    ? { subnet_id: subnet.id }
    : { subnet_id: subnet.id, ip_address: subnet.gateway_ip };
  if (subnet.ip_version === 6) {
    // One port carries all the IPv6 prefixes of a network: one link-local address, one advertisement.
    const existing = (await interfacesOn(tx, context, router.id, subnet.network_id)).find(isIpv6);
    if (existing) return updatePort(tx, context, existing, { fixed_ips: [...existing.fixed_ips, wish] });
  }
  return createPort(tx, context, surroundings, {
    ...portDefaults,
    project_id: router.project_id,
    network_id: network.id,
    device_id: router.id,
    device_owner: ROUTER_INTERFACE,
    fixed_ips: [wish],
  });
}

/** What a router's own ports have where a request would have defaults. */
export const portDefaults = {
  ...defaultsOf(portDefinition),
  port_security_enabled: false,
  security_groups: [],
};

async function addByPort(tx: Tx, context: Context, router: Router, portId: string): Promise<Port> {
  const port = await findPort(tx, context, portId);
  if (!port || !(context.isAdmin || port.project_id === context.projectId))
    throw errors.notFound.port({ id: portId });
  if (port.device_id !== '') {
    throw errors.router.portInUse({ port: port.id, network: port.network_id, device: port.device_id });
  }
  if (port.trunk_details !== null)
    throw errors.port.isTrunkParent({ id: port.id, trunk: port.trunk_details.trunk_id });
  if (port.device_owner === TRUNK_SUBPORT) await requireNoSubport(tx, port.id);
  if (port.fixed_ips.length === 0) {
    throw errors.router.portWithoutAddress({ port: port.id });
  }
  const attached = await routerAddressesOf(tx.db, router.id);
  let ipv4 = 0;
  for (const { subnet_id } of port.fixed_ips) {
    const subnet = await findSubnet(tx.db, subnet_id ?? '');
    if (!subnet) continue;
    checkAttach(router.id, subnet, attached);
    if (router.external_gateway_info) await requireNotExternal(tx, router.id, subnet);
    if (subnet.ip_version === 4) ipv4++;
  }
  if (ipv4 > 1) throw errors.router.severalIpv4();
  if (isIpv6(port) && (await interfacesOn(tx, context, router.id, port.network_id)).some(isIpv6)) {
    throw errors.router.severalIpv6Ports({ network: port.network_id });
  }
  return updatePort(tx, context, port, {
    device_id: router.id,
    device_owner: ROUTER_INTERFACE,
    security_groups: [],
    allowed_address_pairs: [],
    port_security_enabled: false,
  });
}

/** `PUT /v2.0/routers/ID/add_router_interface` with a subnet_id or a port_id. */
export async function addInterface(
  tx: Tx,
  context: Context,
  router: Router,
  body: unknown,
): Promise<InterfaceInfo> {
  const request = requestBody.parse(body, 'body');
  if ((request.subnet_id === undefined) === (request.port_id === undefined)) {
    throw errors.router.subnetOrPort();
  }
  const port =
    request.subnet_id !== undefined
      ? await addBySubnet(tx, context, router, request.subnet_id)
      : await addByPort(tx, context, router, request.port_id ?? '');
  await checkAnycastOffLink(tx, router.id);
  const attached = await routerAddressesOf(tx.db, router.id);
  await checkAttachedNotDelegated(tx, router, attached);
  if (attached.some((one) => one.portId === port.id && isFromProvider(one)))
    await followDelegations(tx, router.id);
  touchRow(tx, routerDefinition, router.id);
  return info(router, port, request.subnet_id);
}

/** @throws RequestError 400 when one of the router's anycast addresses is on a subnet that it is attached to now */
export async function checkAnycastOffLink(tx: Tx, routerId: string): Promise<void> {
  const addresses = await anycastAddressesOf(tx.db, routerId);
  if (addresses.length === 0) return;
  const attached = await routerAddressesOf(tx.db, routerId);
  for (const { address } of addresses) checkOffLink(address, attached);
}

/** `PUT /v2.0/routers/ID/remove_router_interface`: one prefix of a port that has several goes alone. */
export async function removeInterface(
  tx: Tx,
  context: Context,
  router: Router,
  body: unknown,
): Promise<InterfaceInfo> {
  const request = requestBody.parse(body, 'body');
  const { subnet_id: subnetId, port_id: portId } = request;
  if (subnetId === undefined && portId === undefined) {
    throw errors.router.neitherSubnetNorPort();
  }
  const port = await interfaceFor(tx, context, router, subnetId, portId);
  const addresses = await checkNextHops(tx, router, port, subnetId);
  for (const { subnet_id } of port.fixed_ips)
    if (subnetId === undefined || subnet_id === subnetId) {
      await requireSubnetUnused(tx, router.id, subnet_id ?? '');
      await requireSubnetUnproxied(tx, router.id, subnet_id ?? '');
    }
  await retireRouter(tx, port, subnetId);
  const leaving = addresses.some(isFromProvider)
    ? (await delegatedSubnetsOf(tx, port.id)).filter(({ id }) => subnetId === undefined || id === subnetId)
    : [];
  const rest = subnetId === undefined ? [] : port.fixed_ips.filter((one) => one.subnet_id !== subnetId);
  if (rest.length > 0) await updatePort(tx, context, port, { fixed_ips: rest });
  else await removePort(tx, port);
  for (const subnet of leaving) await leaveDelegation(tx, subnet);
  if (leaving.length > 0) await followDelegations(tx, router.id);
  touchRow(tx, routerDefinition, router.id);
  return info(router, port, subnetId);
}

async function interfaceFor(
  tx: Tx,
  context: Context,
  router: Router,
  subnetId: string | undefined,
  portId: string | undefined,
): Promise<Port> {
  let port: Port | undefined;
  if (portId !== undefined) port = await findPort(tx, context, portId);
  else {
    const subnet = await findSubnet(tx.db, subnetId ?? '');
    const ports = subnet ? await interfacesOn(tx, context, router.id, subnet.network_id) : [];
    port = ports.find(({ fixed_ips }) => fixed_ips.some((one) => one.subnet_id === subnetId));
  }
  if (port?.device_id !== router.id || port.device_owner !== ROUTER_INTERFACE) {
    const what = portId !== undefined ? `port ${portId}` : `subnet ${subnetId}`;
    throw errors.router.interfaceNotFound({ router: router.id, what });
  }
  if (subnetId !== undefined && !port.fixed_ips.some((one) => one.subnet_id === subnetId)) {
    throw errors.router.subnetNotOnPort({ subnet: subnetId, port: port.id });
  }
  return port;
}

/** Whether a provider delegates the prefix that an address is in. */
const isFromProvider = ({ poolId }: RouterAddress): boolean => poolId === PREFIX_DELEGATION;

/**
 * @returns the addresses that the router loses
 * @throws RequestError 409 when the next hop of a static route or an anycast address would no longer be reached
 */
async function checkNextHops(
  tx: Tx,
  router: Router,
  port: Port,
  subnetId: string | undefined,
): Promise<RouterAddress[]> {
  const leaving = (await routerAddressesOf(tx.db, router.id)).filter(
    (one) => one.portId === port.id && (subnetId === undefined || one.subnetId === subnetId),
  );
  await requireNoMembers(
    tx.db,
    router.id,
    leaving.map(({ prefix }) => prefix),
  );
  for (const { nexthop } of router.routes) {
    const hop = Address.parse(nexthop);
    const prefix = leaving.find(
      (one) => one.prefix.contains(hop) || (hop.isLinkLocal && one.prefix.family === 6),
    );
    if (prefix) {
      throw errors.router.interfaceInUseByRoute({ subnet: prefix.subnetId, router: router.id, nexthop });
    }
  }
  return leaving;
}
