/** What networks refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT, POLICY_FORBIDS } from './entry.ts';

export const networkErrors = catalogue({
  defaultExists: {
    type: 'DefaultExternalNetworkExists',
    status: 409,
    message: 'A default external network already exists: {id}.',
    when: 'A second network is to be the default one.',
    wayOut: 'Set `is_default` of the other to false first.',
    operations: ['create_network', 'update_network'],
  },
  typeMissing: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:network_type required when provider:physical_network or provider:segmentation_id is given.',
    when: 'A segment is asked for without saying of which kind.',
    wayOut: 'Give `provider:network_type` too.',
    operations: ['create_network'],
  },
  withPhysicalNetwork: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:physical_network specified for {type} network: leave it out, such networks use none.',
    when: 'A network of tunnels, or a local one, is asked for on a physical network.',
    wayOut: 'Leave `provider:physical_network` out, or ask for `vlan` or `flat`.',
    operations: ['create_network'],
  },
  notTransparent: {
    type: 'VlanTransparencyDriverError',
    status: 400,
    message:
      'Backend does not support VLAN Transparency: vlan_transparent is not for a {type} network, as what is tagged on a physical network is another network’s. Leave it out, or ask for a network of tunnels.',
    when: 'A VLAN or flat network is to carry tags of its instances’ own.',
    wayOut: 'Leave `vlan_transparent` out, or ask for a network of tunnels.',
    operations: ['create_network'],
  },
  physicalNetworkMissing: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:physical_network required for {type} network. Known: {known}.',
    when: 'A VLAN or flat network is asked for without saying on which physical network.',
    wayOut: 'Give one of those that the message names.',
    operations: ['create_network'],
  },
  physicalNetworkUnknown: {
    ...INVALID_INPUT,
    message:
      "Invalid input for operation: provider:physical_network '{name}' unknown for {type} provider network. Known: {known}.",
    when: 'The service’s configuration has no such physical network.',
    wayOut:
      'Give one of those that the message names, or add it to `physical_networks` of the configuration.',
    operations: ['create_network'],
  },
  withSegmentationId: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:segmentation_id specified for {type} network: such networks have none.',
    when: 'A flat or local network is asked for with a number.',
    wayOut: 'Leave `provider:segmentation_id` out, or ask for `vlan` or a type of tunnels.',
    operations: ['create_network'],
  },
  segmentationIdOutOfRange: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:segmentation_id {id} is out of range (1 through {maximum}) for {type} network.',
    when: 'No network of the type can have this number.',
    wayOut: 'Choose another, or leave it out.',
    operations: ['create_network'],
  },
  notEncrypted: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: provider:network_type gre: tunnels between hosts are encrypted here (engine.encryption), and hosts cannot encrypt GRE over IPv6. Ask for geneve or vxlan.',
    when: 'A GRE network is asked for where tunnels are encrypted and run over IPv6: it would not leave its host.',
    wayOut: 'Ask for `geneve` or `vxlan`.',
    operations: ['create_network'],
  },
  mtuTooLarge: {
    ...BAD_REQUEST,
    message:
      'Invalid input for mtu. Reason: {mtu} is more than the {maximum} bytes that a {type} network carries here.',
    when: 'Packets of this size would not fit into what carries the network.',
    wayOut: 'Give a smaller one, or raise `network.mtu` of the configuration, to what the underlay carries.',
    operations: ['create_network', 'update_network'],
  },
  mtuTooSmallForIpv6: {
    type: 'NetworkMTUSubnetConflict',
    status: 409,
    message:
      "MTU of {mtu} of network {id} is less than the minimum of {minimum} that IPv6 subnets need (RFC 8200): raise the network's mtu.",
    when: 'The network has, or would get, an IPv6 subnet, and an MTU that IPv6 does not work with.',
    wayOut: 'Raise the network’s `mtu`.',
    operations: ['update_network', 'create_subnet'],
  },
  physicalNetworkInUse: {
    type: 'FlatNetworkInUse',
    status: 409,
    message: 'Unable to create the flat network. Physical network {physicalNetwork} is in use.',
    when: 'The physical network has a flat network: there can be one.',
    wayOut: 'Use that one, or a VLAN.',
    operations: ['create_network'],
  },
  vlanInUse: {
    type: 'VlanIdInUse',
    status: 409,
    message:
      'Unable to create the network. The vlan identifier {id} on physical network {physicalNetwork} is in use.',
    when: 'Another network has this VLAN.',
    wayOut: 'Choose another, or leave `provider:segmentation_id` out.',
    operations: ['create_network'],
  },
  tunnelInUse: {
    type: 'TunnelIdInUse',
    status: 409,
    message: 'Unable to create the network. The {type} identifier {id} is in use.',
    when: 'Another network has this number.',
    wayOut: 'Choose another, or leave `provider:segmentation_id` out.',
    operations: ['create_network'],
  },
  noSegmentLeft: {
    type: 'NoNetworkAvailable',
    status: 409,
    message:
      'Unable to create the network. No tenant network is available for allocation: all segmentation ids of type {type} that this project may have are taken.',
    when: 'The ranges of segmentation ids are used up.',
    wayOut:
      'Delete a network, or have an administrator make another range: `sextant network segment range create`.',
    operations: ['create_network'],
  },
  externalInUse: {
    type: 'ExternalNetworkInUse',
    status: 409,
    message:
      'External network {id} cannot be updated to be made non-external, since it has existing gateway ports: clear the external gateway of router {router} first.',
    when: 'Routers have their external gateway there.',
    wayOut: 'Clear `external_gateway_info` of those routers first.',
    operations: ['update_network'],
  },
  nat64PrefixInUse: {
    type: 'Nat64PrefixInUse',
    status: 409,
    message:
      'nat64_prefix of network {id} cannot be taken away: floating IP {floatingIp} of IPv4 stands for an address of IPv6 there. Take it off its port first.',
    when: 'Those who talk to an instance by a floating IP of IPv4 would have no address on its network.',
    wayOut: 'Take the floating IP off its port first, or give the network another prefix.',
    operations: ['update_network'],
  },
  sharedInUse: {
    type: 'InvalidSharedSetting',
    status: 409,
    message:
      'Unable to reconfigure sharing settings for network {network}. Multiple projects are using it: delete their ports first.',
    when: 'Other projects have ports on the network that would not be shared any more.',
    wayOut: 'Delete their ports first.',
    operations: ['update_network'],
  },
  forwardersOfAdministrator: {
    ...POLICY_FORBIDS,
    message: "dns_forwarders may be set by an administrator alone, but for '::', which stands for none.",
    when: 'Somebody asks to have hosts ask DNS servers of their choice: hosts may reach what tenants must not.',
    wayOut: "Leave it out, give '::' for none, or ask an administrator.",
    operations: ['create_network', 'update_network'],
  },
  inUse: {
    type: 'NetworkInUse',
    status: 409,
    message:
      'Unable to complete operation on network {id}. There are one or more ports still in use on the network, id for these ports: {ports}. Delete them first.',
    when: 'The network has ports; the message names the first ten.',
    wayOut: 'Delete them, and detach routers, first.',
    operations: ['delete_network'],
  },
  notExternal: {
    ...INVALID_INPUT,
    message:
      'Invalid input for operation: network {id} in external_gateway_info is not external: an administrator can make it so with router:external=true.',
    when: 'A router is to have its external gateway on a network that is not for that.',
    wayOut: 'Choose another network, or have it made external.',
    operations: ['create_router', 'update_router', 'add_external_gateways', 'update_external_gateways'],
  },
});
