/** Security groups: port groups with ACLs for their rules. */
import type { Unit } from '../unit.ts';
import { planSecurityGroup } from './plan.ts';
import { readSecurityGroups, type SecurityGroupSource } from './read.ts';
import { securityGroupRecord } from './record.ts';

export const securityGroupUnit: Unit<SecurityGroupSource> = {
  kind: 'security_group',
  table: 'security_groups',
  read: readSecurityGroups,
  plan: (source) => planSecurityGroup(securityGroupRecord(source)),
};
