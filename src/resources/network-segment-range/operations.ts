/** Network segment ranges: create, update, delete, and those of the configuration. */
import type { Kysely } from 'kysely';
import { errors } from '../../errors/index.ts';
import type { Context } from '../context.ts';
import type { SegmentRange } from '../network/segment.ts';
import { newId } from '../new-id.ts';
import { deleteRow, fromRow, insertRow, newborn, type ReadOf, updateRow } from '../repository.ts';
import type { OperationsOn } from '../resource.ts';
import type { NetworkSegmentRangeRow, Store, Tables, Tx } from '../tables.ts';
import {
  MOST_AVAILABLE,
  type NetworkSegmentRange,
  type NetworkSegmentRangeCreate,
  type NetworkSegmentRangeUpdate,
  networkSegmentRange,
} from './definition.ts';
import { type Interval, overlap } from './intervals.ts';
import { checkRange } from './rules.ts';

type StoredRange = ReadOf<typeof networkSegmentRange>;
type About = Pick<StoredRange, 'network_type' | 'physical_network'>;

/** The ids of an interval that networks have, with their projects. */
async function usedIn(
  db: Kysely<Tables>,
  { network_type, physical_network }: About,
  { minimum, maximum }: Interval,
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('segmentations')
    .innerJoin('networks', 'networks.id', 'segmentations.network_id')
    .select(['segmentations.segmentation_id', 'networks.project_id'])
    .where('segmentations.network_type', '=', network_type)
    .where('segmentations.physical_network', '=', physical_network ?? '')
    .where('segmentations.segmentation_id', '>=', minimum)
    .where('segmentations.segmentation_id', '<=', maximum)
    .orderBy('segmentations.segmentation_id')
    .execute();
  return new Map(rows.map(({ segmentation_id, project_id }) => [segmentation_id, project_id]));
}

async function complete(db: Kysely<Tables>, range: StoredRange): Promise<NetworkSegmentRange> {
  const used = await usedIn(db, range, range);
  const available: number[] = [];
  for (let id = range.minimum; id <= range.maximum && available.length < MOST_AVAILABLE; id++)
    if (!used.has(id)) available.push(id);
  return { ...range, used: Object.fromEntries(used), available };
}

async function load(db: Kysely<Tables>, rows: NetworkSegmentRangeRow[]): Promise<NetworkSegmentRange[]> {
  const loaded: NetworkSegmentRange[] = [];
  for (const row of rows) loaded.push(await complete(db, fromRow(networkSegmentRange, row)));
  return loaded;
}

/** @throws RequestError 409 when a range that somebody made, other than `id`, has ids of this one */
async function requireDisjoint(tx: Tx, range: About & Interval & { id?: string }): Promise<void> {
  const others = await tx.db
    .selectFrom('network_segment_ranges')
    .select(['id', 'minimum', 'maximum', 'physical_network'])
    .where('network_type', '=', range.network_type)
    .where('default', '=', 0)
    .orderBy('id')
    .execute();
  const ids = others
    .filter((other) => other.id !== range.id && other.physical_network === range.physical_network)
    .filter((other) => overlap(other, range))
    .map(({ id }) => id);
  if (ids.length > 0) throw errors.networkSegmentRange.overlaps({ ids });
}

async function create(
  tx: Tx,
  context: Context,
  request: NetworkSegmentRangeCreate,
): Promise<NetworkSegmentRange> {
  checkRange(request, context.settings.physicalNetworks);
  await requireDisjoint(tx, request);
  const { project_id: owner = context.projectId, tenant_id: _, ...rest } = request;
  const projectId = rest.shared ? '' : owner;
  const range = {
    ...rest,
    ...newborn(),
    id: newId(),
    default: false,
    project_id: projectId,
    tenant_id: projectId,
  };
  insertRow(tx, networkSegmentRange, range);
  return complete(tx.db, range);
}

/** @throws RequestError 400 when it is from the configuration, 409 when a network has one of its ids outside of `kept` */
async function requireChangeable(tx: Tx, range: StoredRange, kept?: Interval): Promise<void> {
  if (range.default) throw errors.networkSegmentRange.defaultReadOnly({ id: range.id });
  const used = await usedIn(tx.db, range, range);
  const isKept = (id: number) => kept !== undefined && overlap(kept, { minimum: id, maximum: id });
  if (![...used.keys()].every(isKept)) throw errors.networkSegmentRange.referenced({ id: range.id });
}

async function update(
  tx: Tx,
  context: Context,
  current: NetworkSegmentRange,
  changes: NetworkSegmentRangeUpdate,
): Promise<NetworkSegmentRange> {
  const changed = { ...current, ...(changes as Partial<NetworkSegmentRange>) };
  await requireChangeable(tx, current, changed);
  checkRange(changed, context.settings.physicalNetworks);
  await requireDisjoint(tx, changed);
  const moved = updateRow(tx, networkSegmentRange, current, changes);
  return complete(tx.db, { ...changed, ...moved });
}

async function remove(tx: Tx, _context: Context, current: NetworkSegmentRange): Promise<void> {
  await requireChangeable(tx, current);
  deleteRow(tx, networkSegmentRange, current);
}

/** Has the table show the ranges of the configuration, and none that was there earlier. */
async function keepDefaults(store: Store, { settings }: Context): Promise<void> {
  const isMissing = async (db: Kysely<Tables>) => differences(await readDefaults(db), settings.segmentRanges);
  const { missing, tooMany } = await isMissing(store.read);
  if (missing.length + tooMany.length === 0) return;
  await store.transaction(async (tx) => {
    // Another process may have been first.
    const now = await isMissing(tx.db);
    for (const range of now.tooMany) deleteRow(tx, networkSegmentRange, range);
    for (const { type, physicalNetwork, minimum, maximum } of now.missing) {
      insertRow(tx, networkSegmentRange, {
        ...newborn(),
        id: newId(),
        name: '',
        description: '',
        default: true,
        shared: true,
        project_id: '',
        network_type: type,
        physical_network: physicalNetwork,
        minimum,
        maximum,
      });
    }
  });
}

async function readDefaults(db: Kysely<Tables>): Promise<StoredRange[]> {
  const rows = await db.selectFrom('network_segment_ranges').selectAll().where('default', '=', 1).execute();
  return rows.map((row) => fromRow(networkSegmentRange, row));
}

function differences(
  present: readonly StoredRange[],
  wanted: readonly SegmentRange[],
): { missing: SegmentRange[]; tooMany: StoredRange[] } {
  const isSame = (row: StoredRange, range: SegmentRange) =>
    row.network_type === range.type &&
    row.physical_network === range.physicalNetwork &&
    row.minimum === range.minimum &&
    row.maximum === range.maximum;
  return {
    missing: wanted.filter((range) => !present.some((row) => isSame(row, range))),
    tooMany: present.filter((row) => !wanted.some((range) => isSame(row, range))),
  };
}

export const networkSegmentRangeOperations: OperationsOn<typeof networkSegmentRange> = {
  load,
  beforeList: keepDefaults,
  create,
  update,
  delete: remove,
};
