/**
 * Every error that a request can end with, in one place: thrown as `throw errors.network.inUse({ id, ports })`.
 * Neutron's types and status codes, so that its clients recognise them; messages that name the attribute, the value
 * and the way out. OpenAPI's responses and docs/reference/errors.md are made from here. To add one, add its entry to
 * the file of its group.
 */
import { addressGroupErrors } from './address-group.ts';
import { addressScopeErrors } from './address-scope.ts';
import { anycastAddressErrors } from './anycast-address.ts';
import { attributeErrors } from './attribute.ts';
import { autoAllocationErrors } from './auto-allocation.ts';
import { bgpErrors } from './bgp.ts';
import type { ErrorEntry, Operation } from './entry.ts';
import { fixedIpErrors } from './fixed-ips.ts';
import { floatingIpErrors } from './floating-ip.ts';
import { hostTokenErrors } from './host-token.ts';
import { httpErrors } from './http.ts';
import { identityErrors } from './identity.ts';
import { instanceErrors } from './instance.ts';
import { listErrors } from './list.ts';
import { logErrors } from './log.ts';
import { ndpProxyErrors } from './ndp-proxy.ts';
import { networkErrors } from './network.ts';
import { networkSegmentRangeErrors } from './network-segment-range.ts';
import { notFoundErrors } from './not-found.ts';
import { nptv6TranslationErrors } from './nptv6-translation.ts';
import { portErrors } from './port.ts';
import { portForwardingErrors } from './port-forwarding.ts';
import { qosPolicyErrors } from './qos-policy.ts';
import { quotaErrors } from './quota.ts';
import { rbacPolicyErrors } from './rbac-policy.ts';
import { requestErrors } from './request.ts';
import { routerErrors } from './router.ts';
import { securityGroupErrors, securityGroupRuleErrors } from './security-group.ts';
import { subnetErrors } from './subnet.ts';
import { subnetpoolErrors } from './subnetpool.ts';
import { trunkErrors } from './trunk.ts';

export {
  type ActionName,
  type ErrorEntry,
  type LookName,
  type NestedAction,
  type NestedName,
  type Operation,
  parametersIn,
  RequestError,
  type ResourceName,
  type Verb,
} from './entry.ts';

export const errors = {
  http: httpErrors,
  request: requestErrors,
  list: listErrors,
  attribute: attributeErrors,
  notFound: notFoundErrors,
  network: networkErrors,
  networkSegmentRange: networkSegmentRangeErrors,
  subnet: subnetErrors,
  subnetpool: subnetpoolErrors,
  port: portErrors,
  fixedIps: fixedIpErrors,
  trunk: trunkErrors,
  router: routerErrors,
  floatingIp: floatingIpErrors,
  portForwarding: portForwardingErrors,
  ndpProxy: ndpProxyErrors,
  nptv6Translation: nptv6TranslationErrors,
  bgp: bgpErrors,
  securityGroup: securityGroupErrors,
  securityGroupRule: securityGroupRuleErrors,
  addressGroup: addressGroupErrors,
  addressScope: addressScopeErrors,
  anycastAddress: anycastAddressErrors,
  instance: instanceErrors,
  log: logErrors,
  hostToken: hostTokenErrors,
  qosPolicy: qosPolicyErrors,
  autoAllocation: autoAllocationErrors,
  quota: quotaErrors,
  rbacPolicy: rbacPolicyErrors,
  identity: identityErrors,
} as const;

export type ErrorGroup = keyof typeof errors;

/** The entries of a group, by their names. */
export const entriesOf = (group: ErrorGroup): [name: string, entry: ErrorEntry][] =>
  Object.entries<{ readonly entry: ErrorEntry }>(errors[group]).map(([name, { entry }]) => [name, entry]);

/** All entries, in the catalogue's order. */
export const allEntries: readonly ErrorEntry[] = (Object.keys(errors) as ErrorGroup[]).flatMap((group) =>
  entriesOf(group).map(([, entry]) => entry),
);

/**
 * The errors that may end an operation.
 * @param names of the operation: its own, and the verb that it shares with others
 */
export const errorsOf = (...names: readonly Operation[]): ErrorEntry[] =>
  allEntries.filter(({ operations }) => operations.some((operation) => names.includes(operation)));
