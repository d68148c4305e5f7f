/** The hosts that serve the hardware ports of networks: groups of chassis. */
import { itself, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planServingHosts } from './plan.ts';
import { readServingHosts, type ServingHostsSource } from './read.ts';

export const servingHostsUnit: Unit<ServingHostsSource> = {
  kind: 'serving_hosts',
  table: 'networks',
  read: readServingHosts,
  plan: planServingHosts,
  dependsOn: [on('network', ['serving_hosts'], itself)],
};
