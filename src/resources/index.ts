/** Every resource there is. */
import { addressGroupResource } from './address-group/operations.ts';
import { anycastAddressResource } from './anycast-address/operations.ts';
import { instanceResource } from './instance/operations.ts';
import { logResource } from './log/operations.ts';
import { networkResource } from './network/operations.ts';
import { portResource } from './port/operations.ts';
import type { Resource } from './resource.ts';
import { routerResource } from './router/operations.ts';
import { defaultSecurityGroupRuleResource } from './security-group/default-rules.ts';
import { securityGroupResource, securityGroupRuleResource } from './security-group/operations.ts';
import { subnetResource } from './subnet/operations.ts';

export const resources: readonly Resource[] = [
  networkResource,
  subnetResource,
  portResource,
  routerResource,
  addressGroupResource,
  securityGroupResource,
  securityGroupRuleResource,
  defaultSecurityGroupRuleResource,
  logResource,
  instanceResource,
  anycastAddressResource,
] as readonly Resource[];
