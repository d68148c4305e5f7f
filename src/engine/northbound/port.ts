/** Ports of instances, and the two ends of a router's. */

import { Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { NetworkRow, PortRow, SubnetRow } from '../../store/tables.ts';
import type { PlannedRow, RowRef } from '../reconciler/plan.ts';
import {
  dhcpRef,
  dropGroupRef,
  groupRef,
  routerPortName,
  routerPortRef,
  routerRef,
  switchRef,
} from './names.ts';
import type { PlanContext } from './planner.ts';
import { raConfigs } from './router-advertisement.ts';
import { addressMode, servesDhcp } from './subnet.ts';

/** A port with all that its plan depends on. */
export interface PortFacts {
  readonly port: PortRow;
  readonly network: NetworkRow;
  /** Its addresses in order, each with its subnet. */
  readonly addresses: readonly { readonly address: Address; readonly subnet: SubnetRow }[];
  readonly securityGroups: readonly string[];
}

const routerOwners = new Set(['network:router_interface', 'network:router_gateway']);

/** `MAC LLA IP...`: without the link-local address nobody could resolve it, and its own NAs would be dropped. */
const withAddresses = (mac: Mac, addresses: readonly string[]): string =>
  [mac, linkLocalAddress(mac), ...addresses].join(' ');

interface AddressPair {
  ip_address: string;
  mac_address?: string;
}

/** What port_security lets out: the port's own addresses, and its allowed pairs by MAC. */
function portSecurity({ port, addresses }: PortFacts): string[] {
  const mac = Mac.parse(port.mac_address);
  const byMac = new Map<string, string[]>([
    [mac.toString(), addresses.map(({ address }) => address.toString())],
  ]);
  for (const pair of JSON.parse(port.allowed_address_pairs) as AddressPair[]) {
    const owner = pair.mac_address ?? mac.toString();
    const list = byMac.get(owner) ?? [];
    if (!list.includes(pair.ip_address)) list.push(pair.ip_address);
    byMac.set(owner, list);
  }
  return [...byMac].map(([owner, list]) => withAddresses(Mac.parse(owner), list));
}

/** The subnet whose DHCP the port gets: OVN serves one address of a family. */
function dhcpSubnet({ port, addresses }: PortFacts, family: 4 | 6): SubnetRow | undefined {
  if (port.device_owner.startsWith('network:')) return undefined;
  const served = addresses
    .map(({ subnet }) => subnet)
    .filter((subnet) => subnet.ip_version === family && servesDhcp(subnet));
  return served.find((subnet) => family === 4 || addressMode(subnet) === 'dhcpv6-stateful') ?? served[0];
}

function memberships({ port, securityGroups }: PortFacts): RowRef[] {
  if (port.port_security_enabled !== 1) return [];
  return [dropGroupRef, ...securityGroups.map(groupRef)];
}

function instancePort(facts: PortFacts): PlannedRow {
  const { port, addresses } = facts;
  const secured = port.port_security_enabled === 1;
  const own = withAddresses(
    Mac.parse(port.mac_address),
    addresses.map(({ address }) => address.toString()),
  );
  const dhcpv4 = dhcpSubnet(facts, 4);
  const dhcpv6 = dhcpSubnet(facts, 6);
  return {
    table: 'Logical_Switch_Port',
    key: 'port',
    columns: {
      name: port.id,
      type: '',
      addresses: secured ? [own] : [own, 'unknown'],
      port_security: secured ? portSecurity(facts) : [],
      enabled: port.admin_state_up === 1,
      dhcpv4_options: dhcpv4 && dhcpRef(dhcpv4.id),
      dhcpv6_options: dhcpv6 && dhcpRef(dhcpv6.id),
      external_ids: { 'neutron:port_name': port.name, 'neutron:device_id': port.device_id },
    },
    parent: switchRef(port.network_id),
    memberOf: memberships(facts),
  };
}

/** A router port's addresses with prefix lengths; at least its link-local one, as OVN wants one. */
function networksOf({ port, addresses }: PortFacts): string[] {
  const networks = addresses.map(({ address, subnet }) => `${address}/${Prefix.parse(subnet.cidr).length}`);
  for (const { subnet } of addresses) {
    // Instances without router advertisements have the subnet's gateway_ip as their next hop.
    const gateway = subnet.gateway_ip === null ? undefined : Address.parse(subnet.gateway_ip);
    if (gateway?.isLinkLocal && !networks.includes(`${gateway}/64`)) networks.push(`${gateway}/64`);
  }
  return networks.length > 0 ? networks : [`${linkLocalAddress(Mac.parse(port.mac_address))}/64`];
}

function routerPort(facts: PortFacts, context: PlanContext): readonly PlannedRow[] {
  const { port, network } = facts;
  const isGateway = port.device_owner === 'network:router_gateway';
  const chassis = isGateway ? context.gatewayChassis : [];
  return [
    {
      table: 'Logical_Switch_Port',
      key: 'port',
      columns: {
        name: port.id,
        type: 'router',
        addresses: ['router'],
        options: { 'router-port': routerPortName(port.id), ...(isGateway && { 'nat-addresses': 'router' }) },
        enabled: port.admin_state_up === 1,
        external_ids: { 'neutron:device_id': port.device_id },
      },
      parent: switchRef(port.network_id),
    },
    {
      table: 'Logical_Router_Port',
      key: 'router-port',
      columns: {
        name: routerPortName(port.id),
        mac: port.mac_address,
        networks: networksOf(facts),
        // So that OVN answers what is too big for the network with Packet Too Big (RFC 4443 section 3.2).
        options: { gateway_mtu: String(network.mtu) },
        enabled: port.admin_state_up === 1,
        ipv6_ra_configs: isGateway
          ? {}
          : raConfigs(
              network,
              facts.addresses.map(({ subnet }) => subnet),
            ),
        external_ids: {},
      },
      parent: routerRef(port.device_id),
    },
    ...chassis.map(
      (name, index): PlannedRow => ({
        table: 'Gateway_Chassis',
        key: `chassis ${name}`,
        columns: {
          name: `${routerPortName(port.id)}_${name}`,
          chassis_name: name,
          priority: chassis.length - index,
          external_ids: {},
        },
        parent: routerPortRef(port.id),
      }),
    ),
  ];
}

export const planPort = (facts: PortFacts, context: PlanContext): readonly PlannedRow[] =>
  routerOwners.has(facts.port.device_owner) && facts.port.device_id !== ''
    ? routerPort(facts, context)
    : [instancePort(facts)];
