"""Routers, floating IPs, and what routers answer for."""

from contextlib import contextmanager

from networks import outside, place
from walk import Kind, holds, same


def _router(admin, member, project):
    with outside(admin, 'outside', '2001:db8:e::/64', '198.51.100.0/24') as (external, _s6, _s4), \
            place(member, 'of a router', '2001:db8:30::/64') as (_network, six), \
            place(member, 'of its port', '2001:db8:33::/64') as (other_network, _other):
        def inside(router):
            member.add_interface_to_router(router, subnet_id=six.id)
            port = member.create_port(network_id=other_network.id)
            member.add_interface_to_router(router, port_id=port.id)
            route = {'destination': '2001:db8:31::/64', 'nexthop': '2001:db8:30::9'}
            other = {'destination': '2001:db8:32::/64', 'nexthop': '2001:db8:30::9'}
            member.update_router(router.id, routes=[route])
            member.add_extra_routes_to_router(router, {'router': {'routes': [other]}})
            same('routes', sorted(one['destination'] for one in member.get_router(router.id).routes),
                 ['2001:db8:31::/64', '2001:db8:32::/64'])
            member.remove_extra_routes_from_router(router, {'router': {'routes': [route, other]}})
            same('routes that are left', member.get_router(router.id).routes, [])
            same('ports of the router', len(list(member.ports(device_id=router.id))), 2)
            member.remove_interface_from_router(router, subnet_id=six.id)
            member.remove_interface_from_router(router, port_id=port.id)
            member.update_router(router.id, external_gateway_info=None)
        Kind(member, 'router').walk(
            {'name': 'r', 'description': 'first', 'is_admin_state_up': True, 'project_id': project,
             'external_gateway_info': {'network_id': external.id}},
            {'name': 'q', 'description': '', 'is_admin_state_up': False}, inside=inside)


@contextmanager
def _reached(admin, member, name, number):
    """An instance's port that can be reached from outside: the external network and it."""
    with outside(admin, f'outside {name}', f'2001:db8:e{number}::/64', f'198.51.{number}.0/24') as (external, *_), \
            place(member, name, f'2001:db8:f{number}::/64', f'10.{number}.0.0/24') as (network, six, four):
        router = member.create_router(name=name, external_gateway_info={'network_id': external.id})
        for subnet in (six, four):
            member.add_interface_to_router(router, subnet_id=subnet.id)
        port = member.create_port(network_id=network.id)
        yield external, router, port
        member.delete_port(port)
        for subnet in (six, four):
            member.remove_interface_from_router(router, subnet_id=subnet.id)
        member.delete_router(router)


def _floating_ip(admin, member, project):
    with _reached(admin, member, 'floating', 101) as (external, _router, port):
        four = next(one['ip_address'] for one in port.fixed_ips if '.' in one['ip_address'])

        def inside(floating):
            same('one that is free', member.find_available_ip().id, floating.id)
            floating = member.add_ip_to_port(port, floating)
            holds('floating IP', floating, {'port_id': port.id, 'fixed_ip_address': four})
            same('details of its port', floating.port_details['device_id'], port.device_id)
            same('none that is free', member.find_available_ip(), None)
            same('by the port', [one.id for one in member.ips(port_id=port.id)], [floating.id])
            floating = member.remove_ip_from_port(floating)
            same('its port', floating.port_id, None)
        Kind(member, 'ip').walk(
            {'floating_network_id': external.id, 'description': 'first', 'project_id': project},
            {'description': ''}, names=('description',), inside=inside)


def _forwardings(admin, member, _project):
    with _reached(admin, member, 'forwarded', 102) as (external, _router, port):
        four = next(one['ip_address'] for one in port.fixed_ips if '.' in one['ip_address'])
        floating = member.create_ip(floating_network_id=external.id)
        given = {'internal_port_id': port.id, 'internal_ip_address': four, 'internal_port': 22, 'external_port': 2022,
                 'protocol': 'tcp', 'description': 'ssh'}
        made = member.create_port_forwarding(floatingip_id=floating.id, **given)
        holds('forwarding', member.get_port_forwarding(made.id, floating), given)
        same('found', member.find_port_forwarding(made.id, floating).id, made.id)
        member.update_port_forwarding(made.id, floating, external_port=2023)
        same('changed', [one.external_port for one in member.port_forwardings(floating)], [2023])
        same('filtered', list(member.port_forwardings(floating, external_port=2022)), [])
        member.delete_port_forwarding(made.id, floating)
        same('gone', member.find_port_forwarding(made.id, floating), None)
        made = member.create_floating_ip_port_forwarding(floating, **given)
        holds('forwarding', member.get_floating_ip_port_forwarding(floating, made.id), given)
        same('found', member.find_floating_ip_port_forwarding(floating, made.id).id, made.id)
        member.update_floating_ip_port_forwarding(floating, made.id, external_port=2023)
        same('listed', [one.external_port for one in member.floating_ip_port_forwardings(floating)], [2023])
        member.delete_floating_ip_port_forwarding(floating, made.id)
        member.delete_ip(floating)


def _ndp_proxy(admin, member, project):
    scope = admin.create_address_scope(name='of proxies', ip_version=6, is_shared=True)
    pool = admin.create_subnet_pool(name='of proxies', prefixes=['2001:db8:4000::/40'], default_prefix_length=64,
                                    address_scope_id=scope.id, is_shared=True)
    external = admin.create_network(name='of proxies', is_router_external=True)
    admin.create_subnet(network_id=external.id, ip_version=6, subnet_pool_id=pool.id)
    network = member.create_network(name='proxied')
    subnet = member.create_subnet(network_id=network.id, ip_version=6, subnet_pool_id=pool.id)
    router = member.create_router(name='proxy', external_gateway_info={'network_id': external.id})
    member.update_router(router.id, enable_ndp_proxy=True)
    member.add_interface_to_router(router, subnet_id=subnet.id)
    port = member.create_port(network_id=network.id)
    Kind(member, 'ndp_proxy', 'ndp_proxies').walk(
        {'name': 'p', 'description': 'first', 'router_id': router.id, 'port_id': port.id, 'project_id': project},
        {'name': 'q', 'description': ''})
    member.delete_port(port)
    member.remove_interface_from_router(router, subnet_id=subnet.id)
    member.delete_router(router)
    member.delete_network(network)
    admin.delete_network(external)
    admin.delete_subnet_pool(pool)
    admin.delete_address_scope(scope)


def _topology(admin, member, project):
    with outside(admin, 'default', '2001:db8:d::/64', '203.0.113.0/24') as (external, *_):
        admin.update_network(external.id, is_default=True)
        pools = [admin.create_subnet_pool(name=f'default {number}', prefixes=[prefix], default_prefix_length=length,
                                          is_default=True, is_shared=True)
                 for number, (prefix, length) in enumerate((('10.80.0.0/16', 24), ('2001:db8:8800::/48', 64)))]
        same('what is there to make it from', member.validate_auto_allocated_topology().id, 'dry-run=pass')
        made = member.get_auto_allocated_topology()
        same('its network', member.get_network(made.id).project_id, project)
        same('asked again', member.get_auto_allocated_topology().id, made.id)
        member.delete_auto_allocated_topology()
        same('its network when it is gone', member.find_network(made.id), None)
        for pool in pools:
            admin.delete_subnet_pool(pool)


STEPS = [
    ('router, interfaces and routes', _router),
    ('floating IP', _floating_ip),
    ('port forwarding', _forwardings),
    ('NDP proxy', _ndp_proxy),
    ('auto-allocated topology', _topology),
]
