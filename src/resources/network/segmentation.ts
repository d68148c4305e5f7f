/** Which segmentation id a new network gets. */
import { randomInt } from 'node:crypto';
import { errors, type RequestError } from '../../errors/index.ts';
import type { Settings } from '../context.ts';
import { type Interval, intervalsFor } from '../network-segment-range/intervals.ts';
import type { Tx } from '../tables.ts';
import type { Segment } from './rules.ts';
import { isSegmented } from './segment.ts';

/** Stands for "untagged" among the segmentation ids of a physical network. */
const UNTAGGED = 0;
/** In an interval of more ids than this a random one is free, and found at the same cost however many are taken. */
const MANY = 4_094;

/** Who asks for a segmentation id, and what for. */
export interface SegmentWish {
  readonly segment: Segment;
  readonly projectId: string;
  readonly settings: Settings;
}

/**
 * The wished segmentation id, or one that is likely to be free.
 * @returns null for a network that has none
 * @throws RequestError 409 when none is left
 */
export async function candidateFor(tx: Tx, wish: SegmentWish): Promise<number | null> {
  const { type, segmentationId } = wish.segment;
  if (!isSegmented(type) || segmentationId !== null) return segmentationId;
  const [first, ...others] = await intervalsOf(tx, wish);
  if (first !== undefined && first.maximum - first.minimum > MANY)
    return first.minimum + randomInt(first.maximum - first.minimum + 1);
  return lowestFree(tx, wish, first === undefined ? [] : [first, ...others]);
}

/**
 * Takes a segmentation id, or another one where none was wished for; the primary key decides between two who want the
 * same.
 * @throws RequestError 409 when somebody has the one that was wished for, or none is left
 */
export async function reserveSegment(
  tx: Tx,
  networkId: string,
  wish: SegmentWish,
  candidate: number | null,
): Promise<number | null> {
  const { segment } = wish;
  if (segment.type === 'local') return null;
  if (await take(tx, networkId, segment, candidate ?? UNTAGGED)) return candidate;
  if (candidate === null || segment.segmentationId !== null) throw segmentInUse(segment, candidate);
  const other = await lowestFree(tx, wish, await intervalsOf(tx, wish));
  await take(tx, networkId, segment, other);
  return other;
}

/** @returns whether it was free */
async function take(
  tx: Tx,
  networkId: string,
  { type, physicalNetwork }: Segment,
  id: number,
): Promise<boolean> {
  const inserted = await tx.db
    .insertInto('segmentations')
    .values({
      network_type: type,
      physical_network: physicalNetwork ?? '',
      segmentation_id: id,
      network_id: networkId,
    })
    .onConflict((columns) => columns.doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows) > 0;
}

function segmentInUse({ type, physicalNetwork }: Segment, id: number | null): RequestError {
  if (physicalNetwork === null || id === null) {
    return physicalNetwork === null
      ? errors.network.tunnelInUse({ type, id: id ?? UNTAGGED })
      : errors.network.physicalNetworkInUse({ physicalNetwork });
  }
  return errors.network.vlanInUse({ id, physicalNetwork });
}

/** The ids that the project may have, those that are its own first. */
async function intervalsOf(tx: Tx, { segment, projectId, settings }: SegmentWish): Promise<Interval[]> {
  const { type, physicalNetwork } = segment;
  if (!isSegmented(type)) return [];
  const made = await tx.db
    .selectFrom('network_segment_ranges')
    .select(['minimum', 'maximum', 'shared', 'project_id'])
    .where('network_type', '=', type)
    .where('default', '=', 0)
    .where((where) =>
      physicalNetwork === null
        ? where('physical_network', 'is', null)
        : where('physical_network', '=', physicalNetwork),
    )
    .orderBy('minimum')
    .execute();
  const usual = settings.segmentRanges.filter(
    (range) => range.type === type && range.physicalNetwork === physicalNetwork,
  );
  return intervalsFor(
    projectId,
    made.map(({ minimum, maximum, shared, project_id }) => ({
      minimum,
      maximum,
      projectId: shared === 1 ? null : project_id,
    })),
    usual,
  );
}

/** @throws RequestError 409 when all are taken */
async function lowestFree(tx: Tx, { segment }: SegmentWish, intervals: readonly Interval[]): Promise<number> {
  for (const interval of intervals) {
    const id = await lowestFreeIn(tx, segment, interval);
    if (id !== undefined) return id;
  }
  throw errors.network.noSegmentLeft({ type: segment.type });
}

/** The lowest id of an interval that is free: the first, or one that follows one that is not. */
async function lowestFreeIn(
  tx: Tx,
  { type, physicalNetwork }: Segment,
  { minimum, maximum }: Interval,
): Promise<number | undefined> {
  const taken = tx.db
    .selectFrom('segmentations as taken')
    .where('taken.network_type', '=', type)
    .where('taken.physical_network', '=', physicalNetwork ?? '');
  const first = await taken
    .select('taken.network_id')
    .where('taken.segmentation_id', '=', minimum)
    .executeTakeFirst();
  if (first === undefined) return minimum;
  const before = await taken
    .select('taken.segmentation_id as id')
    .where('taken.segmentation_id', '>=', minimum)
    .where('taken.segmentation_id', '<', maximum)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('segmentations as next')
            .select('next.network_id')
            .where('next.network_type', '=', type)
            .where('next.physical_network', '=', physicalNetwork ?? '')
            .where((next) =>
              next('next.segmentation_id', '=', next(next.ref('taken.segmentation_id'), '+', 1)),
            ),
        ),
      ),
    )
    .orderBy('taken.segmentation_id')
    .limit(1)
    .executeTakeFirst();
  return before && before.id + 1;
}
