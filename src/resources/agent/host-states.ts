/** The hosts there are, for what is bound to them. */
import type { Kysely } from 'kysely';
import { slices } from '../repository.ts';
import type { AgentRow, Tables } from '../tables.ts';

/** Whether a host takes something new. */
export type Taking = 'taking' | 'drained';

/** Those of the hosts that are there which have one of these names, by every name that ports may be bound to them by. */
export async function hostStates(
  db: Kysely<Tables>,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Taking>> {
  const rows: Pick<AgentRow, 'host' | 'chassis' | 'admin_state_up'>[] = [];
  for (const slice of slices([...names])) {
    rows.push(
      ...(await db
        .selectFrom('agents')
        .select(['host', 'chassis', 'admin_state_up'])
        .where((row) => row.or([row('host', 'in', slice), row('chassis', 'in', slice)]))
        .execute()),
    );
  }
  return new Map(
    rows.flatMap(({ host, chassis, admin_state_up: up }) =>
      [host, chassis].map((name) => [name, up === 1 ? 'taking' : 'drained'] as const),
    ),
  );
}
