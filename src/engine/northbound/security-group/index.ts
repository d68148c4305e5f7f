/** Security groups: port groups with ACLs for their rules. */
import { type ChangeOf, type FindUnits, idsFrom, itself, named, on } from '../dependency.ts';
import { securityGroupsOfProjects } from '../lookups.ts';
import type { Unit } from '../unit.ts';
import { planSecurityGroup } from './plan.ts';
import { readSecurityGroups, type SecurityGroupSource } from './read.ts';
import { securityGroupRecord } from './record.ts';

/** The groups that logs cover: the one that they name, those of their target, or else all of their project. */
const groupsOfLogs: FindUnits<'log'> = async (changes, db) => {
  const ofProjects = (log: ChangeOf<'log'>): boolean =>
    log.links.resource_id.length === 0 && log.links.target_id.length === 0;
  const projects = changes.filter(ofProjects).flatMap(({ links }) => links.project_id);
  return [
    ...changes.flatMap(({ links }) => [...links.resource_id, ...(links.covered_groups ?? [])]),
    ...(await idsFrom(securityGroupsOfProjects, projects, db)),
  ];
};

export const securityGroupUnit: Unit<SecurityGroupSource> = {
  kind: 'security_group',
  table: 'security_groups',
  read: readSecurityGroups,
  plan: (source) => planSecurityGroup(securityGroupRecord(source)),
  dependsOn: [
    on('security_group', ['stateful'], itself),
    // Rules do not change: they come and go.
    on('security_group_rule', [], named('security_group_id')),
    on('log', ['enabled', 'covered_groups'], groupsOfLogs),
  ],
};
