/** How resources are doing, as whoever brings them into the network finds it: their status, and why it is ERROR. */
import type { Kysely } from 'kysely';
import { membersChanged } from './anycast-address/members.ts';
import { network } from './network/definition.ts';
import { port } from './port/definition.ts';
import { generic, slices } from './repository.ts';
import { router } from './router/definition.ts';
import { notePlugged } from './router/distributed-ports.ts';
import type { Tables, Tx, UnitFailureRow } from './tables.ts';

/** The resources whose status is found out. */
const watched = { network, port, router };
type Watched = keyof typeof watched;

const isWatched = (kind: string): kind is Watched => Object.hasOwn(watched, kind);

type Status = 'ACTIVE' | 'DOWN' | 'BUILD' | 'ERROR';
/** What a port may be that has not failed. */
const WORKING: readonly Status[] = ['ACTIVE', 'DOWN', 'BUILD'];

/**
 * Gives resources that have a status of `from` this one instead. It is no change for the journal: nobody asked for it,
 * and a burst of new ports would be followed twice. Anycast addresses whose members they are do change, and
 * what leaves by their own hosts.
 */
async function setStatus(
  tx: Tx,
  kind: Watched,
  ids: readonly string[],
  status: Status,
  from: readonly Status[],
): Promise<void> {
  const others = from.filter((one) => one !== status);
  for (const slice of slices(ids)) {
    const changed = await generic(tx.db)
      .updateTable(watched[kind].collection)
      .set({ status })
      .where('id', 'in', slice)
      .where('status', 'in', others)
      .returning('id')
      .execute();
    if (kind !== 'port') continue;
    const changedIds = changed.map(({ id }) => id);
    await membersChanged(tx, changedIds);
    await notePlugged(tx, changedIds);
  }
}

/** Says of ports whether they are up. Those that have failed stay so: see {@link forgetFailures}. */
export const setPortStatus = (tx: Tx, ids: readonly string[], status: 'ACTIVE' | 'DOWN'): Promise<void> =>
  setStatus(tx, 'port', ids, status, WORKING);

/** Something that could not be brought into the network: a resource, or a part of the network that is none. */
export type UnitKey = Pick<UnitFailureRow, 'kind' | 'id'>;

/** Everything that could not be brought into the network. */
export const readFailures = (db: Kysely<Tables>): Promise<UnitFailureRow[]> =>
  db.selectFrom('unit_failures').selectAll().orderBy('kind').orderBy('id').execute();

/** Keeps that units have failed, or have for another reason than before; what of them has a status is ERROR. */
export async function recordFailures(tx: Tx, failures: readonly UnitFailureRow[]): Promise<void> {
  for (const slice of slices(failures)) {
    await tx.db
      .insertInto('unit_failures')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['kind', 'id']).doUpdateSet((row) => ({
          reason: row.ref('excluded.reason'),
          since: row.ref('excluded.since'),
          attempts: row.ref('excluded.attempts'),
        })),
      )
      .execute();
  }
  for (const [kind, ids] of idsByKind(failures)) {
    if (isWatched(kind)) await setStatus(tx, kind, ids, 'ERROR', WORKING);
  }
}

/**
 * Forgets the failures of units that are well again.
 * @param isUp whether a port is up: that is its status then
 */
export async function forgetFailures(
  tx: Tx,
  units: readonly UnitKey[],
  isUp: (portId: string) => boolean,
): Promise<void> {
  for (const [kind, all] of idsByKind(units)) {
    for (const ids of slices(all)) {
      await tx.db.deleteFrom('unit_failures').where('kind', '=', kind).where('id', 'in', ids).execute();
    }
    if (!isWatched(kind)) continue;
    const isDown = (id: string) => kind === 'port' && !isUp(id);
    await setStatus(tx, kind, all.filter(isDown), 'DOWN', ['ERROR']);
    await setStatus(
      tx,
      kind,
      all.filter((id) => !isDown(id)),
      'ACTIVE',
      ['ERROR'],
    );
  }
}

function idsByKind(units: readonly UnitKey[]): Map<string, string[]> {
  const byKind = Map.groupBy(units, ({ kind }) => kind);
  return new Map(Array.from(byKind, ([kind, found]) => [kind, found.map(({ id }) => id)]));
}

/** Why resources have the status ERROR, by id. Asks for nothing while none has. */
export async function reasonsOf(
  db: Kysely<Tables>,
  kind: Watched,
  rows: readonly { readonly id: string; readonly status: Status }[],
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  const failing = rows.filter(({ status }) => status === 'ERROR').map(({ id }) => id);
  for (const ids of slices(failing)) {
    const found = await db
      .selectFrom('unit_failures')
      .select(['id', 'reason'])
      .where('kind', '=', kind)
      .where('id', 'in', ids)
      .execute();
    for (const { id, reason } of found) reasons.set(id, reason);
  }
  return reasons;
}
