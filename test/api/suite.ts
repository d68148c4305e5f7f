import type { TestApi } from '../support/api.ts';
import { describeAddressGroups } from './address-groups.ts';
import { describeAddressScopes } from './address-scopes.ts';
import { describeAnswers } from './answers.ts';
import { describeAnycastAddresses } from './anycast-addresses.ts';
import { describeAutoAllocation } from './auto-allocation.ts';
import { describeBadRequests } from './bad-requests.ts';
import { describeBgp } from './bgp.ts';
import { describeClientHabits } from './client-habits.ts';
import { describeDefaultRules } from './default-rules.ts';
import { describeDelegatedSubnets } from './delegated-subnets.ts';
import { describeExternalGateways } from './external-gateways.ts';
import { describeExtraRoutes } from './extra-routes.ts';
import { describeFloatingIpPools } from './floating-ip-pools.ts';
import { describeFloatingIps } from './floating-ips.ts';
import { describeGateways } from './gateways.ts';
import { useApi } from './harness.ts';
import { describeHostileRequests } from './hostile-requests.ts';
import { describeInstances } from './instances.ts';
import { describeIpAvailability } from './ip-availability.ts';
import { describeLists } from './lists.ts';
import { describeLogs } from './logs.ts';
import { describeNdpProxies } from './ndp-proxies.ts';
import { describeNovaEvents } from './nova-events.ts';
import { describeNptv6Translations } from './nptv6-translations.ts';
import { describePortBindings } from './port-bindings.ts';
import { describePortForwardings } from './port-forwardings.ts';
import { describePortHints } from './port-hints.ts';
import { describeProjects } from './projects.ts';
import { describeQos } from './qos.ts';
import { describeQuotas } from './quotas.ts';
import { describeRbacPolicies } from './rbac-policies.ts';
import { describeResources } from './resources.ts';
import { describeSegments } from './segments.ts';
import { describeSourceAddresses } from './source-addresses.ts';
import { describeSubnetPools } from './subnet-pools.ts';
import { describeTrunks } from './trunks.ts';

/**
 * What the API does, whatever database is behind it.
 * @param start starts one on an empty database
 */
export function describeApi(start: () => Promise<TestApi>): void {
  useApi(start);
  describeBadRequests();
  describeResources();
  describeClientHabits();
  describeLists();
  describeIpAvailability();
  describeHostileRequests();
  describeInstances();
  describeAnycastAddresses();
  describeGateways();
  describeExternalGateways();
  describeExtraRoutes();
  describeFloatingIps();
  describeFloatingIpPools();
  describePortBindings();
  describePortForwardings();
  describePortHints();
  describeTrunks();
  describeNdpProxies();
  describeNptv6Translations();
  describeBgp();
  describeProjects();
  describeSourceAddresses();
  describeSubnetPools();
  describeAddressScopes();
  describeDelegatedSubnets();
  describeSegments();
  describeAddressGroups();
  describeDefaultRules();
  describeLogs();
  describeQos();
  describeQuotas();
  describeRbacPolicies();
  describeNovaEvents();
  describeAutoAllocation();
  // Of all that the others have made.
  describeAnswers();
}
