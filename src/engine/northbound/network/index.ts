/** Networks: logical switches, with the ports for hosts' services and for physical networks. */

import { networkRecord } from '../records/network.ts';
import { subnetRecord } from '../records/subnet.ts';
import type { Unit } from '../unit.ts';
import { planNetwork } from './plan.ts';
import { type NetworkSource, readNetworks } from './read.ts';

export const networkUnit: Unit<NetworkSource> = {
  kind: 'network',
  table: 'networks',
  read: readNetworks,
  plan: ({ network, subnets }) => planNetwork(networkRecord(network), subnets.map(subnetRecord)),
};
