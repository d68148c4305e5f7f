/** The API extensions that clients ask for before they use a feature. */

const extension = (alias: string, name: string, description: string) => ({
  alias,
  name,
  description,
  updated: '2026-01-01T00:00:00-00:00',
  links: [],
});

export const extensions = [
  extension('address-group', 'Address group', 'Groups of addresses that rules name.'),
  extension('allowed-address-pairs', 'Allowed Address Pairs', 'Further source addresses of ports.'),
  extension('binding', 'Port Binding', 'How instances are plugged in.'),
  extension('dns-integration', 'DNS Integration', 'dns_name of ports and dns_domain of networks.'),
  extension('ext-gw-mode', 'Neutron L3 Configurable external gateway mode', 'enable_snat of routers.'),
  extension('external-net', 'Neutron external network', 'router:external of networks.'),
  extension('extra_dhcp_opt', 'Neutron Extra DHCP options', 'DHCP options of ports.'),
  extension('extraroute', 'Neutron Extra Route', 'Static routes of routers.'),
  extension('filter-validation', 'Filter parameters validation', 'Unknown filters are refused.'),
  extension('logging', 'Logging API Extension', 'Logs of what security groups let through and drop.'),
  extension('net-mtu', 'Network MTU', 'mtu of networks.'),
  extension('net-mtu-writable', 'Network MTU (writable)', 'mtu of networks can be set.'),
  extension('pagination', 'Pagination support', 'limit and marker in lists.'),
  extension('port-security', 'Port Security', 'port_security_enabled of ports and networks.'),
  extension('project-id', 'project_id field enabled', 'project_id beside tenant_id.'),
  extension('provider', 'Provider Network', 'provider:* of networks.'),
  extension('revision-if-match', 'If-Match constraints based on revision_number', 'Conditional changes.'),
  extension('router', 'Neutron L3 Router', 'Routers between subnets.'),
  extension('security-group', 'security-group', 'Security groups and rules.'),
  extension(
    'security-groups-default-rules',
    'Default rules for security groups',
    'Rules that groups begin with.',
  ),
  extension(
    'security-groups-normalized-cidr',
    'Normalized CIDR field for security group rules',
    'normalized_cidr of rules.',
  ),
  extension(
    'security-groups-remote-address-group',
    'Remote address group id field for security group rules',
    'remote_address_group_id of rules.',
  ),
  extension('sorting', 'Sorting support', 'sort_key and sort_dir in lists.'),
  extension('standard-attr-description', 'standard-attr-description', 'description of resources.'),
  extension('standard-attr-revisions', 'Resource revision numbers', 'revision_number of resources.'),
  extension('standard-attr-tag', 'Tag support for resources with standard attribute', 'Tags.'),
  extension('standard-attr-timestamp', 'Resource timestamps', 'created_at and updated_at of resources.'),
  extension('stateful-security-group', 'Stateful security group', 'stateful of security groups.'),
  extension('subnet-service-types', 'Subnet service types', 'service_types of subnets.'),
];
