/** What network segment ranges refuse. */
import { catalogue, INVALID_INPUT } from './entry.ts';

const CHANGING_ONE = ['create_network_segment_range', 'update_network_segment_range'] as const;

export const networkSegmentRangeErrors = catalogue({
  backwards: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: minimum {minimum} is more than maximum {maximum}.',
    when: 'A range would end before it begins.',
    wayOut: 'Give `minimum` <= `maximum`.',
    operations: CHANGING_ONE,
  },
  beyond: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: maximum {maximum} is out of range (1 through {highest}) for {type} networks.',
    when: 'No network of the type can have these ids.',
    wayOut: 'Give a smaller `maximum`.',
    operations: CHANGING_ONE,
  },
  withPhysicalNetwork: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: physical_network specified for {type}: leave it out.',
    when: 'A range for networks of tunnels names a physical network.',
    wayOut: 'Leave `physical_network` out.',
    operations: ['create_network_segment_range'],
  },
  physicalNetworkUnknown: {
    ...INVALID_INPUT,
    message: 'Invalid input for operation: physical_network {name} unknown for vlan. Known: {known}.',
    when: 'A range of VLANs names no physical network, or one that the configuration does not have.',
    wayOut: 'Give one of those that the message names.',
    operations: CHANGING_ONE,
  },
  overlaps: {
    type: 'NetworkSegmentRangeOverlaps',
    status: 409,
    message: 'Network segment range overlaps with range(s) with id {ids}.',
    when: 'Another range that an administrator has made has some of these ids.',
    wayOut: 'Choose others, or change the other range first.',
    operations: CHANGING_ONE,
  },
  referenced: {
    type: 'NetworkSegmentRangeReferencedByProject',
    status: 409,
    message: 'Network Segment Range {id} is referenced by one or more tenant networks.',
    when: 'Networks have ids that would be in the range no more.',
    wayOut: 'Delete them first: `used` of the range names the ids.',
    operations: ['update_network_segment_range', 'delete_network_segment_range'],
  },
  defaultReadOnly: {
    type: 'NetworkSegmentRangeDefaultReadOnly',
    status: 400,
    message:
      'Network Segment Range {id} is a default segment range which could not be updated or deleted: change network.segment_ranges of the configuration.',
    when: 'The range is from the configuration.',
    wayOut: 'Change `network.segment_ranges` there, and start the service again.',
    operations: ['update_network_segment_range', 'delete_network_segment_range'],
  },
});
