/** The rows of a network. Pure. */
import { linkLocalAddress } from '../../../addressing/index.ts';
import {
  localnetPortName,
  NAT64_ADDRESS,
  nat64Mac,
  nat64PortName,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  serviceMac,
  servicePortName,
} from '../../../host-contract/index.ts';
import { OVERLAY_NETWORK } from '../../../switch/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { key, openGroupRef, switchName, switchRef } from '../names.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';
import { networkFacts } from './facts.ts';
import { allGroups, snoopingConfig } from './multicast.ts';

/**
 * A network is a logical switch, with a port for the services that every host has for itself; if it is not carried by
 * OVN's own tunnels, it also has a port that leads out: to its physical network, or to the bridge for overlays. There
 * each network has a patch port of its own, so it needs no tag, and a host may have as many as it has ports.
 */
export function planNetwork(network: NetworkRecord, subnets: readonly SubnetRecord[]): PlannedRow[] {
  const rows: PlannedRow[] = [
    {
      table: 'Logical_Switch',
      key: key.switch,
      columns: {
        name: switchName(network.id),
        other_config: {
          ...snoopingConfig(network, subnets),
          ...(network.vlanTransparent && { 'vlan-passthru': 'true' }),
        },
      },
    },
    servicePort(network, subnets),
  ];
  if (network.isExternal) rows.push(translatorPort(network));
  const leadsTo = network.type === 'geneve' ? null : (network.physicalNetwork ?? OVERLAY_NETWORK);
  if (leadsTo !== null) {
    rows.push({
      table: 'Logical_Switch_Port',
      key: key.localnet,
      columns: {
        name: localnetPortName(network.id),
        type: 'localnet',
        // Whoever is out there is unknown.
        addresses: ['unknown'],
        options: { network_name: leadsTo, ...allGroups(network) },
        // northd sets `tag` from it; since OVN 26.03 it clears one that nobody requested, and VLANs become one.
        tag_request: network.vlan ?? undefined,
        enabled: network.adminStateUp,
      },
      parent: switchRef(network.id),
      memberOf: [openGroupRef],
    });
  }
  return rows;
}

/** Behind it the host of a router's gateway translates for what is behind the router. */
function translatorPort(network: NetworkRecord): PlannedRow {
  const mac = nat64Mac(network.id);
  return {
    table: 'Logical_Switch_Port',
    key: key.translator,
    columns: {
      name: nat64PortName(network.id),
      type: 'localport',
      addresses: [`${mac} ${linkLocalAddress(mac)} ${NAT64_ADDRESS}`],
      enabled: network.adminStateUp,
    },
    parent: switchRef(network.id),
    memberOf: [openGroupRef],
  };
}

/** It also carries what hosts must know of the network. */
function servicePort(network: NetworkRecord, subnets: readonly SubnetRecord[]): PlannedRow {
  const addresses = [SERVICE_LINK_LOCAL, SERVICE_ADDRESS];
  // OVN answers for them on every switch: on one without IPv4, nobody should hear of an IPv4 address.
  if (subnets.some(({ family }) => family === 4)) addresses.push(SERVICE_ADDRESS_V4);
  return {
    table: 'Logical_Switch_Port',
    key: key.service,
    columns: {
      name: servicePortName(network.id),
      type: 'localport',
      addresses: [[serviceMac(network.id), ...addresses].join(' ')],
      options: allGroups(network),
      enabled: network.adminStateUp,
    },
    facts: networkFacts(network, subnets),
    parent: switchRef(network.id),
    memberOf: [openGroupRef],
  };
}
