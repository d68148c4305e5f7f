/** What QoS policies refuse. */
import { catalogue, type Operation } from './entry.ts';

const ON_ONE = ['show', 'update', 'delete'] as const;
const RULES = [
  'policy_bandwidth_limit_rule',
  'policy_dscp_marking_rule',
  'policy_packet_rate_limit_rule',
  'policy_minimum_bandwidth_rule',
  'policy_minimum_packet_rate_rule',
] as const;

export const qosPolicyErrors = catalogue({
  inUse: {
    type: 'QosPolicyInUse',
    status: 409,
    message: 'QoS Policy {id} is used by {kind} {user}.',
    when: 'Networks or ports have the policy.',
    wayOut: 'Take it off them first: `qos_policy_id` null.',
    operations: ['delete_policy'],
  },
  defaultExists: {
    type: 'QoSPolicyDefaultAlreadyExists',
    status: 409,
    message: 'A default QoS policy exists for project {project}: {id}.',
    when: 'Another policy of the project is the one that new networks have.',
    wayOut: 'Set `is_default` of the other to false first.',
    operations: ['create_policy', 'update_policy'],
  },
  ruleNotFound: {
    type: 'QosRuleNotFound',
    status: 404,
    message: 'QoS rule of type {kind} with id {id} for policy {policy} could not be found.',
    when: 'The policy has no such rule.',
    wayOut: 'Look at the policy’s `rules`.',
    operations: RULES.flatMap((rule): Operation[] => ON_ONE.map((verb) => `${verb}_${rule}` as const)),
  },
  rulesConflict: {
    type: 'QoSRulesConflict',
    status: 409,
    message: 'Rule {kind} conflicts with rule {rule} which already exists in QoS Policy {policy}.',
    when: 'The policy has a rule of this kind in this direction already.',
    wayOut: 'Change that one with `PUT`.',
    operations: [
      'create_policy_bandwidth_limit_rule',
      'update_policy_bandwidth_limit_rule',
      'create_policy_dscp_marking_rule',
      'create_policy_packet_rate_limit_rule',
      'update_policy_packet_rate_limit_rule',
    ],
  },
  notEnforced: {
    type: 'QosRuleNotSupported',
    status: 409,
    message:
      'Rule {kind} is not supported: nothing here would hold to it. GET /v2.0/qos/rule-types has those that are.',
    when: 'A rule is asked for that nothing can enforce here.',
    wayOut: 'Use a rule of another kind.',
    operations: ['create_policy_minimum_bandwidth_rule', 'create_policy_minimum_packet_rate_rule'],
  },
  packetsOfPorts: {
    type: 'QosRuleNotSupported',
    status: 409,
    message:
      'Rule packet_rate_limit of QoS policy {id} is not supported by {kind} {user}: packets are counted where instances are plugged in.',
    when: 'Packets would be limited of a floating IP or a gateway.',
    wayOut: 'Give the port of the instance the policy, or limit bandwidth.',
    operations: [
      'create_policy_packet_rate_limit_rule',
      'create_floatingip',
      'update_floatingip',
      'create_router',
      'update_router',
      'add_external_gateways',
      'update_external_gateways',
    ],
  },
  notOnPort: {
    type: 'QosRuleNotSupported',
    status: 409,
    message:
      'QoS policies are not supported by port {port}: it is a router’s or the network’s own, or hardware past the switch of its host.',
    when: 'A policy would hold for packets that the switch of no host sees as the port’s.',
    wayOut: 'Limit the ports of instances, or have the hardware do it.',
    operations: ['create_port', 'update_port', 'update_network'],
  },
});
