/** The hosts there are, for what is bound to them. */
import type { Kysely } from 'kysely';
import { slices } from '../repository.ts';
import { physicalNetworksOf } from '../router/gateway-hosts.ts';
import type { AgentRow, Tables } from '../tables.ts';
import { isAlive } from './heartbeat.ts';

/** What matters of a host to what is to be bound to it. */
export interface HostReadiness {
  /** Whether it takes something new. */
  readonly isEnabled: boolean;
  readonly isAlive: boolean;
  /** The physical networks that it reaches; undefined while it has not said. */
  readonly reaches: readonly string[] | undefined;
}

/**
 * Those of the hosts that are there which have one of these names, by every name that ports may be bound to them by.
 * @param since when hosts are heard of: until they have had the time to say so, none is dead
 */
export async function hostStates(
  db: Kysely<Tables>,
  names: ReadonlySet<string>,
  since = new Date(0),
): Promise<ReadonlyMap<string, HostReadiness>> {
  const rows: AgentRow[] = [];
  for (const slice of slices([...names])) {
    rows.push(
      ...(await db
        .selectFrom('agents')
        .selectAll()
        .where((row) => row.or([row('host', 'in', slice), row('chassis', 'in', slice)]))
        .execute()),
    );
  }
  const now = new Date();
  return new Map(
    rows.flatMap((row) => {
      const state = {
        isEnabled: row.admin_state_up === 1,
        isAlive: isAlive(since.toISOString(), now) || isAlive(row.heartbeat_timestamp, now),
        reaches: hasSaid(row) ? physicalNetworksOf(row.configurations) : undefined,
      };
      return [row.host, row.chassis].map((name) => [name, state] as const);
    }),
  );
}

const hasSaid = ({ configurations }: AgentRow): boolean =>
  Object.hasOwn(JSON.parse(configurations) as object, 'bridge_mappings');
