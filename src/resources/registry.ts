/**
 * Every resource there is, by its name in the API: its definition, and where its operations are. What serves, asks for
 * or documents resources goes through this list: routes, commands, client types, OpenAPI, the docs.
 */
import type { ResourceName } from '../errors/index.ts';
import { addressGroup } from './address-group/definition.ts';
import { addressScope } from './address-scope/definition.ts';
import { agent } from './agent/definition.ts';
import { anycastAddress } from './anycast-address/definition.ts';
import { bgpPeer } from './bgp-peer/definition.ts';
import { bgpSpeaker } from './bgp-speaker/definition.ts';
import { defaultSecurityGroupRule } from './default-security-group-rule/definition.ts';
import type { Definition } from './definition/definition.ts';
import { floatingIp } from './floatingip/definition.ts';
import { hostToken } from './host-token/definition.ts';
import { instance } from './instance/definition.ts';
import { log } from './log/definition.ts';
import { ndpProxy } from './ndp-proxy/definition.ts';
import { network } from './network/definition.ts';
import { networkSegmentRange } from './network-segment-range/definition.ts';
import { nptv6Translation } from './nptv6-translation/definition.ts';
import { qosPolicy } from './policy/definition.ts';
import { port } from './port/definition.ts';
import { rbacPolicy } from './rbac-policy/definition.ts';
import type { Operations, OperationsOnFound, Resource } from './resource.ts';
import { router } from './router/definition.ts';
import { securityGroup } from './security-group/definition.ts';
import { securityGroupRule } from './security-group-rule/definition.ts';
import { subnet } from './subnet/definition.ts';
import { subnetpool } from './subnetpool/definition.ts';
import { trunk } from './trunk/definition.ts';

/** A resource's place in the registry. */
interface Entry<D extends Definition> {
  readonly definition: D;
  /** Loads the operations: clients and commands know resources without what serves them. */
  load(): Promise<Operations>;
}

/** @param load imports the folder's `operations.ts` */
const entry = <D extends Definition, R extends object>(
  definition: D,
  load: () => Promise<OperationsOnFound<D, R>>,
): Entry<D> => ({ definition, load: load as () => Promise<unknown> as () => Promise<Operations> });

export const registry = {
  network: entry(network, async () => (await import('./network/operations.ts')).networkOperations),
  network_segment_range: entry(
    networkSegmentRange,
    async () => (await import('./network-segment-range/operations.ts')).networkSegmentRangeOperations,
  ),
  address_scope: entry(
    addressScope,
    async () => (await import('./address-scope/operations.ts')).addressScopeOperations,
  ),
  subnetpool: entry(
    subnetpool,
    async () => (await import('./subnetpool/operations.ts')).subnetpoolOperations,
  ),
  subnet: entry(subnet, async () => (await import('./subnet/operations.ts')).subnetOperations),
  port: entry(port, async () => (await import('./port/operations.ts')).portOperations),
  policy: entry(qosPolicy, async () => (await import('./policy/operations.ts')).qosPolicyOperations),
  trunk: entry(trunk, async () => (await import('./trunk/operations.ts')).trunkOperations),
  router: entry(router, async () => (await import('./router/operations.ts')).routerOperations),
  floatingip: entry(
    floatingIp,
    async () => (await import('./floatingip/operations.ts')).floatingIpOperations,
  ),
  ndp_proxy: entry(ndpProxy, async () => (await import('./ndp-proxy/operations.ts')).ndpProxyOperations),
  nptv6_translation: entry(
    nptv6Translation,
    async () => (await import('./nptv6-translation/operations.ts')).nptv6TranslationOperations,
  ),
  bgp_speaker: entry(
    bgpSpeaker,
    async () => (await import('./bgp-speaker/operations.ts')).bgpSpeakerOperations,
  ),
  bgp_peer: entry(bgpPeer, async () => (await import('./bgp-peer/operations.ts')).bgpPeerOperations),
  address_group: entry(
    addressGroup,
    async () => (await import('./address-group/operations.ts')).addressGroupOperations,
  ),
  security_group: entry(
    securityGroup,
    async () => (await import('./security-group/operations.ts')).securityGroupOperations,
  ),
  security_group_rule: entry(
    securityGroupRule,
    async () => (await import('./security-group-rule/operations.ts')).securityGroupRuleOperations,
  ),
  default_security_group_rule: entry(
    defaultSecurityGroupRule,
    async () =>
      (await import('./default-security-group-rule/operations.ts')).defaultSecurityGroupRuleOperations,
  ),
  log: entry(log, async () => (await import('./log/operations.ts')).logOperations),
  instance: entry(instance, async () => (await import('./instance/operations.ts')).instanceOperations),
  anycast_address: entry(
    anycastAddress,
    async () => (await import('./anycast-address/operations.ts')).anycastAddressOperations,
  ),
  agent: entry(agent, async () => (await import('./agent/operations.ts')).agentOperations),
  rbac_policy: entry(
    rbacPolicy,
    async () => (await import('./rbac-policy/operations.ts')).rbacPolicyOperations,
  ),
  host_token: entry(hostToken, async () => (await import('./host-token/operations.ts')).hostTokenOperations),
} satisfies Readonly<Record<ResourceName, Entry<Definition>>>;

export type { ResourceName };

type Definitions = { readonly [N in ResourceName]: (typeof registry)[N]['definition'] };

/** The definitions alone. */
export const definitions = Object.fromEntries(
  Object.entries(registry).map(([name, { definition }]) => [name, definition]),
) as Definitions;

/** Every resource with its operations, in the order of the registry. */
export const loadResources = (): Promise<Resource[]> =>
  Promise.all(
    Object.values(registry).map(async ({ definition, load }) => ({ definition, ...(await load()) })),
  );
