/**
 * The second door of the part: what clients and commands know of resources, without what serves them. It needs no store,
 * so that a command loads little.
 */
export {
  type Attribute,
  type CreateOf,
  type Definition,
  isCreatable,
  type ResourceOf,
  type UpdateOf,
} from './definition/definition.ts';
export { commentOf } from './instance/ssh-public-key.ts';
export { MINIMUM_IPV6_MTU } from './network/rules.ts';
export { allVlansOf, HIGHEST_ID, overheadOf, SEGMENTED_TYPES, type SegmentRange } from './network/segment.ts';
export { COUNTED_RESOURCES, UNLIMITED, USUAL_QUOTAS } from './quota/counted.ts';
export { definitions, type ResourceName } from './registry.ts';
export { IPV6_ONLY, protocolNumber } from './security-group-rule/protocol.ts';
export { PREFIX_DELEGATION } from './subnet/undelegated.ts';
