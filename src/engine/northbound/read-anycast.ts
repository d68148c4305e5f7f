/** Reads from the store what plans need of anycast addresses. */
import type { Kysely } from 'kysely';
import { Address } from '../../addressing/index.ts';
import type { HealthCheckFacts } from '../../host-contract/index.ts';
import { readMembers } from '../../resources/anycast-address/members.ts';
import type { HealthCheck } from '../../resources/anycast-address/rules.ts';
import type { Tables } from '../../store/tables.ts';
import type { AnycastRecord } from './records.ts';

type Database = Kysely<Tables>;
type Ids = readonly string[];

export async function readAnycastAddresses(db: Database, ids: Ids): Promise<AnycastRecord[]> {
  const rows = await db
    .selectFrom('anycast_addresses')
    .select(['id', 'router_id', 'address'])
    .where('id', 'in', ids)
    .execute();
  const members = await readMembers(db, ids);
  return rows.map(({ id, router_id, address }) => ({
    id,
    routerId: router_id,
    address: Address.parse(address),
    members: members.get(id) ?? [],
  }));
}

/** What ports' instances are asked for as members of anycast addresses, by port. */
export async function readHealthChecks(db: Database, portIds: Ids): Promise<Map<string, HealthCheckFacts[]>> {
  const rows = await db
    .selectFrom('anycast_members')
    .innerJoin('anycast_addresses', 'anycast_addresses.id', 'anycast_members.anycast_address_id')
    .select(['port_id', 'anycast_addresses.id', 'address', 'health_check'])
    .where('port_id', 'in', portIds)
    .orderBy('anycast_addresses.id')
    .execute();
  const checks = rows.map(({ port_id, id, address, health_check }) => ({
    portId: port_id,
    check: { id, address: Address.parse(address), ...(JSON.parse(health_check) as HealthCheck) },
  }));
  return new Map(
    Array.from(
      Map.groupBy(checks, ({ portId }) => portId),
      ([portId, found]) => [portId, found.map(({ check }) => check)],
    ),
  );
}
