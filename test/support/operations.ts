/** Calls the resources' operations without HTTP, with requests as short as tests like them. */

import { parseCreate } from '../../src/api/request-body.ts';
import type { Context, Settings } from '../../src/resources/context.ts';
import type { Network } from '../../src/resources/network/definition.ts';
import { networkOperations } from '../../src/resources/network/operations.ts';
import type { Port } from '../../src/resources/port/definition.ts';
import { portOperations } from '../../src/resources/port/operations.ts';
import { definitions } from '../../src/resources/registry.ts';
import type { Subnet } from '../../src/resources/subnet/definition.ts';
import { subnetOperations } from '../../src/resources/subnet/operations.ts';
import type { Store, Tx } from '../../src/resources/tables.ts';

export const settings: Settings = {
  physicalNetworks: ['physnet1'],
  physicalMtu: 1500,
  underlayFamily: 6,
  segmentRanges: [
    { type: 'geneve', physicalNetwork: null, minimum: 1, maximum: 16_777_215 },
    { type: 'vxlan', physicalNetwork: null, minimum: 1, maximum: 16_777_215 },
    { type: 'gre', physicalNetwork: null, minimum: 1, maximum: 4_294_967_295 },
    { type: 'vlan', physicalNetwork: 'physnet1', minimum: 1, maximum: 4094 },
  ],
  instanceBridge: 'br-vif',
};
export const admin: Context = { projectId: 'default', isAdmin: true, settings };
const caller = { projectId: 'default', isAdmin: true, canWrite: true, requestId: 'req-1' };

type Wish = Record<string, unknown>;

export const createNetwork = (store: Store, wish: Wish = {}): Promise<Network> =>
  store.transaction((tx) =>
    networkOperations.create(
      tx,
      admin,
      parseCreate(definitions.network, wish, caller) as Parameters<typeof networkOperations.create>[2],
    ),
  );

export const createSubnet = (store: Store, wish: Wish): Promise<Subnet> =>
  store.transaction((tx) =>
    subnetOperations.create(
      tx,
      admin,
      parseCreate(definitions.subnet, wish, caller) as Parameters<typeof subnetOperations.create>[2],
    ),
  );

export const createPortIn = (tx: Tx, wish: Wish): Promise<Port> =>
  portOperations.create(
    tx,
    admin,
    parseCreate(definitions.port, wish, caller) as Parameters<typeof portOperations.create>[2],
  );

export const createPort = (store: Store, wish: Wish): Promise<Port> =>
  store.transaction((tx) => createPortIn(tx, wish));

export const deletePort = (store: Store, port: Port): Promise<void> =>
  store.transaction((tx) => portOperations.delete(tx, admin, port));

export const addressesOf = (port: Port): string[] => port.fixed_ips.map(({ ip_address }) => ip_address ?? '');
