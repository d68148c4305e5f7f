/** Availability zones: there are those that hosts are in. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Tables } from '../tables.ts';
import { isAlive } from './heartbeat.ts';
import { zonesIn } from './zone-names.ts';

/** A zone as the API shows it, once for each kind of resource that may ask for it. */
export interface AvailabilityZone {
  readonly name: string;
  readonly resource: 'network' | 'router';
  /** Whether a host in it lives, and takes something new. */
  readonly state: 'available' | 'unavailable';
}

/** The zones there are. */
export async function availabilityZones(db: Kysely<Tables>, now = new Date()): Promise<AvailabilityZone[]> {
  const hosts = await db
    .selectFrom('agents')
    .select(['availability_zone', 'admin_state_up', 'heartbeat_timestamp'])
    .where('availability_zone', '!=', '')
    .execute();
  const isAvailable = new Map<string, boolean>();
  for (const { availability_zone, admin_state_up: up, heartbeat_timestamp: heartbeat } of hosts) {
    for (const name of zonesIn(availability_zone))
      isAvailable.set(name, isAvailable.get(name) || (up === 1 && isAlive(heartbeat, now)));
  }
  return [...isAvailable]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, available]) =>
      (['network', 'router'] as const).map((resource) => ({
        name,
        resource,
        state: available ? ('available' as const) : ('unavailable' as const),
      })),
    );
}

/** @throws RequestError 404 for a zone that no host is in */
export async function requireZones(db: Kysely<Tables>, hints: readonly string[]): Promise<void> {
  if (hints.length === 0) return;
  const known = new Set((await availabilityZones(db)).map(({ name }) => name));
  const unknown = hints.find((hint) => !known.has(hint));
  if (unknown !== undefined) throw errors.notFound.availabilityZone({ zone: unknown });
}
