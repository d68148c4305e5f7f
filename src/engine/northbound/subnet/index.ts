/** Subnets: the options that OVN's DHCP server gives to the ports on them. */
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
};
