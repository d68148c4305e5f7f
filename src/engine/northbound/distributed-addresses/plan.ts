/** The rows of addresses that leave by their ports' own hosts. Pure. */
import type { PlannedRow } from '../../reconciler/plan.ts';
import { routerRef } from '../names.ts';
import type { DistributedAddress } from './record.ts';

/**
 * A translation of an address to itself, without state: of routers' gateways OVN has nothing else on an instance's own
 * host. What goes out there has the MAC address that the port has outside, and the host answers for the address with it.
 * What comes in by the gateway's host passes as ever.
 */
export const planDistributedAddresses = (addresses: readonly DistributedAddress[]): PlannedRow[] =>
  addresses.map(({ routerId, portId, address, mac }) => ({
    table: 'NAT',
    key: `own/${address}`,
    columns: {
      ...{ type: 'dnat_and_snat', external_ip: address.toString(), logical_ip: address.toString() },
      ...{ logical_port: portId, external_mac: mac.toString(), options: { stateless: 'true' } },
    },
    parent: routerRef(routerId),
  }));
