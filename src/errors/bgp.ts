/** What BGP speakers and their peers refuse. */
import { BAD_REQUEST, catalogue, INVALID_INPUT } from './entry.ts';

const PEERING = ['create_bgp_peer', 'update_bgp_peer'] as const;
const NAMING = ['add_bgp_peer', 'remove_bgp_peer', 'add_gateway_network', 'remove_gateway_network'] as const;

export const bgpErrors = catalogue({
  nameNeeded: {
    type: 'BadRequest',
    status: 400,
    message: 'Bad bgp-speaker request: {reason}.',
    when: 'The body does not name the peer or network by its id.',
    wayOut: 'Send `bgp_peer_id` or `network_id`.',
    operations: NAMING,
  },
  peerNotAssociated: {
    type: 'BgpSpeakerPeerNotAssociated',
    status: 404,
    message: 'BGP peer {peer} is not associated with BGP speaker {speaker}.',
    when: 'A peer is taken off a speaker that does not have it.',
    wayOut: 'Look up `peers` of the speaker.',
    operations: ['remove_bgp_peer'],
  },
  networkNotAssociated: {
    type: 'BgpSpeakerNetworkNotAssociated',
    status: 404,
    message: 'Network {network} is not associated with BGP speaker {speaker}.',
    when: 'A network is taken off a speaker that does not have it.',
    wayOut: 'Look up `networks` of the speaker.',
    operations: ['remove_gateway_network'],
  },
  networkBound: {
    type: 'BgpSpeakerNetworkBindingError',
    status: 409,
    message: 'Network {network} is already bound to BgpSpeaker {speaker}.',
    when: 'The speaker has the network already.',
    wayOut: 'Nothing is to be done.',
    operations: ['add_gateway_network'],
  },
  duplicatePeer: {
    type: 'DuplicateBgpPeerIpException',
    status: 409,
    message:
      'BGP Speaker {speaker} is already configured to peer with a BGP Peer at {peer_ip}, it cannot peer with BGP Peer {peer}.',
    when: 'The speaker has a peer with this address.',
    wayOut: 'Take that one off first.',
    operations: ['add_bgp_peer'],
  },
  passwordNeeded: {
    type: 'InvalidBgpPeerMd5Authentication',
    status: 400,
    message: 'A password must be supplied when using auth_type md5.',
    when: '`auth_type` is `md5`, and `password` is missing.',
    wayOut: 'Give the password that the peer has.',
    operations: PEERING,
  },
  passwordUnusable: {
    ...INVALID_INPUT,
    message: 'password must have printable ASCII characters without spaces alone.',
    when: 'The password could not stand in the configuration of a router.',
    wayOut: 'Choose another one.',
    operations: PEERING,
  },
  peerNotAuthenticated: {
    type: 'BgpPeerNotAuthenticated',
    status: 404,
    message: 'BGP peer {peer} not authenticated.',
    when: 'A peer whose `auth_type` is `none` is given a password.',
    wayOut: 'Make a peer with `auth_type` `md5`.',
    operations: ['update_bgp_peer'],
  },
  linkLocalPeer: {
    ...BAD_REQUEST,
    message: 'peer_ip {peer_ip} is a link-local address: give one of a subnet of the external network.',
    when: 'FRR 8 does not come up with peers that are known by a link-local address.',
    wayOut: 'Give the peer an address of a subnet of the external network.',
    operations: ['create_bgp_peer'],
  },
  peerAddress: {
    ...BAD_REQUEST,
    message: 'peer_ip {peer_ip} is the address of no router: give one of a subnet of the external network.',
    when: 'The address is that of a group, of the own machine, or none.',
    wayOut: 'Give the peer’s own address.',
    operations: ['create_bgp_peer'],
  },
  agentInvalid: {
    type: 'DrAgentInvalid',
    status: 404,
    message: 'BgpDrAgent {agent} is invalid or has been disabled.',
    when: 'A speaker is given to a host that no gateway on its networks may be on.',
    wayOut: 'Have the gateways there: hosts that have them, or stand by, speak by themselves.',
    operations: [],
  },
  agentAssociated: {
    type: 'DrAgentAssociationError',
    status: 409,
    message: 'BgpDrAgent {agent} is already associated to a BGP speaker.',
    when: 'A speaker is given to a host that speaks for it already.',
    wayOut: 'Nothing is to be done.',
    operations: [],
  },
  agentNotHosting: {
    type: 'DrAgentNotHostingBgpSpeaker',
    status: 404,
    message: 'BGP speaker {speaker} is not hosted by the BgpDrAgent {agent}.',
    when: 'A speaker is taken off a host that does not speak for it.',
    wayOut: 'Nothing is to be done.',
    operations: [],
  },
  agentNeeded: {
    type: 'BgpSpeakerRescheduleError',
    status: 409,
    message: 'Failed rescheduling {speaker}: gateways of its routers may be on {agent}.',
    when: 'A speaker is taken off a host that has gateways on its networks, or stands by for them.',
    wayOut: 'Disable the host: its gateways go to others.',
    operations: [],
  },
});
