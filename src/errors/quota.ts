/** Quotas. */
import { BAD_REQUEST, catalogue, POLICY_FORBIDS } from './entry.ts';

export const quotaErrors = catalogue({
  exceeded: {
    type: 'OverQuota',
    status: 409,
    message: "Quota exceeded for resources: ['{resource}']. The project {project} may have {limit}.",
    when: 'The project would have more of a resource than its quota.',
    wayOut: 'Delete some, or have an administrator raise the quota: `sextant quota set`.',
    operations: [
      'create_network',
      'create_subnet',
      'create_subnetpool',
      'create_address_scope',
      'create_trunk',
      'create_port',
      'create_router',
      'create_floatingip',
      'create_security_group',
      'create_security_group_rule',
      'create_rbac_policy',
      'create_instance',
      'create_anycast_address',
      'create_address_group',
      'create_ndp_proxy',
      'create_nptv6_translation',
    ],
  },
  lessThanUsed: {
    ...BAD_REQUEST,
    message:
      'Quota limit {limit} for {resource} must be greater than or equal to already used {used}: leave check_limit out to set it all the same.',
    when: 'A quota with `check_limit` would be less than what the project has.',
    wayOut: 'Delete some first, or leave `check_limit` out: nothing that is there goes away.',
    operations: [],
  },
  notFound: {
    type: 'TenantQuotaNotFound',
    status: 404,
    message: 'Quota for tenant {project} could not be found: it has those that every project has.',
    when: 'Quotas are deleted of a project that has none of its own.',
    wayOut: 'Nothing is left to do.',
    operations: [],
  },
  ofOthers: {
    ...POLICY_FORBIDS,
    message: '(rule:{verb}_quota) is disallowed by policy: it takes the role admin.',
    when: 'Somebody without the role admin changes quotas, or looks at those of another project.',
    wayOut: 'Ask an administrator.',
    operations: [],
  },
});
