/** Network segment ranges in the API: their attributes. */
import { boolean, freeObject, integer, list, nullable, oneOf, text } from '../definition/attribute-types.ts';
import { type CreateOf, define, type ResourceOf, type UpdateOf } from '../definition/definition.ts';
import { bookkeeping, identity, ownership } from '../definition/standard-attributes.ts';
import { HIGHEST_SEGMENTATION_ID, SEGMENTED_TYPES } from '../network/segment.ts';

/** Of those that are free, so many are told. */
export const MOST_AVAILABLE = 100;
const MAX_USED = 2 ** 26;
const segmentationId = integer(1, HIGHEST_SEGMENTATION_ID);

const named = nullable(text(64));
/** Empty text is none: clients write either. */
const physicalNetwork: typeof named = {
  ...named,
  parse: (value, field) => named.parse(value === '' ? null : value, field),
};

export const networkSegmentRange = define({
  name: 'network_segment_range',
  collection: 'network_segment_ranges',
  path: 'network_segment_ranges',
  title: 'Network segment range',
  doc: 'Segmentation ids that networks are given which ask for none. A project gets those of its own ranges first, then those for everybody. Those of the configuration are there by themselves. For administrators.',
  extensions: [
    {
      alias: 'network-segment-range',
      name: 'Neutron Network Segment Range',
      description: 'Which segmentation ids networks are given.',
    },
  ],
  attributes: {
    ...identity,
    project_id: { ...ownership.project_id, doc: 'The project whose it is; empty when it is for everybody.' },
    tenant_id: ownership.tenant_id,
    default: { type: boolean, doc: 'Whether it is from the configuration: then it cannot be changed.' },
    shared: {
      type: boolean,
      doc: 'Whether it is for every project.',
      create: 'admin',
      default: true,
      flags: ['shared', 'private'],
    },
    network_type: {
      type: oneOf(...SEGMENTED_TYPES),
      doc: 'The type of networks that it is for.',
      create: 'admin',
      required: true,
      title: 'Network Type',
    },
    physical_network: {
      type: physicalNetwork,
      doc: 'The physical network, of VLANs.',
      create: 'admin',
      default: null,
      title: 'Physical Network',
    },
    minimum: {
      type: segmentationId,
      doc: 'The first id.',
      create: 'admin',
      update: 'admin',
      required: true,
      title: 'Minimum ID',
    },
    maximum: {
      type: segmentationId,
      doc: 'The last one.',
      create: 'admin',
      update: 'admin',
      required: true,
      title: 'Maximum ID',
    },
    used: {
      type: freeObject(MAX_USED),
      doc: 'The ids that networks have, with their projects.',
      stored: false,
      filter: false,
    },
    available: {
      type: list(segmentationId, MOST_AVAILABLE),
      doc: 'The ids that are free: the first 100 of them.',
      stored: false,
      filter: false,
    },
    ...bookkeeping,
  },
  columns: [
    'id',
    'name',
    'default',
    'shared',
    'project_id',
    'network_type',
    'physical_network',
    'minimum',
    'maximum',
  ],
  longColumns: [
    'id',
    'name',
    'default',
    'shared',
    'project_id',
    'network_type',
    'physical_network',
    'minimum',
    'maximum',
    'used',
    'available',
  ],
});

export type NetworkSegmentRange = ResourceOf<typeof networkSegmentRange>;
export type NetworkSegmentRangeCreate = CreateOf<typeof networkSegmentRange>;
export type NetworkSegmentRangeUpdate = UpdateOf<typeof networkSegmentRange>;
