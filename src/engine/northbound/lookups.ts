/** Who stands where, as the store has it now: the steps from a change to the units that it concerns. */

import type { Kysely } from 'kysely';
import { ROUTER_GATEWAY, ROUTER_INTERFACE, routersOutOf, type Tables } from '../../resources/index.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];
type Found = Promise<{ id: string }[]>;

const ofRouters = [ROUTER_INTERFACE, ROUTER_GATEWAY];

/** Whether a port with this device_owner is one that its router's plan is made from. */
export const isRouters = (deviceOwner: string): boolean => ofRouters.includes(deviceOwner);

/** The ports that no security group protects. */
export const openPorts = (db: Database): Found =>
  db
    .selectFrom('ports')
    .select('id')
    .where((port) => port.or([port('port_security_enabled', '=', 0), port('device_owner', 'in', ofRouters)]))
    .execute();

export const subnetsOfNetworks = (db: Database, networkIds: Ids): Found =>
  db.selectFrom('subnets').select('id').where('network_id', 'in', networkIds).execute();

export const portsOfNetworks = (db: Database, networkIds: Ids): Found =>
  db.selectFrom('ports').select('id').where('network_id', 'in', networkIds).execute();

export const routerPortsOfNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('id')
    .where('network_id', 'in', networkIds)
    .where('device_owner', 'in', ofRouters)
    .execute();

/** The ports that have prefixes delegated to them. */
export const delegatingPortsOfNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('id')
    .where('network_id', 'in', networkIds)
    .where('delegated_prefixes', '!=', '[]')
    .execute();

/** The ports that have an address in one of the subnets. */
export const portsOfSubnets = (db: Database, subnetIds: Ids): Found =>
  db
    .selectFrom('ip_allocations')
    .select('port_id as id')
    .distinct()
    .where('subnet_id', 'in', subnetIds)
    .execute();

const routerPorts = (db: Database, subnetIds: Ids) =>
  db
    .selectFrom('ip_allocations')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .distinct()
    .where('ip_allocations.subnet_id', 'in', subnetIds);

export const routerPortsOfSubnets = (db: Database, subnetIds: Ids): Found =>
  routerPorts(db, subnetIds).select('ports.id').where('ports.device_owner', 'in', ofRouters).execute();

/** The routers whose external gateway is in one of the subnets. */
export const routersOutOfSubnets = (db: Database, subnetIds: Ids): Found =>
  routerPorts(db, subnetIds)
    .select('ports.device_id as id')
    .where('ports.device_owner', '=', ROUTER_GATEWAY)
    .execute();

/** The routers whose external gateway is on one of the networks. */
export const routersOutOfNetworks = (db: Database, networkIds: Ids): Found =>
  routersOutOf(db, networkIds).execute();

/** The routers that are attached to the networks. */
export const routersBehindNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('device_id as id')
    .distinct()
    .where('network_id', 'in', networkIds)
    .where('device_owner', '=', ROUTER_INTERFACE)
    .execute();

/** The gateways of those routers. */
export const gatewayPortsBehindNetworks = async (db: Database, networkIds: Ids): Found => {
  const routers = await routersBehindNetworks(db, networkIds);
  return routers.length === 0
    ? []
    : gatewayPortsOfRouters(
        db,
        routers.map(({ id }) => id),
      );
};

export const securityGroupsOfProjects = (db: Database, projectIds: Ids): Found =>
  db.selectFrom('security_groups').select('id').where('project_id', 'in', projectIds).execute();

/** The anycast addresses that ports serve. */
export const anycastAddressesOfPorts = (db: Database, portIds: Ids): Found =>
  db
    .selectFrom('anycast_members')
    .select('anycast_address_id as id')
    .distinct()
    .where('port_id', 'in', portIds)
    .execute();

export const anycastAddressesOfRouters = (db: Database, routerIds: Ids): Found =>
  db.selectFrom('anycast_addresses').select('id').where('router_id', 'in', routerIds).execute();

/** The floating IPs that stand for ports. */
export const floatingIpsOfPorts = (db: Database, portIds: Ids): Found =>
  db.selectFrom('floatingips').select('id').where('port_id', 'in', portIds).execute();

/** The floating IPs that routers lead to ports. */
export const floatingIpsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('floatingips')
    .select('id')
    .where('router_id', 'in', routerIds)
    .where('port_id', 'is not', null)
    .execute();

/** The floating IPs that stand for any port. */
export const allFloatingIps = (db: Database): Found =>
  db.selectFrom('floatingips').select('id').where('port_id', 'is not', null).execute();

/** The ports whose instances use ports as subports of a trunk. */
export const parentsOfSubports = (db: Database, portIds: Ids): Found =>
  db
    .selectFrom('trunk_subports')
    .innerJoin('trunks', 'trunks.id', 'trunk_subports.trunk_id')
    .select('trunks.port_id as id')
    .distinct()
    .where('trunk_subports.port_id', 'in', portIds)
    .execute();

/** The ports that have QoS policies, of their own or of their networks. */
export const portsOfPolicies = async (db: Database, policyIds: Ids): Found => {
  const networks = db.selectFrom('networks').select('id').where('qos_policy_id', 'in', policyIds);
  return db
    .selectFrom('ports')
    .select('id')
    .where((port) => port.or([port('qos_policy_id', 'in', policyIds), port('network_id', 'in', networks)]))
    .execute();
};

/** The floating IPs that have QoS policies. */
export const floatingIpsOfPolicies = (db: Database, policyIds: Ids): Found =>
  db.selectFrom('floatingips').select('id').where('qos_policy_id', 'in', policyIds).execute();

/** The floating IPs with QoS policies that routers translate. */
export const limitedFloatingIpsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('floatingips')
    .select('id')
    .where('router_id', 'in', routerIds)
    .where('qos_policy_id', 'is not', null)
    .execute();

/** The floating IPs with one of their addresses on one of the networks. */
export const floatingIpsOnNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('floatingips')
    .innerJoin('ports', 'ports.id', 'floatingips.port_id')
    .select('floatingips.id')
    .distinct()
    .where((row) =>
      row.or([row('ports.network_id', 'in', networkIds), row('floating_network_id', 'in', networkIds)]),
    )
    .execute();

/** What is found on networks, of those with subnets from pools. */
const onPools =
  (onNetworks: (db: Database, networkIds: Ids) => Found) =>
  async (db: Database, poolIds: Ids): Found => {
    const rows = await db
      .selectFrom('subnets')
      .select('network_id')
      .distinct()
      .where('subnetpool_id', 'in', poolIds)
      .execute();
    return rows.length === 0
      ? []
      : onNetworks(
          db,
          rows.map(({ network_id }) => network_id),
        );
  };

/** The same, of networks with subnets from pools. */
export const floatingIpsOnPools = onPools(floatingIpsOnNetworks);

/** The floating IPs of routers whose ports are forwarded. */
export const forwardingIpsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('floatingips')
    .select('id')
    .where('router_id', 'in', routerIds)
    .where('port_id', 'is', null)
    .execute();

/** The floating IPs that forward from or to one of the networks. */
export const forwardingIpsOnNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('port_forwardings')
    .innerJoin('floatingips', 'floatingips.id', 'floatingip_id')
    .innerJoin('ports', 'ports.id', 'internal_port_id')
    .select('floatingip_id as id')
    .distinct()
    .where((row) =>
      row.or([row('ports.network_id', 'in', networkIds), row('floating_network_id', 'in', networkIds)]),
    )
    .execute();

/** The same, of networks with subnets from pools. */
export const forwardingIpsOnPools = onPools(forwardingIpsOnNetworks);

/** The routers with a port on one of the networks, their gateway's or another. */
export const routersOnNetworks = (db: Database, networkIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('device_id as id')
    .distinct()
    .where('network_id', 'in', networkIds)
    .where('device_owner', 'in', ofRouters)
    .execute();

/** The same, of networks with subnets from pools. */
export const routersOnPools = onPools(routersOnNetworks);

/** The ports that floating IPs of routers stand for. */
export const portsOfRoutersFloatingIps = async (db: Database, routerIds: Ids): Found =>
  (
    await db
      .selectFrom('floatingips')
      .select('port_id')
      .where('router_id', 'in', routerIds)
      .where('port_id', 'is not', null)
      .execute()
  ).flatMap(({ port_id: id }) => (id === null ? [] : { id }));

/** The ports that floating IPs stand for. */
export const portsOfFloatingIps = async (db: Database): Found =>
  (await db.selectFrom('floatingips').select('port_id').where('port_id', 'is not', null).execute()).flatMap(
    ({ port_id: id }) => (id === null ? [] : { id }),
  );

/** The ports on networks that routers are attached to. */
const portsBehind = (db: Database) =>
  db
    .selectFrom('routers')
    .innerJoin('ports as inside', 'inside.device_id', 'routers.id')
    .innerJoin('ports', 'ports.network_id', 'inside.network_id')
    .select('ports.id')
    .distinct()
    .where('inside.device_owner', '=', ROUTER_INTERFACE);

export const portsBehindRouters = (db: Database, routerIds: Ids): Found =>
  portsBehind(db).where('routers.id', 'in', routerIds).execute();

/** Those behind routers that have IPv6 leave by its instances' own hosts. */
const distributedPorts = (db: Database) => portsBehind(db).where('distributed_ipv6', '=', 1);

export const allDistributedPorts = (db: Database): Found => distributedPorts(db).execute();

export const distributedPortsOfRouters = (db: Database, routerIds: Ids): Found =>
  distributedPorts(db).where('routers.id', 'in', routerIds).execute();

/** Those behind such routers of the networks, whichever of their networks they are on. */
export const distributedPortsBeside = async (db: Database, networkIds: Ids): Found =>
  distributedPortsOf(db, await routersBehindNetworks(db, networkIds));

/** Those behind such routers with a port on one of the networks, their gateway's or another. */
export const distributedPortsInScopes = async (db: Database, networkIds: Ids): Found =>
  distributedPortsOf(db, await routersOnNetworks(db, networkIds));

const distributedPortsOf = async (db: Database, routers: Awaited<Found>): Found =>
  routers.length === 0
    ? []
    : distributedPortsOfRouters(
        db,
        routers.map(({ id }) => id),
      );

/** The same, of networks with subnets from pools. */
export const distributedPortsOnPools = onPools(distributedPortsInScopes);

/** The routers on the networks that let in nothing but answers. */
export const egressOnlyRoutersOnNetworks = (db: Database, networkIds: Ids): Found =>
  egressOnlyPorts(db).select('routers.id').where('ports.network_id', 'in', networkIds).execute();

/** The ports of such routers. */
export const egressOnlyPortsOfRouters = (db: Database, routerIds: Ids): Found =>
  egressOnlyPorts(db).select('ports.id').where('routers.id', 'in', routerIds).execute();

/** Those of such routers with a port on one of the networks, whichever they are on. */
export const egressOnlyPortsBeside = async (db: Database, networkIds: Ids): Found => {
  const routers = await egressOnlyRoutersOnNetworks(db, networkIds);
  return routers.length === 0
    ? []
    : egressOnlyPortsOfRouters(
        db,
        routers.map(({ id }) => id),
      );
};

const egressOnlyPorts = (db: Database) =>
  db
    .selectFrom('routers')
    .innerJoin('ports', 'ports.device_id', 'routers.id')
    .where('egress_only_ipv6', '=', 1)
    .where('device_owner', 'in', ofRouters)
    .distinct();

/** The ports that routers answer for outside. */
export const proxiedPortsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('ndp_proxies')
    .select('port_id as id')
    .distinct()
    .where('router_id', 'in', routerIds)
    .execute();

export const gatewayPortsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('id')
    .where('device_id', 'in', routerIds)
    .where('device_owner', '=', ROUTER_GATEWAY)
    .execute();

export const portsOfRouters = (db: Database, routerIds: Ids): Found =>
  db
    .selectFrom('ports')
    .select('id')
    .where('device_id', 'in', routerIds)
    .where('device_owner', 'in', ofRouters)
    .execute();
