/** What auto-allocated topologies refuse. Their paths are no resource of OpenAPI. */
import { catalogue, POLICY_FORBIDS } from './entry.ts';

export const autoAllocationErrors = catalogue({
  failure: {
    type: 'AutoAllocationFailure',
    status: 409,
    message: 'Deployment error: {reason}.',
    when: 'There is no default external network, or no default subnet pool that the project may use.',
    wayOut:
      'Have an administrator set `is_default` of an external network, and of subnet pools that are shared.',
    operations: [],
  },
  ofOthers: {
    ...POLICY_FORBIDS,
    message:
      '(rule:{verb}_auto_allocated_topology) is disallowed by policy: it takes a role of the project, or the role admin.',
    when: 'Somebody asks for the topology of another project, or may only look and there is none yet.',
    wayOut: 'Ask for the one of your own project, or an administrator.',
    operations: [],
  },
  fields: {
    type: 'BadRequest',
    status: 400,
    message: 'Bad auto_allocate request: Unrecognized field.',
    when: '`fields` has something other than `dry-run`.',
    wayOut: 'Leave `fields` out.',
    operations: [],
  },
});
