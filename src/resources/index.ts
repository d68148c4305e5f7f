/** Every resource there is. */
import { networkResource } from './network/operations.ts';
import { portResource } from './port/operations.ts';
import type { Resource } from './resource.ts';
import { routerResource } from './router/operations.ts';
import { securityGroupResource, securityGroupRuleResource } from './security-group/operations.ts';
import { subnetResource } from './subnet/operations.ts';

export const resources: readonly Resource[] = [
  networkResource,
  subnetResource,
  portResource,
  routerResource,
  securityGroupResource,
  securityGroupRuleResource,
] as readonly Resource[];
