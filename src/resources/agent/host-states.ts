/** The hosts there are, for what is bound to them. */
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';

/** Whether a host takes something new. */
export type Taking = 'taking' | 'drained';

/** The hosts, by every name that ports may be bound to them by. */
export async function hostStates(db: Kysely<Tables>): Promise<ReadonlyMap<string, Taking>> {
  const rows = await db.selectFrom('agents').select(['host', 'chassis', 'admin_state_up']).execute();
  return new Map(
    rows.flatMap(({ host, chassis, admin_state_up: up }) =>
      [host, chassis].map((name) => [name, up === 1 ? 'taking' : 'drained'] as const),
    ),
  );
}
