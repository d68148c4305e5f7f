/** What plans know of a network: ports and subnets are made from it too. */

import type { Kysely } from 'kysely';
import { Address, Mac, Prefix } from '../../../addressing/index.ts';
import type { NetworkFacts, OverlayFacts } from '../../../host-contract/index.ts';
import type {
  AddressPolicy,
  NetworkRow,
  RetiredPrefixRow,
  RetiredRouterRow,
  Tables,
} from '../../../resources/index.ts';
import { columnsOf, listIn, oncePerRow, secondsSince1970 } from './columns.ts';

export interface NetworkRecord {
  readonly id: string;
  readonly adminStateUp: boolean;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  /** How it is carried from host to host. */
  readonly type: 'geneve' | 'vxlan' | 'gre' | 'vlan' | 'flat' | 'local';
  /** The tunnels that it has for itself, with VXLAN and GRE. */
  readonly overlay: OverlayFacts | null;
  /** The physical network of a VLAN or flat network. */
  readonly physicalNetwork: string | null;
  /** Whether routers may have their gateways on it. */
  readonly isExternal: boolean;
  /** The VLAN of a VLAN network. */
  readonly vlan: number | null;
  readonly dnsDomain: string;
  /** DNS servers for other names: none for the operator's own, the unspecified address for nobody. */
  readonly dnsForwarders: readonly Address[];
  /** By which IPv4 is reached; undefined on networks that are not IPv6-mostly. */
  readonly nat64Prefix: Prefix | undefined;
  readonly addressPolicy: AddressPolicy;
  /** Whether multicast goes to members alone. */
  readonly multicastSnooping: boolean;
  /** Whether it carries frames with tags of its instances' own. */
  readonly vlanTransparent: boolean;
  /** Prefixes that its routers advertised and no longer do; until when to say so, in seconds since 1970. */
  readonly retiredPrefixes: readonly { readonly prefix: Prefix; readonly until: number }[];
  /** Routers' ports that advertised themselves, and may no longer do so; likewise. */
  readonly retiredRouters: NetworkFacts['retiredRouters'];
}

/** What a network record is made from. */
export interface NetworkRows {
  readonly row: NetworkRow;
  readonly retiredPrefixes: readonly RetiredPrefixRow[];
  readonly retiredRouters: readonly RetiredRouterRow[];
}

/** Networks, by id. */
export async function readNetworkRows(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<Map<string, NetworkRows>> {
  // PostgreSQL takes no empty list.
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('networks').selectAll().where('id', 'in', ids).execute();
  const prefixes = await db
    .selectFrom('retired_prefixes')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('prefix')
    .execute();
  const routers = await db
    .selectFrom('retired_routers')
    .selectAll()
    .where('network_id', 'in', ids)
    .orderBy('mac_address')
    .execute();
  const prefixesOf = Map.groupBy(prefixes, (row) => row.network_id);
  const routersOf = Map.groupBy(routers, (row) => row.network_id);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        row,
        retiredPrefixes: prefixesOf.get(row.id) ?? [],
        retiredRouters: routersOf.get(row.id) ?? [],
      },
    ]),
  );
}

function overlayOf(type: string, key: number | null): OverlayFacts | null {
  return (type === 'vxlan' || type === 'gre') && key !== null ? { kind: type, key } : null;
}

/** @throws PlanError */
export const networkRecord = oncePerRow(
  ({ row, retiredPrefixes, retiredRouters }: NetworkRows): NetworkRecord => ({
    id: row.id,
    adminStateUp: row.admin_state_up === 1,
    mtu: row.mtu,
    type: row.provider_network_type as NetworkRecord['type'],
    overlay: overlayOf(row.provider_network_type, row.provider_segmentation_id),
    physicalNetwork: row.provider_physical_network,
    isExternal: row.router_external === 1,
    vlan: row.provider_network_type === 'vlan' ? row.provider_segmentation_id : null,
    dnsDomain: row.dns_domain,
    dnsForwarders: columnsOf(
      row,
      'network',
      row.id,
    )('dns_forwarders', (json) => listIn<string>(json).map((text) => Address.parse(text))),
    nat64Prefix: columnsOf(
      row,
      'network',
      row.id,
    )('nat64_prefix', (text) => (text === null ? undefined : Prefix.parse(text))),
    addressPolicy: row.address_policy as AddressPolicy,
    multicastSnooping: row.multicast_snooping === 1,
    vlanTransparent: row.vlan_transparent === 1,
    retiredPrefixes: retiredPrefixes.map((retired) => {
      const read = columnsOf(retired, 'retired prefix of network', row.id);
      return {
        prefix: read('prefix', (text) => Prefix.parse(text)),
        until: read('expires_at', secondsSince1970),
      };
    }),
    retiredRouters: retiredRouters.map((retired) => {
      const read = columnsOf(retired, 'retired router of network', row.id);
      return {
        mac: read('mac_address', (text) => Mac.parse(text)),
        fixedIps: read('fixed_ips', (json) =>
          listIn<{ subnet_id: string; ip_address: string }>(json).map(({ subnet_id, ip_address }) => ({
            address: Address.parse(ip_address),
            subnetId: subnet_id,
          })),
        ),
        until: read('expires_at', secondsSince1970),
      };
    }),
  }),
);
