/** What port forwardings of floating IPs refuse, and what they keep from happening to these. */
import { BAD_REQUEST, catalogue } from './entry.ts';

const MAKING = ['create_floatingip_port_forwarding', 'update_floatingip_port_forwarding'] as const;
const ASSOCIATING = ['create_floatingip', 'update_floatingip'] as const;

export const portForwardingErrors = catalogue({
  portsMissing: {
    ...BAD_REQUEST,
    message: 'Bad port_forwarding request: {attribute} or {attribute}_range must be given.',
    when: 'It is open which ports are meant.',
    wayOut: 'Give a port, or a range of them.',
    operations: ['create_floatingip_port_forwarding'],
  },
  portsDiffer: {
    ...BAD_REQUEST,
    message: 'Bad port_forwarding request: {attribute} {port} is not what {attribute}_range {range} says.',
    when: 'A port and a range are given that are not the same.',
    wayOut: 'Give one of them.',
    operations: MAKING,
  },
  relation: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: Invalid ranges of internal and/or external ports. The relation between internal and external ports must be N-N or 1-N.',
    when: 'The ranges are not of the same length, and the internal one is more than one port.',
    wayOut: 'Give ranges of the same length, or one internal port.',
    operations: MAKING,
  },
  tooMany: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: floating IP {id} would forward {count} ports; {maximum} are the most.',
    when: 'The ranges of a floating IP are many ports: each takes its place in every host’s flows.',
    wayOut: 'Have the floating IP stand for the instance as a whole, or forward fewer.',
    operations: MAKING,
  },
  collision: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: There is a port collision with the {attribute}. The following ranges collides: {existing} and {wished}.',
    when: 'Another port forwarding has some of the ports: of the floating IP, or of the instance’s address.',
    wayOut: 'Choose others, or change that one.',
    operations: MAKING,
  },
  portHasFloatingIp: {
    type: 'PortHasBindingFloatingIP',
    status: 409,
    message:
      'Cannot create port forwarding to floating IP {address} ({id}) with port {port} using fixed IP {fixedIp}, as that port already has a binding floating IP.',
    when: 'A floating IP of the same version stands for the port as a whole.',
    wayOut: 'Take that one off, or choose another port.',
    operations: MAKING,
  },
  noAddress: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: Requested internal port {port} must allocate an IPv{family} address at least.',
    when: 'The port has no address of the version of the floating IP.',
    wayOut: 'Give the port such an address, or choose another port.',
    operations: MAKING,
  },
  toRouter: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: Requested internal port {port} is a router’s or the network’s own: ports are forwarded to instances.',
    when: 'The port is an interface of a router, or a service of the network has it.',
    wayOut: 'Choose the port of an instance.',
    operations: MAKING,
  },
  notOfPort: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: Requested internal IP address {address} is not suitable for internal neutron port {port}, as its fixed_ips are {addresses}.',
    when: 'The address is none of the port’s, or not of the version of the floating IP.',
    wayOut: 'Give one of them, or leave `internal_ip_address` out.',
    operations: MAKING,
  },
  notReachable: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: External network {network} is not reachable from subnet {subnet}. Cannot set Port forwarding for port {port} with Floating IP {id}.',
    when: 'No router has an interface on the port’s subnet and its gateway on the external network.',
    wayOut: 'Attach the subnet to such a router first.',
    operations: MAKING,
  },
  otherRouter: {
    ...BAD_REQUEST,
    message:
      'Bad port_forwarding request: The Floating IP {id} had been set on router {router}, the internal Neutron port {port} can not reach it.',
    when: 'Other port forwardings of the floating IP are by another router.',
    wayOut: 'Use another floating IP.',
    operations: MAKING,
  },
  none: {
    type: 'PortForwardingNotFound',
    status: 404,
    message: 'Port Forwarding {id} could not be found.',
    when: 'The floating IP has no port forwarding of this id.',
    wayOut: 'List those that there are.',
    operations: [
      'show_floatingip_port_forwarding',
      'update_floatingip_port_forwarding',
      'delete_floatingip_port_forwarding',
    ],
  },
  floatingIpInUse: {
    type: 'FipInUseByPortForwarding',
    status: 409,
    message: 'Floating IP {id} in use by Port Forwarding resources.',
    when: 'The floating IP has port forwardings.',
    wayOut: 'Delete these first.',
    operations: ['update_floatingip', 'delete_floatingip'],
  },
  portForwarded: {
    ...BAD_REQUEST,
    type: 'PortHasPortForwarding',
    message: 'Cannot associate floating IP to port {port} because it already has a Port Forwarding binding.',
    when: 'Ports of a floating IP of the same version lead to the port.',
    wayOut: 'Delete these port forwardings first, or choose another port.',
    operations: ASSOCIATING,
  },
});
