/** What security groups and their rules refuse. */
import { catalogue } from './entry.ts';

const MAKING_RULES = ['create_security_group_rule', 'create_default_security_group_rule'] as const;

export const securityGroupErrors = catalogue({
  nameIsDefault: {
    type: 'SecurityGroupDefaultAlreadyExists',
    status: 409,
    message: "Default security group already exists: choose another name than 'default'.",
    when: 'Every project has one group of this name.',
    wayOut: 'Choose another name.',
    operations: ['create_security_group', 'update_security_group'],
  },
  defaultRenamed: {
    type: 'SecurityGroupCannotUpdateDefault',
    status: 409,
    message: 'Updating the name of the default security group is not allowed.',
    when: 'The project’s default group is to have another name.',
    wayOut: 'Make another group.',
    operations: ['update_security_group'],
  },
  statefulInUse: {
    type: 'SecurityGroupInUse',
    status: 409,
    message: 'Security Group {id} in use: stateful can be changed while no port is in the group.',
    when: 'Connections through the group’s ports would be cut.',
    wayOut: 'Take the ports out of the group first, or make another group.',
    operations: ['update_security_group'],
  },
  inUse: {
    type: 'SecurityGroupInUse',
    status: 409,
    message: 'Security Group {id} in use by port {port}: take it off the port first.',
    when: 'Ports are in the group.',
    wayOut: 'Take it off the ports first.',
    operations: ['delete_security_group'],
  },
  defaultRemoved: {
    type: 'SecurityGroupCannotRemoveDefault',
    status: 409,
    message: 'Insufficient rights for removing default security group.',
    when: 'The group is the project’s default, and the caller no administrator.',
    wayOut: 'Delete its rules instead.',
    operations: ['delete_security_group'],
  },
});

export const securityGroupRuleErrors = catalogue({
  exists: {
    type: 'SecurityGroupRuleExists',
    status: 409,
    message: 'Security group rule already exists. Rule id is {id}.',
    when: 'A rule of the group says the same.',
    wayOut: 'None is needed.',
    operations: ['create_security_group_rule'],
  },
  defaultExists: {
    type: 'DefaultSecurityGroupRuleExists',
    status: 409,
    message:
      'Default security group rule already exists. Rule id is {id}: delete it to use it for other groups.',
    when: 'A default rule says the same, perhaps for other groups.',
    wayOut: 'Delete that one, and make one for both.',
    operations: ['create_default_security_group_rule'],
  },
  protocolUnknown: {
    type: 'SecurityGroupRuleInvalidProtocol',
    status: 400,
    message:
      'Invalid input for {field}. Reason: {value} is not a protocol: give a number from 0 to 255 or one of {known}.',
    when: 'The protocol is no number and no name that is known.',
    wayOut: 'Give its number.',
    operations: MAKING_RULES,
  },
  protocolOfIpv6: {
    type: 'SecurityGroupEthertypeConflictWithProtocol',
    status: 400,
    message: 'Invalid ethertype IPv4 for protocol {protocol}: set ethertype to IPv6.',
    when: 'The protocol is one of IPv6 alone.',
    wayOut: 'Set `ethertype` to `IPv6`.',
    operations: MAKING_RULES,
  },
  severalRemotes: {
    // Spelt as Neutron spells it.
    type: 'SecurityGroupMultipleRemoteEntites',
    status: 400,
    message: 'Only one of remote_ip_prefix, remote_group_id and remote_address_group_id may be given.',
    when: 'The rule names its peers in more than one way.',
    wayOut: 'Make a rule for each.',
    operations: MAKING_RULES,
  },
  remoteOfOtherVersion: {
    type: 'SecurityGroupRuleParameterConflict',
    status: 400,
    message: 'Conflicting value ethertype {ethertype} for CIDR {remote}: set ethertype to IPv{version}.',
    when: '`remote_ip_prefix` is of the other IP version.',
    wayOut: 'Set `ethertype` to that version.',
    operations: MAKING_RULES,
  },
  portsWithoutProtocol: {
    type: 'SecurityGroupProtocolRequiredWithPorts',
    status: 400,
    message: 'Must also specify protocol if port range is given: port_range_min and port_range_max need one.',
    when: 'Ports are given for any protocol.',
    wayOut: 'Give `protocol`, a rule for each.',
    operations: MAKING_RULES,
  },
  icmpTypeMissing: {
    type: 'SecurityGroupMissingIcmpType',
    status: 400,
    message: 'ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing.',
    when: 'A code of ICMP means something with its type alone.',
    wayOut: 'Give `port_range_min` too.',
    operations: MAKING_RULES,
  },
  icmpValue: {
    type: 'SecurityGroupInvalidIcmpValue',
    status: 400,
    message: 'Invalid value for {field}: {value}. It must be 0 to 255.',
    when: 'Type or code of ICMP do not fit into an octet.',
    wayOut: 'Give a number from 0 to 255.',
    operations: MAKING_RULES,
  },
  protocolWithoutPorts: {
    type: 'SecurityGroupInvalidProtocolForPort',
    status: 400,
    message:
      'Invalid protocol {protocol} for port range: port_range_min and port_range_max need protocol tcp, udp or sctp.',
    when: 'The protocol has no ports.',
    wayOut: 'Leave the ports out.',
    operations: MAKING_RULES,
  },
  portValue: {
    type: 'SecurityGroupInvalidPortValue',
    status: 400,
    message:
      'Invalid value for port {port}: port_range_min and port_range_max are 1 to 65535, port 0 is reserved (RFC 6335 section 6).',
    when: 'The range begins or ends with what is no port, or with port 0.',
    wayOut: 'Begin with 1; leave both out for all ports.',
    operations: MAKING_RULES,
  },
  portRange: {
    type: 'SecurityGroupInvalidPortRange',
    status: 400,
    message:
      'For TCP/UDP protocols, port_range_min must be <= port_range_max, and both given: {low} and {high} are not.',
    when: 'One end of the range is missing, or it ends before it begins.',
    wayOut: 'Give both, the lower one first.',
    operations: MAKING_RULES,
  },
});
