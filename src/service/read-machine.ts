/** What an instance is told about itself, from the store. */

import type { Kysely } from 'kysely';
import { type PortRecord, portRecord, readPorts } from '../engine/index.ts';
import type { Machine, MachinePort } from '../metadata/index.ts';
import {
  fromRow,
  hostNameFrom,
  instance,
  type PortRow,
  type ReadOf,
  type Tables,
  userDataOctets,
} from '../resources/index.ts';

/** An instance as its row says it: which ports it has is not asked for. */
type Described = ReadOf<typeof instance>;

/** Ports of one instance that are told of. */
const MAX_PORTS = 64;

/**
 * The machine that a port belongs to: the instance whose id is the port's device_id, or else what the port itself
 * says. Only within the port's project: device_id is free text, and user data no business of other projects.
 * @returns undefined when there is no such port
 */
export async function machineOfPort(db: Kysely<Tables>, portId: string): Promise<Machine | undefined> {
  const row = await db.selectFrom('ports').selectAll().where('id', '=', portId).executeTakeFirst();
  if (row === undefined) return undefined;
  const records = (await readPorts(db, await portIdsOf(db, row))).map(portRecord);
  const own = records.find(({ id }) => id === portId);
  if (own === undefined) return undefined;
  const described = await instanceOf(db, row);
  const others = records.filter(({ id }) => id !== portId).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    id: row.device_id || row.id,
    projectId: row.project_id,
    name: described?.name || row.name || row.dns_name || row.device_id || row.id,
    hostname: hostnameOf(row, described),
    domain: own.network.dnsDomain.replace(/\.$/, ''),
    availabilityZone: described?.availability_zone ?? instance.attributes.availability_zone.default,
    userData:
      described && described.user_data !== ''
        ? userDataOctets(described.user_data, described.user_data_encoding)
        : undefined,
    publicKeys: (described?.public_keys ?? []).map(({ key, name = '' }) => ({ name, key })),
    metadata: described?.metadata ?? {},
    ports: [own, ...others].map(machinePort),
  };
}

const hostnameOf = (port: PortRow, described: Described | undefined): string =>
  described?.hostname ||
  port.dns_name ||
  hostNameFrom(described?.name ?? '') ||
  hostNameFrom(port.name) ||
  `host-${port.id.slice(0, 8)}`;

/** The ports of the same device in the same project. */
async function portIdsOf(db: Kysely<Tables>, port: PortRow): Promise<string[]> {
  if (port.device_id === '') return [port.id];
  const rows = await db
    .selectFrom('ports')
    .select('id')
    .where('device_id', '=', port.device_id)
    .where('project_id', '=', port.project_id)
    .where('id', '!=', port.id)
    .orderBy('id')
    .limit(MAX_PORTS - 1)
    .execute();
  return [port.id, ...rows.map(({ id }) => id)];
}

async function instanceOf(db: Kysely<Tables>, port: PortRow): Promise<Described | undefined> {
  const row = await db
    .selectFrom('instances')
    .selectAll()
    .where('id', '=', port.device_id)
    .where('project_id', '=', port.project_id)
    .executeTakeFirst();
  return row && fromRow(instance, row);
}

const machinePort = ({ id, mac, network, fixedIps }: PortRecord): MachinePort => ({
  id,
  mac,
  networkId: network.id,
  mtu: network.mtu,
  addresses: fixedIps.map(({ address, subnet }) => ({
    address,
    subnet: { ...subnet, dnsServers: subnet.dnsNameservers, routes: subnet.hostRoutes },
  })),
});
