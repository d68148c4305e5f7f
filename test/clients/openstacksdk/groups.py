"""Security groups, their rules, and groups of addresses."""

from walk import Kind, same


def _address_group(_admin, member, project):
    def inside(group):
        member.add_addresses_to_address_group(group, ['198.51.100.0/24', '2001:db8:2::/48'])
        same('addresses', sorted(member.get_address_group(group.id).addresses),
             ['198.51.100.0/24', '2001:db8:1::/48', '2001:db8:2::/48'])
        member.remove_addresses_from_address_group(group, ['198.51.100.0/24'])
        same('addresses that are left', sorted(member.get_address_group(group.id).addresses),
             ['2001:db8:1::/48', '2001:db8:2::/48'])
    Kind(member, 'address_group').walk(
        {'name': 'a', 'description': 'first', 'addresses': ['2001:db8:1::/48'], 'project_id': project},
        {'name': 'b', 'description': ''}, inside=inside)


def _security_group(_admin, member, project):
    Kind(member, 'security_group').walk(
        {'name': 'web', 'description': 'first', 'stateful': True, 'project_id': project},
        {'name': 'mail', 'description': '', 'stateful': False})


def _rules(_admin, member, project):
    group = member.create_security_group(name='of rules')
    addresses = member.create_address_group(name='of rules', addresses=['2001:db8::/32'])
    rules = Kind(member, 'security_group_rule')
    basis = {'security_group_id': group.id, 'direction': 'ingress', 'ether_type': 'IPv6', 'project_id': project}
    for more in ({'protocol': 'tcp', 'port_range_min': 80, 'port_range_max': 443, 'remote_ip_prefix': '2001:db8::/32',
                  'description': 'first'},
                 {'protocol': 'ipv6-icmp', 'port_range_min': 128, 'port_range_max': 0},
                 {'protocol': 'udp', 'remote_group_id': group.id},
                 {'protocol': '132', 'remote_address_group_id': addresses.id},
                 {'ether_type': 'IPv4', 'direction': 'egress', 'protocol': None, 'remote_ip_prefix': '192.0.2.0/24'}):
        rules.walk({**basis, **more}, names=('description',), tagged=False)
    made = member.create_security_group_rules([
        {'security_group_id': group.id, 'direction': 'ingress', 'ethertype': 'IPv6', 'protocol': 'tcp',
         'port_range_min': port, 'port_range_max': port} for port in (22, 23)])
    there = {rule['id'] for rule in member.get_security_group(group.id).security_group_rules}
    same('rules of one request', {rule.id for rule in made} <= there, True)
    member.delete_security_group(group)
    member.delete_address_group(addresses)


STEPS = [
    ('address group', _address_group),
    ('security group', _security_group),
    ('security group rules', _rules),
]
