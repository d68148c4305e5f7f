/** What logs refuse. */
import { catalogue } from './entry.ts';

export const logErrors = catalogue({
  resourceType: {
    type: 'InvalidLogResourceType',
    status: 400,
    message: 'Invalid log resource_type: {type}. Known: {known}.',
    when: 'Resources of this kind have no log.',
    wayOut: 'Give one of those that the message names.',
    operations: ['create_log'],
  },
  resourceNotFound: {
    type: 'ResourceNotFound',
    status: 404,
    message: 'Resource {id} could not be found.',
    when: 'No security group has the id in `resource_id`.',
    wayOut: 'Look up the id with `GET`.',
    operations: ['create_log'],
  },
  targetNotFound: {
    type: 'TargetResourceNotFound',
    status: 404,
    message: 'Target resource {id} could not be found.',
    when: 'No port has the id in `target_id`.',
    wayOut: 'Look up the id with `GET`.',
    operations: ['create_log'],
  },
  portNotInGroup: {
    type: 'InvalidResourceConstraint',
    status: 400,
    message:
      'Invalid resource constraint between resource (security_group, {group}) and target resource (port, {port}): put the port into the group first.',
    when: 'The group decides nothing about the port.',
    wayOut: 'Put the port into the group first, or leave one of them out.',
    operations: ['create_log'],
  },
});
