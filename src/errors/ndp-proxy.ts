/** What NDP proxies refuse, and what they keep from happening to routers. */
import { BAD_REQUEST, catalogue } from './entry.ts';

const CREATING = ['create_ndp_proxy'] as const;

export const ndpProxyErrors = catalogue({
  gatewayNotValid: {
    type: 'RouterGatewayNotValid',
    status: 409,
    message: 'Can not enable ndp proxy on router {router}, {reason}.',
    when: 'The router has no gateway on an external network with a subnet of IPv6 that is in an address scope.',
    wayOut:
      'Take the external subnet and those of the instances from subnet pools of one address scope, and set the gateway.',
    operations: ['create_router', 'update_router'],
  },
  notEnabled: {
    type: 'RouterNDPProxyNotEnable',
    status: 409,
    message:
      'The enable_ndp_proxy parameter of router {router} must be set as True while create ndp proxy entry on it.',
    when: 'The router answers for nobody.',
    wayOut: 'Set `enable_ndp_proxy` of the router.',
    operations: CREATING,
  },
  notReachable: {
    type: 'PortUnreachableRouter',
    status: 409,
    message: 'The port {port} cannot reach the router {router} by IPv6 subnet.',
    when: 'The router is not attached to the port’s network, or to none of its IPv6 subnets.',
    wayOut: 'Attach the subnet to the router first.',
    operations: CREATING,
  },
  noAddress: {
    ...BAD_REQUEST,
    message: 'Bad ndp_proxy request: Requested port {port} must allocate one IPv6 address at least.',
    when: 'The port has IPv4 alone.',
    wayOut: 'Give the port an IPv6 address.',
    operations: CREATING,
  },
  invalidAddress: {
    type: 'InvalidAddress',
    status: 400,
    message: 'The address {address} is invalid, reason: {reason}.',
    when: 'The address is none of the port’s, or on a subnet that the router is not attached to.',
    wayOut: 'Give one that is, or leave `ip_address` out.',
    operations: CREATING,
  },
  scopeConflict: {
    type: 'AddressScopeConflict',
    status: 409,
    message:
      "The IPv6 address scope {outside} of external network conflict with internal network's IPv6 address scope {inside}.",
    when: 'Routers pass nothing on from one address scope to another.',
    wayOut: 'Take both subnets from pools of one address scope.',
    operations: CREATING,
  },
  gatewayInUse: {
    type: 'RouterGatewayInUseByNDPProxy',
    status: 409,
    message:
      'Unable to unset external gateway of router {router}, There are one or more ndp proxies still in use on the router.',
    when: 'The router answers for instances on that network.',
    wayOut: 'Delete the NDP proxies first.',
    operations: ['update_router', 'delete_router', 'update_external_gateways', 'remove_external_gateways'],
  },
  ipv6GatewayInUse: {
    type: 'RouterIPv6GatewayInUse',
    status: 409,
    message:
      "Can't remove the IPv6 subnet from external gateway of router {router}, the IPv6 subnet in use by the router's ndp proxy.",
    when: 'The router would have no IPv6 address outside, and `enable_ndp_proxy` is set.',
    wayOut: 'Keep one, or turn `enable_ndp_proxy` off.',
    operations: ['update_router', 'update_external_gateways', 'remove_external_gateways'],
  },
  interfaceInUse: {
    type: 'RouterInterfaceInUseByNDPProxy',
    status: 409,
    message:
      'Unable to remove subnet {subnet} from router {router}, There are one or more ndp proxies still in use on the subnet.',
    when: 'The router answers for instances on the subnet.',
    wayOut: 'Delete the NDP proxies first.',
    operations: ['remove_router_interface'],
  },
});
