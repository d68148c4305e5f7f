/** What plans know of a floating IP. */
import { Address, Mac } from '../../../addressing/index.ts';
import { columnsOf } from '../records/columns.ts';
import type { Crossing } from './crossing.ts';
import type { FloatingIpSource } from './read.ts';

/** A floating IP that stands for a port. */
export interface FloatingIpRecord {
  readonly routerId: string;
  readonly portId: string;
  readonly floating: Address;
  readonly fixed: Address;
  readonly mac: Mac;
  /** Whether the port's own host can translate, for it reaches the external network. */
  readonly isDistributed: boolean;
  /** Where it is announced then; none for a network in tunnels. */
  readonly physicalNetwork: string | null;
  readonly networkId: string;
  readonly vlan: number | null;
  /** Where its two addresses are of different address scopes. */
  readonly crossing: Crossing | undefined;
}

/** @throws PlanError */
export function floatingIpRecord({
  id,
  row,
  mac,
  network,
  isReachedThere,
  crossing,
}: FloatingIpSource): FloatingIpRecord {
  const read = columnsOf({ ...row, mac }, 'floating IP', id);
  return {
    routerId: row.router_id ?? '',
    portId: row.port_id ?? '',
    floating: read('floating_ip_address', (text) => Address.parse(text)),
    fixed: read('fixed_ip_address', (text) => Address.parse(text ?? '')),
    mac: read('mac', (text) => Mac.parse(text)),
    isDistributed: isReachedThere,
    networkId: network.id,
    physicalNetwork: network.provider_physical_network,
    vlan: network.provider_segmentation_id,
    crossing,
  };
}
