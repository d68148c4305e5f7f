/** The rows of a port. Pure. */

import { linkLocalAddress } from '../../../addressing/index.ts';
import { BGP_SPEAKER, FLOATING_IP, ROUTER_GATEWAY, ROUTER_INTERFACE } from '../../../resources/index.ts';
import { GUARDED_INTERFACE } from '../../../switch/index.ts';
import type { PlannedRow, RowRef } from '../../reconciler/plan.ts';
import type { EngineSettings } from '../../settings.ts';
import {
  dhcpRef,
  groupRef,
  key,
  openGroupRef,
  routerPortName,
  routerRef,
  servingGroupRef,
  switchRef,
} from '../names.ts';
import { planPortQos } from '../qos.ts';
import { isServedByOvn } from '../records/subnet.ts';
import { lettingOut } from '../router-policy.ts';
import { portAddresses, portSecurity } from './addresses.ts';
import { portFacts } from './facts.ts';
import type { PortRecord } from './record.ts';
import { planRouterPort } from './router-port-plan.ts';

/** No chassis has this name. */
const NO_CHASSIS = '-';

/** A port is a logical switch port; a router's port also is a logical router port. */
export function planPort(port: PortRecord, settings: EngineSettings): PlannedRow[] {
  if (isRouterPort(port)) return planRouterPort(port, settings);
  // It has an address that routers answer for.
  if (port.deviceOwner === FLOATING_IP || port.deviceOwner === BGP_SPEAKER) return [];
  return [
    {
      table: 'Logical_Switch_Port',
      key: key.port,
      columns: {
        name: port.id,
        addresses: portAddresses(port),
        enabled: port.adminStateUp && port.network.adminStateUp,
        ...dhcpColumns(port),
        ...(port.isHardware
          ? hardwareColumns(port)
          : { type: '', port_security: portSecurity(port), ...optionColumn(port, settings) }),
      },
      facts: portFacts(port, false),
      parent: switchRef(port.network.id),
      // A protected port in no group is cut off.
      memberOf: port.portSecurity ? port.securityGroups.map(groupRef) : [openGroupRef],
    },
    ...delegationRoutes(port),
    ...(port.isHardware ? [] : planPortQos(port)),
  ];
}

/**
 * OVN answers a hardware port's instance for what it answers others, on the host that serves the network's, as it hears
 * of it from the physical network. Nothing else passes there that could be checked.
 */
const hardwareColumns = ({ network }: PortRecord) => ({
  type: 'external',
  ha_chassis_group: servingGroupRef(network.id),
});

function optionColumn(port: PortRecord, settings: EngineSettings): { options?: Record<string, string> } {
  const options = { ...bindingOptions(port), ...(settings.seesSwitches && GUARDED_INTERFACE) };
  return Object.keys(options).length === 0 ? {} : { options };
}

/**
 * Whoever else says that the port is there is not believed. While an instance moves it is sent what is for it on both
 * hosts, and heard on the one where it is: on the other once it says so there, by RARP as QEMU does (ovn-nb(5)).
 */
function bindingOptions({ host, isRefused, furtherHosts }: PortRecord): Record<string, string> {
  if (host === '') return {};
  if (isRefused) return { 'requested-chassis': NO_CHASSIS };
  const further = furtherHosts.length > 0 ? { 'activation-strategy': 'rarp' } : {};
  return { 'requested-chassis': [host, ...furtherHosts].join(','), ...further };
}

/** What is sent to a delegated prefix goes to the port's instance, which routes it on (RFC 8415 section 6.3), and back. */
function delegationRoutes({ mac, delegatedPrefixes, routersToDelegated }: PortRecord): PlannedRow[] {
  return routersToDelegated.flatMap(({ portId, routerId }) =>
    delegatedPrefixes.flatMap((prefix): PlannedRow[] => [
      {
        table: 'Logical_Router_Static_Route',
        key: `delegated/${portId}/${prefix}`,
        columns: {
          ip_prefix: prefix.toString(),
          nexthop: linkLocalAddress(mac).toString(),
          output_port: routerPortName(portId),
        },
        parent: routerRef(routerId),
      },
      { ...lettingOut(routerId, prefix), key: `delegated/${portId}/${prefix}/out` },
    ]),
  );
}

/** The owner alone does not make it one: anybody may give a port that owner. */
const isRouterPort = ({ deviceOwner, deviceId }: PortRecord): boolean =>
  (deviceOwner === ROUTER_INTERFACE || deviceOwner === ROUTER_GATEWAY) && deviceId !== '';

/** The DHCP options of a port: those of its first subnet that OVN serves. */
function dhcpColumns({ deviceOwner, network, fixedIps }: PortRecord): { dhcpv4_options?: RowRef } {
  if (deviceOwner.startsWith('network:')) return {};
  const served = fixedIps.find(({ subnet }) => isServedByOvn(subnet, network))?.subnet;
  return served === undefined ? {} : { dhcpv4_options: dhcpRef(served.id) };
}
