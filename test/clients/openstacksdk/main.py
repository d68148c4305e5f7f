"""
A walk over the networking methods of openstacksdk that Sextant serves: each resource is made, read, found, listed with
each filter that the library knows, tagged, changed and removed, and is at each step what was asked for. One line a step
on standard output: "ok NAME", or "FAILED NAME: why". It ends with 0 when it came to its end, whatever the steps said.
"""

import os

import openstack
from openstack import exceptions

import groups
import networks
import ports
import qos
import rights
import routers
import walk

# What the library has methods for, and Sextant does not serve: whole words of their names.
UNSERVED = {
    'load balancers of Neutron, which it has no more': (
        'health_monitor', 'health_monitors', 'listener', 'listeners', 'load_balancer', 'load_balancers', 'pool', 'pools',
        'pool_member', 'pool_members'),
    'other services beside Neutron': ('vpn', 'firewall', 'into_policy', 'from_policy'),
    'schedulers of agents, where each host serves what it has': (
        'dhcp_agent', 'dhcp_agents', 'l3_agents', 'agent_hosted', 'to_agent', 'from_agent'),
    'metering': ('metering',),
    'addresses that are other ones on each host': ('local_ip', 'local_ips'),
    'helpers of connection tracking': ('conntrack_helper', 'conntrack_helpers'),
    'routed networks': ('segment', 'segments'),
    'flavors': ('flavor', 'flavors', 'service_profile', 'service_profiles', 'service_providers'),
    'rules of a minimum, as nothing would hold to them': ('minimum',),
    'paths that Neutron has not, either': ('gateway_to_router', 'gateway_from_router'),
}


def _is_unserved(method):
    words = f'_{method}_'
    if 'subnet_pool' in method or 'segment_range' in method:
        return False
    return any(f'_{word}_' in words for kind in UNSERVED.values() for word in kind)


def _every_method():
    left = [name for name in walk.PUBLIC if name not in walk.asked and not _is_unserved(name)]
    walk.same('the methods that no step asked', left, [])
    wrong = [name for name in walk.asked if _is_unserved(name)]
    walk.same('the methods that are served, though they are said not to be', sorted(wrong), [])


def _step(name, run, *args):
    try:
        run(*args)
    except (walk.Failure, exceptions.SDKException) as error:
        print(f'FAILED {name}: {error}', flush=True)
    else:
        print(f'ok {name}', flush=True)


def _connect(name, password, project):
    return openstack.connection.Connection(
        auth={'auth_url': os.environ['OS_AUTH_URL'], 'username': name, 'password': password,
              'project_name': project, 'user_domain_id': 'default', 'project_domain_id': 'default'},
        region_name='RegionOne', identity_api_version='3')


def main():
    admin = _connect('admin', os.environ['OS_PASSWORD'], 'admin')
    project = admin.identity.create_project(name='red', domain_id='default')
    user = admin.identity.create_user(name='ruth', password='secret of ruth', domain_id='default')
    role = admin.identity.find_role('member')
    admin.identity.assign_project_role_to_user(project, user, role)
    member = _connect('ruth', 'secret of ruth', 'red').network
    walk.count_methods()
    for part in (networks, ports, routers, groups, qos, rights):
        for name, run in part.STEPS:
            _step(name, run, admin.network, member, project.id)
    _step('every method of what is served', _every_method)


main()
