/** How instances are plugged in. */
import type { Settings } from '../context.ts';
import type { Port } from './definition.ts';

/** The attributes that say how to plug the instance in. */
export function binding(
  record: { 'binding:host_id': string },
  settings: Settings,
): Pick<Port, 'binding:vif_type' | 'binding:vif_details'> {
  return {
    'binding:vif_type': record['binding:host_id'] === '' ? 'unbound' : 'ovs',
    'binding:vif_details': {
      bridge_name: settings.instanceBridge,
      connectivity: 'l2',
      port_filter: true,
      ovs_hybrid_plug: false,
      datapath_type: 'system',
    },
  };
}
