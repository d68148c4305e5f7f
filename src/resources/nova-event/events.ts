/**
 * What Nova is to be told of its instances' ports. The database notes it with each change; whoever tells it leases what
 * waits, so that of several processes one does at a time, and in order.
 */
import type { Kysely, Selectable } from 'kysely';
import type { NovaEventRow, Tables, Tx } from '../tables.ts';

/** Of one request. */
const MOST_AT_ONCE = 100;
/** Longer than to sign in and to tell may take. */
const LEASE_SECONDS = 120;
/** Nova waits five minutes for a port, if it does. */
const WORTHLESS_AFTER_SECONDS = 600;
const LISTENER = 'nova';

export type NovaEvent = Pick<Selectable<NovaEventRow>, 'id' | 'server_uuid' | 'name' | 'status' | 'tag'>;

/** Has the database note from now on what Nova is to be told, or nothing any more and forget what waits. */
export async function noteForNova(tx: Tx, isWanted: boolean): Promise<void> {
  if (isWanted)
    await tx.db
      .insertInto('nova_listeners')
      .values({ id: LISTENER })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  else {
    await tx.db.deleteFrom('nova_listeners').execute();
    await tx.db.deleteFrom('nova_events').execute();
  }
}

/** Whether something waits to be told: one look, that holds nobody up. */
export const hasNovaEvents = async (db: Kysely<Tables>): Promise<boolean> =>
  (await db.selectFrom('nova_events').select('id').limit(1).executeTakeFirst()) !== undefined;

/**
 * Takes what is to be told next, for a while; nothing while somebody else has some. What is too old goes.
 * @param now in seconds since 1970
 * @returns them in their order, and how many were too old
 */
export async function leaseNovaEvents(tx: Tx, now: number): Promise<{ events: NovaEvent[]; lost: number }> {
  const { numDeletedRows } = await tx.db
    .deleteFrom('nova_events')
    .where('noted_at', '<', now - WORTHLESS_AFTER_SECONDS)
    .executeTakeFirstOrThrow();
  const rows = await tx.db
    .selectFrom('nova_events')
    .select(['id', 'server_uuid', 'name', 'status', 'tag', 'leased_until'])
    .orderBy('id')
    .limit(MOST_AT_ONCE)
    .execute();
  const lost = Number(numDeletedRows);
  // The first that wait are leased first: who has any has the first.
  if (rows.length === 0 || Number(rows[0]?.leased_until) > now) return { events: [], lost };
  await tx.db
    .updateTable('nova_events')
    .set({ leased_until: now + LEASE_SECONDS })
    .where('id', 'in', idsOf(rows))
    .execute();
  return { events: rows.map(({ leased_until: _, ...event }) => event), lost };
}

/** They were told. */
export async function dropNovaEvents(tx: Tx, events: readonly NovaEvent[]): Promise<void> {
  await tx.db.deleteFrom('nova_events').where('id', 'in', idsOf(events)).execute();
}

/** They were not: whoever comes next may try. */
export async function releaseNovaEvents(tx: Tx, events: readonly NovaEvent[]): Promise<void> {
  await tx.db.updateTable('nova_events').set({ leased_until: 0 }).where('id', 'in', idsOf(events)).execute();
}

const idsOf = (events: readonly { readonly id: number }[]): number[] => events.map(({ id }) => id);
