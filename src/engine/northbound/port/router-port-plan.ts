/** The rows of a router's port. Pure. */

import { linkLocalAddress } from '../../../addressing/index.ts';
import { ROUTER_GATEWAY } from '../../../resources/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import type { EngineSettings } from '../../settings.ts';
import { egressOnlyGroupRef, key, openGroupRef, routerPortName, routerRef, switchRef } from '../names.ts';
import { planPortQos } from '../qos.ts';
import type { NetworkRecord } from '../records/network.ts';
import { portFacts } from './facts.ts';
import { raConfigs } from './ra-configs.ts';
import type { PortRecord } from './record.ts';

/** A router's port: the switch's side and the router's side; and of a gateway, what its policy says. */
export function planRouterPort(port: PortRecord, settings: EngineSettings): PlannedRow[] {
  const isGateway = port.deviceOwner === ROUTER_GATEWAY;
  const name = routerPortName(port.id);
  const enabled = port.adminStateUp && port.network.adminStateUp;
  return [
    {
      table: 'Logical_Switch_Port',
      key: key.port,
      columns: {
        name: port.id,
        type: 'router',
        // The router port's own addresses.
        addresses: ['router'],
        options: {
          'router-port': name,
          // Announces NAT addresses to the physical network.
          ...(isGateway ? { 'nat-addresses': 'router' } : {}),
        },
        enabled,
      },
      facts: portFacts(port, true),
      parent: switchRef(port.network.id),
      memberOf: [openGroupRef, ...(isGateway && port.inside ? [egressOnlyGroupRef(port.deviceId)] : [])],
    },
    {
      table: 'Logical_Router_Port',
      key: key.routerPort,
      columns: {
        name,
        mac: port.mac.toString(),
        networks: networksOf(port),
        enabled,
        options: mtuOptions(port.network, settings, isGateway),
        ipv6_ra_configs: raConfigs(port),
      },
      parent: routerRef(port.deviceId),
    },
    ...planPortQos(port),
  ];
}

/**
 * The addresses of the router's port with their prefix lengths. A link-local gateway address of a subnet is one
 * of them; a port without addresses has the link-local one that OVN gives it anyway, for the column takes no
 * empty set.
 */
function networksOf({ mac, fixedIps, deviceOwner, routerAddress }: PortRecord): string[] {
  const own = linkLocalAddress(mac);
  const networks = fixedIps.map(({ address, subnet }) => `${address}/${subnet.prefix.length}`);
  if (deviceOwner !== ROUTER_GATEWAY) {
    for (const { subnet } of fixedIps) {
      if (subnet.gateway?.isLinkLocal && !subnet.gateway.equals(own)) networks.push(`${subnet.gateway}/64`);
    }
  }
  if (networks.length === 0) networks.push(`${own}/64`);
  // What the router says of packets from outside, such as Packet Too Big, must have a source that is known there. OVN
  // takes the first, and sets have their order.
  if (routerAddress && fixedIps.every(({ address }) => address.family === 4))
    networks.push(`${routerAddress}/${routerAddress.isLinkLocal ? 64 : 128}`);
  return [...new Set(networks)];
}

/** With `gateway_mtu` OVN answers what does not fit with Packet Too Big (RFC 4443 section 3.2). */
function mtuOptions(
  network: NetworkRecord,
  { packetTooBigBelow, tunnelMtu }: EngineSettings,
  isGateway: boolean,
): Record<string, string> {
  const mtu = isGateway && tunnelMtu !== undefined ? Math.min(network.mtu, tunnelMtu) : network.mtu;
  return mtu < packetTooBigBelow ? { gateway_mtu: String(mtu) } : {};
}
