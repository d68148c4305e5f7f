/** What plans know of the addresses that leave by a port's own host. */
import { type Address, Mac } from '../../../addressing/index.ts';
import { localMac } from '../../../host-contract/index.ts';
import { isHardware } from '../../../resources/index.ts';
import { columnsOf, listIn } from '../records/columns.ts';
import { type FixedIpRecord, fixedIpsOf } from '../records/fixed-ips.ts';
import type { DistributedAddressesSource, DistributingRouter } from './read.ts';

/** An IPv6 address of a port that its host lets out, and answers for outside. */
export interface DistributedAddress {
  readonly routerId: string;
  readonly portId: string;
  readonly address: Address;
  /** From which it is on the external network. */
  readonly mac: Mac;
  /** The external network. */
  readonly networkId: string;
  readonly physicalNetwork: string;
  readonly vlan: number | null;
}

/**
 * The addresses of a port that leave by its own host.
 * @throws PlanError
 */
export function distributedAddresses(source: DistributedAddressesSource): DistributedAddress[] {
  if (!isLedFromHost(source)) return [];
  const { id: portId, otherwise } = source;
  return fixedIpsOf(source.fixedIps).flatMap(({ address, subnet }) => {
    if (address.family !== 6 || otherwise.includes(address.toString())) return [];
    const router = routerOf(source.routers, subnet);
    const physicalNetwork = router?.outside.provider_physical_network ?? null;
    if (router === undefined || physicalNetwork === null) return [];
    const { id: networkId, provider_segmentation_id: vlan } = router.outside;
    const mac = outsideMac(router.id, portId);
    return [{ routerId: router.id, portId, address, mac, networkId, physicalNetwork, vlan }];
  });
}

/**
 * Whether anything of a port may leave by its host: it is an instance's, on a host's switch. OVN takes the addresses for
 * its router's, too: where it does not answer for the port itself, its neighbours would hear that from the router. So it
 * is with one that is not plugged in, such as one whose address others share.
 */
function isLedFromHost({ id, row }: DistributedAddressesSource): boolean {
  const read = columnsOf(row, 'port', id);
  const pairs = read('allowed_address_pairs', listIn<{ mac_address?: string }>);
  return (
    row.status === 'ACTIVE' &&
    row.port_security_enabled === 1 &&
    !row.device_owner.startsWith('network:') &&
    !pairs.some(({ mac_address: mac }) => mac !== undefined && Mac.parse(mac).isVirtualRouter) &&
    !isHardware({
      'binding:vnic_type': row.binding_vnic_type,
      'binding:profile': read('binding_profile', (json) => JSON.parse(json)),
    })
  );
}

/** The router of a subnet; of several the first, for one has the address outside. */
const routerOf = (
  routers: readonly DistributingRouter[],
  { id }: FixedIpRecord['subnet'],
): DistributingRouter | undefined => routers.find(({ subnetIds }) => subnetIds.includes(id));

/**
 * The MAC address that a port has outside: local, and the same whenever it is asked for. Not the port's own, which its
 * owner chooses: it might be that of another station there.
 */
function outsideMac(routerId: string, portId: string): Mac {
  return localMac(`port ${portId} outside of router ${routerId}`);
}
