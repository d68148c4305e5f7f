"""Networks, subnets, and what they are made from."""

from contextlib import contextmanager

from walk import Kind, holds, refused, same


@contextmanager
def place(net, name, cidr6=None, cidr4=None, **more):
    """A network with the subnets given, for as long as it is needed: it, and them in the order of versions 6, 4."""
    network = net.create_network(name=name, **more)
    subnets = [net.create_subnet(network_id=network.id, ip_version=version, cidr=cidr)
               for version, cidr in ((6, cidr6), (4, cidr4)) if cidr is not None]
    yield (network, *subnets)
    net.delete_network(network)


@contextmanager
def outside(admin, name, cidr6, cidr4):
    """An external network."""
    with place(admin, name, cidr6, cidr4, is_router_external=True) as found:
        yield found


def _network(_admin, member, project):
    def inside(network):
        refused('a change of another revision', 412,
                lambda: member.update_network(network.id, if_revision=network.revision_number + 7, name='late'))
        timely = member.update_network(network.id, if_revision=network.revision_number, name='timely')
        same('the name of a network', timely.name, 'timely')
    Kind(member, 'network').walk(
        {'name': 'blue', 'description': 'first', 'is_admin_state_up': True, 'mtu': 1400, 'project_id': project,
         'is_port_security_enabled': False, 'dns_domain': 'blue.example.'},
        {'name': 'green', 'description': '', 'is_admin_state_up': False, 'mtu': 1380, 'is_port_security_enabled': True},
        inside=inside)


def _provider_network(admin, _member, _project):
    Kind(admin, 'network').walk(
        {'name': 'outside', 'is_router_external': True, 'is_shared': True, 'provider_network_type': 'vlan',
         'provider_physical_network': 'physnet1', 'provider_segmentation_id': 300},
        {'is_router_external': False, 'is_shared': False})


def _pages(_admin, member, _project):
    made = [member.create_network(name=f'page {number}').id for number in range(5)]
    same('networks by pages', sorted(one.id for one in member.networks(limit=2)), sorted(made))
    for one in made:
        member.delete_network(one)


MODES = [
    ('slaac', {'ipv6_ra_mode': 'slaac', 'ipv6_address_mode': 'slaac'}),
    ('dhcpv6-stateless', {'ipv6_ra_mode': 'dhcpv6-stateless', 'ipv6_address_mode': 'dhcpv6-stateless'}),
    ('dhcpv6-stateful', {'ipv6_ra_mode': 'dhcpv6-stateful', 'ipv6_address_mode': 'dhcpv6-stateful'}),
    ('of an upstream router', {'ipv6_address_mode': 'slaac'}),
    ('without modes', {}),
]


def _subnet_of(mode):
    def run(_admin, member, project):
        with place(member, 'of subnets') as (network,):
            Kind(member, 'subnet').walk(
                {'name': 's', 'description': 'first', 'network_id': network.id, 'ip_version': 6, 'project_id': project,
                 'cidr': '2001:db8:1::/64', 'gateway_ip': '2001:db8:1::1', 'is_dhcp_enabled': True, **mode,
                 'allocation_pools': [{'start': '2001:db8:1::100', 'end': '2001:db8:1::1ff'}],
                 'dns_nameservers': ['2001:db8::53', '2001:db8::54'],
                 'host_routes': [{'destination': '2001:db8:2::/64', 'nexthop': '2001:db8:1::2'}]},
                {'name': 't', 'description': '', 'gateway_ip': None, 'dns_nameservers': [], 'host_routes': [],
                 'allocation_pools': [{'start': '2001:db8:1::100', 'end': '2001:db8:1::2ff'}]})
    return run


def _subnet4(_admin, member, _project):
    with place(member, 'of IPv4') as (network,):
        Kind(member, 'subnet').walk(
            {'name': 's', 'network_id': network.id, 'ip_version': 4, 'cidr': '10.1.0.0/24', 'gateway_ip': '10.1.0.1',
             'service_types': ['network:dhcp'], 'is_dhcp_enabled': False},
            {'is_dhcp_enabled': True, 'service_types': []})


def _pool(_admin, member, project):
    scopes = Kind(member, 'address_scope')
    scopes.walk({'name': 'scope', 'ip_version': 6, 'is_shared': False, 'project_id': project}, {'name': 'other scope'})
    scope = scopes.create(name='scope', ip_version=6)

    def inside(pool):
        with place(member, 'of a pool') as (network,):
            subnet = member.create_subnet(network_id=network.id, ip_version=6, subnet_pool_id=pool.id, prefix_length=64)
            same('the prefix of a subnet', subnet.cidr, '2001:db8:8000::/64')
            found = member.get_network(network.id)
            same('the address scope of a network', found.ipv6_address_scope_id, scope.id)
    Kind(member, 'subnet_pool').walk(
        {'name': 'pool', 'description': 'first', 'prefixes': ['2001:db8:8000::/48'], 'default_prefix_length': 64,
         'minimum_prefix_length': 56, 'maximum_prefix_length': 64, 'address_scope_id': scope.id, 'is_shared': False,
         'project_id': project},
        {'name': 'other pool', 'description': '', 'default_prefix_length': 60}, inside=inside)
    member.delete_address_scope(scope)


def _availability(admin, member, project):
    with place(member, 'of addresses', '2001:db8:3::/64', '10.3.0.0/24') as (network, _six, _four):
        member.create_port(network_id=network.id)
        read = admin.get_network_ip_availability(network.id)
        holds('addresses', read, {'network_name': network.name, 'network_id': network.id, 'project_id': project,
                                  'used_ips': 2})
        same('addresses of each subnet', sorted((one['ip_version'], one['used_ips'])
                                                for one in read.subnet_ip_availability), [(4, 1), (6, 1)])
        same('found', admin.find_network_ip_availability(network.id).network_id, network.id)
        for words in ({'network_id': network.id}, {'network_name': network.name}, {'ip_version': 6}):
            listed = [one.network_id for one in admin.network_ip_availabilities(**words)]
            same(f'the list with {words}', network.id in listed, True)
        for port in member.ports(network_id=network.id):
            member.delete_port(port)


def _segment_range(admin, _member, _project):
    Kind(admin, 'network_segment_range').walk(
        {'name': 'few', 'description': 'first', 'shared': True, 'network_type': 'vxlan', 'minimum': 70000,
         'maximum': 70009},
        {'name': 'more', 'maximum': 70019}, but=('project_id',))


STEPS = [
    ('network', _network),
    ('network of an administrator', _provider_network),
    ('pages of a list', _pages),
    *[(f'subnet {name}', _subnet_of(mode)) for name, mode in MODES],
    ('subnet of IPv4', _subnet4),
    ('address scope and subnet pool', _pool),
    ('addresses left', _availability),
    ('network segment range', _segment_range),
]
