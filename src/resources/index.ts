/**
 * What users have: networks, subnets, ports, routers and the rest, a folder each with its definition, its rules (pure)
 * and its operations (one transaction each). It knows neither HTTP nor OVN.
 *
 * Begin with `registry.ts`, the list of all, and `definition/definition.ts`, what a definition is; then one folder,
 * for instance `subnet/`. `repository.ts` writes rows and what the journal says of it; `tables.ts` has the types of
 * all tables. Operations are loaded by the registry when they are served: clients know definitions alone.
 */

export { addressesOfGroups, presentInGroup } from './address-group/addresses.ts';
export { type AvailabilityZone, availabilityZones } from './agent/availability-zones.ts';
export { isAlive, recordHeartbeat } from './agent/heartbeat.ts';
export {
  joinHost,
  offerCertificate,
  type ShownCertificate,
  standingOf,
  takeCertificate,
} from './agent/joining.ts';
export { followHosts } from './agent/placement.ts';
export { zones } from './agent/zone-names.ts';
export { readMembers, recordHealth } from './anycast-address/members.ts';
export { type AnycastMember, type HealthCheck, serving } from './anycast-address/rules.ts';
export {
  autoAllocate,
  autoAllocatedNetwork,
  autoAllocationRequirements,
  type ResourceFinder,
  removeAutoAllocated,
} from './auto-allocated-topology/topology.ts';
export {
  giveLeg,
  legsOfHost,
  placesWithout,
  speakingHostsOf,
  speakingPlacesOf,
} from './bgp-speaker/legs.ts';
export { bgpOrdersFor } from './bgp-speaker/orders.ts';
export { type LegReport, recordSessions } from './bgp-speaker/sessions.ts';
export type { Context, Joining, Settings } from './context.ts';
export {
  type AttributeType,
  address,
  boolean,
  freeObject,
  integer,
  list,
  nullable,
  object,
  oneOf,
  prefix,
  type Schema,
  text,
  uuid,
} from './definition/attribute-types.ts';
export {
  type AspectOf,
  type Attribute,
  type Attributed,
  type Attributes,
  columnOf,
  type Definition,
  type Extension,
  isCreatable,
  type LinkOf,
  type ResourceOf,
  type RowOf,
  storedAttributes,
  type UpdateOf,
  type Who,
} from './definition/definition.ts';
export { MOST_TAGS, parseTag, tagList } from './definition/tags.ts';
export { floatingIpPools } from './floatingip/pools.ts';
export { requireToken } from './host-token/operations.ts';
export { instance } from './instance/definition.ts';
export { hostNameFrom } from './instance/host-name.ts';
export { commentOf } from './instance/ssh-public-key.ts';
export { userDataOctets } from './instance/user-data.ts';
export { covers, type LoggedEvent, type Scope } from './log/coverage.ts';
export { LOGGABLE_RESOURCES } from './log/operations.ts';
export { ipAvailability } from './network/ip-availability.ts';
export { MINIMUM_IPV6_MTU, maximumMtu } from './network/rules.ts';
export { allVlansOf, HIGHEST_ID, overheadOf, SEGMENTED_TYPES, type SegmentRange } from './network/segment.ts';
export { networksWithHardware, servingHostsOf } from './network/serving-hosts.ts';
export {
  dropNovaEvents,
  hasNovaEvents,
  leaseNovaEvents,
  type NovaEvent,
  noteForNova,
  releaseNovaEvents,
} from './nova-event/events.ts';
export { type RouterTranslation, translationsOf } from './nptv6-translation/translations.ts';
export { type QosRuleKind, RULE_KINDS as QOS_RULE_KINDS } from './policy/rule-kinds.ts';
export { takeRefused } from './port/binding.ts';
export { isHardware } from './port/hardware.ts';
export {
  type LearnedFact,
  learnAddresses,
  learnedAddresses,
} from './port/learned-addresses.ts';
export { type AddressPolicy, openPrefixes } from './port/open-prefixes.ts';
export { BGP_SPEAKER, FLOATING_IP, ROUTER_GATEWAY, ROUTER_INTERFACE } from './port/owners.ts';
export { notePastGuard } from './port/past-guard.ts';
export { requireQuota } from './quota/check.ts';
export { COUNTED_RESOURCES, UNLIMITED, USUAL_QUOTAS } from './quota/counted.ts';
export {
  allQuotas,
  defaultQuotas,
  forgetQuotas,
  quotaDetailsOf,
  quotasOf,
  setQuotas,
} from './quota/quotas.ts';
export { SHARED_KINDS, type SharedKind } from './rbac-policy/definition.ts';
export { definitions, loadResources, type ResourceName } from './registry.ts';
export {
  columnsHolding,
  columnValue,
  findRow,
  fromRow,
  generic,
  perTable,
  type ReadOf,
  slices,
  timestamp,
  toRow,
  updateRow,
  type Values,
} from './repository.ts';
export type { Condition, Nested, Resource, ResourceRecord } from './resource.ts';
export { gatewayHostsOf, keepGateways, physicalNetworksOf } from './router/gateway-hosts.ts';
export { gatewaysByRouter, type RouterGateway, routersOutOf } from './router/gateways.ts';
export { heardOn, recordHeard, upstreamLinksOf } from './router/heard-routers.ts';
export { type HeardRouter, nextHopsOf } from './router/next-hops.ts';
export {
  askingsOf,
  type DelegationReport,
  delegationsOf,
  type RouterAsking,
  recordDelegations,
  routersOn,
  routersWithout,
} from './router/prefix-delegation/follow.ts';
export { leadsBehind, prefixesBehind } from './router/upstream-routes.ts';
export type { SecurityGroup } from './security-group/definition.ts';
export { IPV6_ONLY, protocolNumber } from './security-group-rule/protocol.ts';
export { sharedAmong, sharedWith } from './sharing.ts';
export { forgetFailures, readFailures, recordFailures, setPortStatus, type UnitKey } from './status.ts';
export { USUAL_LIFETIMES } from './subnet/advertised.ts';
export { PREFIX_DELEGATION, UNDELEGATED_CIDR } from './subnet/undelegated.ts';
export type {
  AnycastAddressRow,
  FloatingIpRow,
  GatewayHostRow,
  HeardRouterRow,
  IpAllocationRow,
  NetworkRow,
  PortForwardingRow,
  PortRow,
  QosRuleRow,
  RetiredPrefixRow,
  RetiredRouterRow,
  RouterRow,
  SecurityGroupRow,
  SecurityGroupRuleRow,
  ServingHostRow,
  Store,
  SubnetRow,
  Tables,
  Tx,
  UnitFailureRow,
} from './tables.ts';
