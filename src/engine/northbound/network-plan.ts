import type { PlannedRow } from '../reconciler/plan.ts';
import { key, localnetPortName, switchName, switchRef } from './names.ts';
import type { NetworkRecord } from './records.ts';

/** A network is a logical switch; on a physical network it also has a port that leads there. */
export function planNetwork(network: NetworkRecord): PlannedRow[] {
  const rows: PlannedRow[] = [
    { table: 'Logical_Switch', key: key.switch, columns: { name: switchName(network.id) } },
  ];
  if (network.physicalNetwork !== null) {
    rows.push({
      table: 'Logical_Switch_Port',
      key: key.localnet,
      columns: {
        name: localnetPortName(network.id),
        type: 'localnet',
        // Whoever is out there is unknown.
        addresses: ['unknown'],
        options: { network_name: network.physicalNetwork },
        tag: network.vlan ?? undefined,
        enabled: network.adminStateUp,
      },
      parent: switchRef(network.id),
    });
  }
  return rows;
}
