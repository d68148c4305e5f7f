"""Ports and trunks."""

from networks import place
from walk import Kind, refused, same


def _port(_admin, member, project):
    group = member.create_security_group(name='of a port')
    with place(member, 'of ports', '2001:db8:20::/64', '10.2.0.0/24') as (network, six, four):
        Kind(member, 'port').walk(
            {'name': 'p', 'description': 'first', 'network_id': network.id, 'is_admin_state_up': True,
             'project_id': project, 'device_id': 'd-1', 'security_group_ids': [group.id], 'dns_name': 'host-1',
             'fixed_ips': [{'subnet_id': four.id, 'ip_address': '10.2.0.20'},
                           {'subnet_id': six.id, 'ip_address': '2001:db8:20::20'}],
             'mac_address': 'fa:16:3e:00:00:20', 'is_port_security_enabled': True,
             'allowed_address_pairs': [{'ip_address': '2001:db8:20::99'}],
             'extra_dhcp_opts': [{'opt_name': 'ntp-server', 'opt_value': '2001:db8::123', 'ip_version': 6}]},
            {'name': 'q', 'description': '', 'is_admin_state_up': False, 'device_id': '', 'security_group_ids': [],
             'fixed_ips': [{'subnet_id': six.id, 'ip_address': '2001:db8:20::21'}], 'allowed_address_pairs': [],
             'dns_name': ''})
        made = member.create_ports([{'network_id': network.id, 'name': f'bulk {number}'} for number in range(3)])
        ids = sorted(port.id for port in made)
        same('ports of one request', sorted(port.id for port in member.get_subnet_ports(six.id)), ids)
        by_address = member.ports(fixed_ips=f'subnet_id={six.id}')
        same('ports by their subnet', sorted(port.id for port in by_address), ids)
        for port in ids:
            member.delete_port(port)
    member.delete_security_group(group)


def _bound_port(admin, _member, _project):
    with place(admin, 'of an administrator', '2001:db8:21::/64') as (network, _six):
        Kind(admin, 'port').walk(
            {'name': 'bound', 'network_id': network.id, 'device_owner': 'compute:nova', 'device_id': 'd-2',
             'binding_host_id': 'nowhere', 'binding_vnic_type': 'normal', 'binding_profile': {'numa': '1'},
             'propagate_uplink_status': True},
            {'binding_host_id': '', 'binding_profile': {}, 'device_id': '', 'device_owner': ''})


def _trunk(_admin, member, project):
    with place(member, 'of trunks', '2001:db8:22::/64') as (network, _six):
        parent = member.create_port(network_id=network.id)
        child = member.create_port(network_id=network.id)

        def inside(trunk):
            sub_port = {'port_id': child.id, 'segmentation_type': 'vlan', 'segmentation_id': 7}
            member.add_trunk_subports(trunk, [sub_port])
            same('subports', member.get_trunk_subports(trunk)['sub_ports'], [sub_port])
            same('subports of the trunk', member.get_trunk(trunk.id).sub_ports, [sub_port])
            same('details of a trunk', [one['port_id'] for one in
                                        member.get_port(parent.id).trunk_details['sub_ports']], [child.id])
            member.delete_trunk_subports(trunk, [{'port_id': child.id}])
            same('subports that are left', member.get_trunk_subports(trunk)['sub_ports'], [])
            same('state of the trunk', member.update_trunk(trunk.id, is_admin_state_up=False).is_admin_state_up, False)
            refused('subports of what is disabled', 409, lambda: member.add_trunk_subports(trunk, [sub_port]))
            member.update_trunk(trunk.id, is_admin_state_up=True)
        Kind(member, 'trunk').walk(
            {'name': 't', 'description': 'first', 'port_id': parent.id, 'is_admin_state_up': True,
             'project_id': project, 'sub_ports': []},
            {'name': 'u', 'description': ''}, inside=inside, unfiltered=('status',))
        member.delete_port(parent)
        member.delete_port(child)


STEPS = [
    ('port', _port),
    ('port of an administrator', _bound_port),
    ('trunk', _trunk),
]
