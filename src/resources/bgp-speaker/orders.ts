/** What hosts are to tell the peers of BGP speakers. */
import type { Kysely } from 'kysely';
import { linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { Tables } from '../tables.ts';
import { advertisedBy, type SpokenRouter } from './advertised-routes.ts';

type Database = Kysely<Tables>;

/** Everything that a host is to tell, by speaker and external network; of places where it has no leg yet, nothing. */
export async function bgpOrdersFor(db: Database, chassis: string) {
  const legs = await db
    .selectFrom('bgp_legs')
    .innerJoin('bgp_speakers', 'bgp_speakers.id', 'speaker_id')
    .innerJoin('networks', 'networks.id', 'bgp_legs.network_id')
    .innerJoin('ports', 'ports.id', 'port_id')
    .select(['speaker_id', 'bgp_legs.network_id', 'port_id', 'local_as', 'bgp_speakers.ip_version'])
    .select(['advertise_tenant_networks', 'advertise_floating_ip_host_routes', 'ports.mac_address'])
    .select(['provider_physical_network', 'provider_segmentation_id', 'networks.mtu'])
    .where('chassis', '=', chassis)
    .orderBy('speaker_id')
    .orderBy('bgp_legs.network_id')
    .execute();
  if (legs.length === 0) return [];
  const addresses = await addressesOf(
    db,
    legs.map(({ port_id }) => port_id),
  );
  const peers = await peersOf(
    db,
    legs.map(({ speaker_id }) => speaker_id),
  );
  const orders = [];
  for (const leg of legs) {
    const routers = await advertisedBy(db, {
      ip_version: leg.ip_version,
      advertise_tenant_networks: leg.advertise_tenant_networks === 1,
      advertise_floating_ip_host_routes: leg.advertise_floating_ip_host_routes === 1,
      networks: [leg.network_id],
    });
    orders.push({
      ...{ speaker_id: leg.speaker_id, network_id: leg.network_id },
      physical_network: leg.provider_physical_network ?? '',
      vlan: leg.provider_segmentation_id,
      mtu: leg.mtu,
      ...{ local_as: leg.local_as, ip_version: leg.ip_version, mac: leg.mac_address },
      addresses: addresses.get(leg.port_id) ?? [],
      peers: (peers.get(leg.speaker_id) ?? []).map(({ speaker_id: _, bfd, ...peer }) => ({
        ...{ ...peer, bfd: bfd === 1 },
      })),
      routers: routers.map(ordered),
    });
  }
  return orders;
}

const ordered = ({ gatewayPortId, mac, routes }: SpokenRouter) => ({
  ...{ gateway_port_id: gatewayPortId, link_local: `${linkLocalAddress(Mac.parse(mac))}`, routes },
});

const peersOf = async (db: Database, speakerIds: readonly string[]) =>
  Map.groupBy(
    await db
      .selectFrom('bgp_speaker_peers')
      .innerJoin('bgp_peers', 'bgp_peers.id', 'peer_id')
      .select(['speaker_id', 'bgp_peers.id', 'peer_ip as address', 'remote_as', 'password', 'bfd'])
      .where('speaker_id', 'in', speakerIds)
      .orderBy('bgp_peers.id')
      .execute(),
    ({ speaker_id }) => speaker_id,
  );

async function addressesOf(db: Database, portIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('ip_allocations')
    .innerJoin('subnets', 'subnets.id', 'subnet_id')
    .select(['port_id', 'ip_address', 'cidr'])
    .where('port_id', 'in', portIds)
    .orderBy('position')
    .execute();
  const byPort = Map.groupBy(rows, ({ port_id }) => port_id);
  const written = ({ ip_address, cidr }: (typeof rows)[number]) =>
    `${ip_address}/${Prefix.parse(cidr).length}`;
  return new Map(Array.from(byPort, ([id, own]) => [id, own.map(written)]));
}
