/** What plans know of a floating IP. */
import { Address, Mac, Prefix } from '../../../addressing/index.ts';
import { routedAddress, type TranslatedFloatingIp } from '../../../host-contract/index.ts';
import { columnsOf, orNull } from '../records/columns.ts';
import type { Crossing } from './crossing.ts';
import type { FloatingIpSource, WayOut } from './read.ts';

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
  /** Where its two addresses are of different versions of IP: what the translator does. */
  readonly translated: TranslatedFloatingIp | undefined;
  /** Where its router has several gateways. */
  readonly wayOut: WayOut | undefined;
  /** The port of its router's gateway on its network. */
  readonly gatewayPortId: string | null;
}

/** @throws PlanError */
export function floatingIpRecord({
  id,
  row,
  mac,
  network,
  leavesThere,
  crossing,
  wayOut,
  nat64Prefix,
  gatewayPortId,
}: FloatingIpSource): FloatingIpRecord {
  const read = columnsOf({ ...row, mac, nat64Prefix }, 'floating IP', id);
  const floating = read('floating_ip_address', (text) => Address.parse(text));
  const fixed = read('fixed_ip_address', (text) => Address.parse(text ?? ''));
  const prefix = read(
    'nat64Prefix',
    orNull((text) => Prefix.parse(text)),
  );
  const isTranslated = floating.family !== fixed.family;
  return {
    routerId: row.router_id ?? '',
    portId: row.port_id ?? '',
    floating,
    fixed,
    mac: read('mac', (text) => Mac.parse(text)),
    // The translator is where the gateway is.
    isDistributed: leavesThere && !isTranslated,
    networkId: network.id,
    physicalNetwork: network.provider_physical_network,
    vlan: network.provider_segmentation_id,
    crossing,
    wayOut,
    translated: isTranslated
      ? {
          floating,
          routed: routedAddress(floating, fixed),
          fixed,
          prefix: fixed.family === 6 ? prefix : null,
        }
      : undefined,
    gatewayPortId,
  };
}
