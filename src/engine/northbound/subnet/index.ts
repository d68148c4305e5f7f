/** Subnets: the options that OVN's DHCP server gives to the ports on them. */
import { found, itself, on } from '../dependency.ts';
import { subnetsOfNetworks } from '../lookups.ts';
import { networkRecord } from '../records/network.ts';
import { subnetRecord } from '../records/subnet.ts';
import type { Unit } from '../unit.ts';
import { planSubnet } from './plan.ts';
import { readSubnets, type SubnetSource } from './read.ts';

export const subnetUnit: Unit<SubnetSource> = {
  kind: 'subnet',
  table: 'subnets',
  read: readSubnets,
  plan: ({ row, network }) => planSubnet(subnetRecord(row), networkRecord(network)),
  dependsOn: [
    on('subnet', ['gateway_ip', 'enable_dhcp', 'host_routes', 'dns_nameservers'], itself),
    on('network', ['mtu', 'dns_domain', 'nat64_prefix'], found(subnetsOfNetworks)),
  ],
};
