/** The suites of tests that tempest runs here, and what of each fails, with the reason. */

export interface TempestSuite {
  /** The Debian package that it is of. */
  readonly debianPackage: string;
  /** Its tests, as a regular expression. */
  readonly tests: string;
  /** Why tests fail, by regular expressions for their names: what Sextant does otherwise on purpose, or not at all. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

export const SUITES = {
  tempest: {
    debianPackage: 'tempest',
    tests: '^tempest\\.api\\.network',
    known: {
      'Who asks for what routers are anyway needs no right to it.': [
        'DvrRoutersNegativeTest.test_router_create_tenant_distributed_returns_forbidden',
      ],
    },
  },
  'neutron-tempest-plugin': {
    debianPackage: 'neutron-tempest-plugin',
    tests: '^neutron_tempest_plugin\\.api',
    known: {
      'The run has the API alone: there is no host to be an agent, and none that has ports ACTIVE.': [
        'AgentManagementTestJSON',
        'test_router_interface_status',
      ],
      'Routers fail over by what hosts tell each other in their tunnels, and need no network for it.': [
        'test_delete_ha_router_keeps_ha_network_segment_data',
      ],
      'Who asks for what routers are anyway needs no right to it.': [
        'test_router_create_tenant_distributed_returns_forbidden',
        'test_router_create_tenant_ha_returns_forbidden',
      ],
      'Networks of which nothing else is said are geneve here, and vxlan where these tests come from.': [
        'test_create_network_with_default_network_segment_range',
        'test_create_network_with_tenant_specific_network_segment_range',
        'test_delete_network_segment_range_failed_with_segment_referenced',
        'test_update_network_segment_range_failed_with_existing_range_impacted',
      ],
      'Members make QoS policies of their own: what ports have is what their owner may choose.': [
        'test_policy_create_forbidden_for_regular_tenants',
        'test_policy_update_forbidden_for_regular_tenants_own_policy',
        'test_rule_create_forbidden_for_regular_tenants',
        'test_rule_update_forbidden_for_regular_tenants_own_policy',
        'test_show_rule_type_details_as_user',
      ],
      'Tags of a thing are changed by who may change the thing.': [
        'TagFilterQosPolicyTestJSON',
        'test_qos_policy_tags',
      ],
      'Rules of minimum bandwidth are refused, as nothing would hold to them, before the policy is looked for.':
        ['QosMinimumBandwidthRuleNegativeTestJSON.test_rule_update_rule_nonexistent_policy'],
      'The last page has no link to an empty one behind it.': ['test_list_pagination_with_href_links'],
      'RBAC policies have times and a revision, which moves with their target.': [
        'test_policy_target_update',
        'RbacSharedQosPoliciesTest.test_policy_sharing_with_wildcard$',
      ],
      'A policy for everybody may become one for the only project that uses the thing: nobody loses it.': [
        'RbacSharedQosPoliciesTest.test_network_presence_prevents_policy_rbac_policy_deletion',
      ],
      'Networks are made external by administrators alone, also for single projects.': [
        'ExternalNetworksRBACTestJSON.test_regular_client_shares_with_another',
      ],
      'Who sees a thing that is another’s gets 403 for changing it.': [
        'test_regular_client_blocked_from_updating_shared_address_group',
      ],
      'What is another project’s is not there: 404.': ['test_associate_floating_ip_with_port_from_another'],
      'Who an address scope is shared with may have pools in it, and change them.': [
        'test_tenant_update_sp_prefix_associated_with_shared_addr_scope',
      ],
      'A PUT that leaves `shared` as it is needs no right to change it.': [
        'test_tenant_update_address_scope_shared_false',
      ],
      'Addresses without a length are taken for address groups.': [
        'test_address_group_create_with_wrong_address',
      ],
      'Prefixes with bits beyond their length are refused: that may be a slip in the length.': [
        'test_create_subnetpool_associate_address_scope_prefix_intersect',
      ],
      'Lengths of subnet pools are numbers, as they are in requests.': [
        'test_get_subnetpool',
        'test_tenant_update_subnetpool',
      ],
      'DHCPv6 has no such option as tftp-server: it is refused, not dropped.': [
        'ExtraDHCPOptionsIpV6TestJSON',
      ],
      'That ports are there is looked at before VLANs are compared.': [
        'test_create_trunk_duplicate_subport_segmentation_ids',
      ],
      'Default groups are made when their own project asks, and count from then on.': [
        'test_create_security_group_when_quotas_is_full',
      ],
    },
  },
} as const satisfies Record<string, TempestSuite>;

export type SuiteName = keyof typeof SUITES;
