/** Port forwardings: what of floating IPs leads to ports of instances, as load balancers of their router. */
import { itself, on } from '../dependency.ts';
import type { Unit } from '../unit.ts';
import { planForwardings } from './plan.ts';
import { type ForwardingsSource, readForwardings } from './read.ts';

export const portForwardingsUnit: Unit<ForwardingsSource> = {
  kind: 'port_forwardings',
  table: 'floatingips',
  read: readForwardings,
  plan: planForwardings,
  dependsOn: [on('floatingip', ['port_forwardings'], itself)],
};
