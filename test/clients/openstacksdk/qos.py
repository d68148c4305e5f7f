"""QoS policies and their rules."""

from walk import Kind, same


def _policy(_admin, member, project):
    Kind(member, 'qos_policy', 'qos_policies').walk(
        {'name': 'slow', 'description': 'first', 'is_shared': False, 'is_default': False, 'project_id': project},
        {'name': 'slower', 'description': ''})


def _rules(_admin, member, _project):
    policy = member.create_qos_policy(name='of rules')
    Kind(member, 'qos_bandwidth_limit_rule', parent=(policy,)).walk(
        {'max_kbps': 10000, 'max_burst_kbps': 8000, 'direction': 'egress'},
        {'max_kbps': 20000, 'direction': 'ingress'})
    Kind(member, 'qos_dscp_marking_rule', parent=(policy,)).walk({'dscp_mark': 26}, {'dscp_mark': 46})
    member.create_qos_dscp_marking_rule(policy, dscp_mark=8)
    same('rules of the policy', [rule['type'] for rule in member.get_qos_policy(policy.id).rules], ['dscp_marking'])
    member.delete_qos_policy(policy)


def _types(admin, member, _project):
    listed = sorted(one.type for one in member.qos_rule_types())
    same('types of rules', {'bandwidth_limit', 'dscp_marking'} <= set(listed), True)
    same('a type by its name', admin.get_qos_rule_type('bandwidth_limit').type, 'bandwidth_limit')
    same('found', admin.find_qos_rule_type('dscp_marking').type, 'dscp_marking')


STEPS = [
    ('QoS policy', _policy),
    ('QoS rules', _rules),
    ('QoS rule types', _types),
]
