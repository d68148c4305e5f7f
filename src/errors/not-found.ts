/** 404 for what is not there, or not the caller's: the two are told alike, so that nobody learns what others have. */
import { catalogue, ON_BINDINGS, ON_FORWARDINGS, type Operation, type ResourceName } from './entry.ts';

/** How Neutron forms a type from the resource's name in words: `SecurityGroupNotFound`. */
const typeOf = (title: string): string =>
  `${title.replace(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase())}NotFound`;

/** The further actions on a subnet pool. */
const ON_POOL = ['add_prefixes', 'remove_prefixes', 'onboard_network_subnets'] as const;

/** The operations on one resource of a kind. */
const onOne = (name: ResourceName): Operation[] =>
  (['show', 'update', 'delete', 'tags'] as const).map((verb) => `${verb}_${name}` as const);

const missing = <const Title extends string>(title: Title, operations: readonly Operation[]) => ({
  type: typeOf(title),
  status: 404,
  message: `${title} {id} could not be found.` as const,
  when: 'Nothing has this id, or it is another project’s that does not share it.',
  wayOut: 'Look up the id with `GET`, as the project that has it.',
  operations,
});

export const notFoundErrors = catalogue({
  network: missing('Network', [
    ...onOne('network'),
    'create_subnet',
    'onboard_network_subnets',
    'create_port',
    'update_port',
    'create_router',
    'update_router',
    'add_external_gateways',
    'update_external_gateways',
    'add_router_interface',
    'create_floatingip',
    'create_rbac_policy',
    'add_gateway_network',
  ]),
  subnetpool: {
    ...missing('Subnet pool', [
      ...onOne('subnetpool'),
      ...ON_POOL,
      'create_subnet',
      'create_port',
      'update_port',
      'create_nptv6_translation',
      'create_rbac_policy',
    ]),
    type: 'SubnetPoolNotFound',
  },
  subnet: missing('Subnet', [...onOne('subnet'), 'add_router_interface']),
  port: missing('Port', [
    'create_trunk',
    'add_subports',
    ...onOne('port'),
    ...ON_BINDINGS,
    'add_router_interface',
    'create_anycast_address',
    'update_anycast_address',
    'create_floatingip',
    'update_floatingip',
    'create_ndp_proxy',
    'create_floatingip_port_forwarding',
    'update_floatingip_port_forwarding',
  ]),
  trunk: missing('Trunk', [...onOne('trunk'), 'add_subports', 'remove_subports']),
  policy: {
    ...missing('QoS policy', [
      ...onOne('policy'),
      'create_network',
      'update_network',
      'create_floatingip',
      'update_floatingip',
      'create_router',
      'update_router',
      'add_external_gateways',
      'update_external_gateways',
      'create_port',
      'update_port',
      'create_rbac_policy',
    ]),
    type: 'QosPolicyNotFound',
  },
  router: missing('Router', [
    ...onOne('router'),
    'add_external_gateways',
    'update_external_gateways',
    'remove_external_gateways',
    'add_extraroutes',
    'remove_extraroutes',
    'add_router_interface',
    'remove_router_interface',
    'create_ndp_proxy',
    'create_nptv6_translation',
    'create_anycast_address',
  ]),
  ndp_proxy: {
    ...missing('Ndp proxy', ['show_ndp_proxy', 'update_ndp_proxy', 'delete_ndp_proxy']),
    type: 'NDPProxyNotFound',
  },
  nptv6_translation: missing('NPTv6 translation', [
    'show_nptv6_translation',
    'update_nptv6_translation',
    'delete_nptv6_translation',
  ]),
  bgp_speaker: {
    ...missing('BGP speaker', [
      'show_bgp_speaker',
      'update_bgp_speaker',
      'delete_bgp_speaker',
      'add_bgp_peer',
      'remove_bgp_peer',
      'add_gateway_network',
      'remove_gateway_network',
    ]),
    type: 'BgpSpeakerNotFound',
  },
  bgp_peer: {
    ...missing('BGP peer', ['show_bgp_peer', 'update_bgp_peer', 'delete_bgp_peer', 'add_bgp_peer']),
    type: 'BgpPeerNotFound',
  },
  floatingip: missing('Floating IP', [...onOne('floatingip'), ...ON_FORWARDINGS]),
  address_group: missing('Address group', [
    ...onOne('address_group'),
    'add_addresses',
    'remove_addresses',
    'create_security_group_rule',
    'create_rbac_policy',
  ]),
  address_scope: missing('Address scope', [
    'show_address_scope',
    'update_address_scope',
    'delete_address_scope',
    'create_subnetpool',
    'update_subnetpool',
    'create_rbac_policy',
  ]),
  security_group: missing('Security group', [
    ...onOne('security_group'),
    'create_port',
    'update_port',
    'create_security_group_rule',
    'create_rbac_policy',
  ]),
  security_group_rule: missing('Security group rule', [
    'show_security_group_rule',
    'delete_security_group_rule',
  ]),
  default_security_group_rule: missing('Default security group rule', [
    'show_default_security_group_rule',
    'delete_default_security_group_rule',
  ]),
  log: missing('Log resource', onOne('log')),
  instance: missing('Instance', onOne('instance')),
  anycast_address: missing('Anycast address', onOne('anycast_address')),
  agent: missing('Agent', ['show_agent', 'update_agent', 'delete_agent']),
  rbac_policy: {
    ...missing('RBAC policy', ['show_rbac_policy', 'update_rbac_policy', 'delete_rbac_policy']),
    type: 'RbacPolicyNotFound',
  },
  host_token: missing('Host token', onOne('host_token')),
  network_segment_range: missing('Network Segment Range', onOne('network_segment_range')),
  anycastMember: missing('Anycast member', []),
  availabilityZone: {
    type: 'AvailabilityZoneNotFound',
    status: 404,
    message: 'AvailabilityZone {zone} could not be found.',
    when: 'A hint names a zone that no host is in.',
    wayOut: 'Name one of `GET /v2.0/availability_zones`, or leave the hint out.',
    operations: ['create_network', 'create_router'],
  },
});
