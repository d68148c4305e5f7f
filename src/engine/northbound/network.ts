import type { NetworkRow } from '../../store/tables.ts';
import type { PlannedRow } from '../reconciler/plan.ts';
import { switchName, switchRef } from './names.ts';

/** A logical switch, and for VLAN and flat networks the port that leads to the physical network. */
export function planNetwork(network: NetworkRow): readonly PlannedRow[] {
  const lswitch = {
    table: 'Logical_Switch',
    key: 'switch',
    columns: { name: switchName(network.id), external_ids: { 'neutron:network_name': network.name } },
  } as const;
  if (network.provider_physical_network === null) return [lswitch];
  return [
    lswitch,
    {
      table: 'Logical_Switch_Port',
      key: 'localnet',
      columns: {
        name: `provnet-${network.id}`,
        type: 'localnet',
        addresses: ['unknown'],
        options: { network_name: network.provider_physical_network },
        tag: network.provider_segmentation_id ?? undefined,
        enabled: network.admin_state_up === 1,
      },
      parent: switchRef(network.id),
    },
  ];
}
