"""Who may what, how much, and what the service has."""

from walk import Failure, Kind, refused, same


def _sharing(admin, member, project):
    network = member.create_network(name='to share')
    Kind(member, 'rbac_policy', 'rbac_policies').walk(
        {'object_type': 'network', 'object_id': network.id, 'action': 'access_as_shared',
         'target_project_id': admin.get_project_id()}, {'target_project_id': project})
    member.delete_network(network)


def _quota(admin, member, project):
    before = admin.get_quota_default(project).networks
    used = len(list(member.networks(project_id=project)))
    admin.update_quota(project, networks=used + 1, ports=17)
    same('quota', [admin.get_quota(project).networks, admin.get_quota(project).ports], [used + 1, 17])
    network = member.create_network(name='counted')
    same('used', admin.get_quota(project, details=True).networks['used'], used + 1)
    refused('one more than may be', 409, lambda: member.create_network(name='one too many'))
    refused('a quota that is passed', 400, lambda: admin.update_quota(project, networks=0, check_limit=True))
    same('projects with quotas', [one.project_id for one in admin.quotas()], [project])
    admin.delete_quota(project)
    same('quota when it is gone', admin.get_quota(project).networks, before)
    member.delete_network(network)


def _agents(admin, member, _project):
    agents = list(admin.agents())
    if not agents:
        raise Failure('there are none')
    agent = admin.get_agent(agents[0].id)
    same('agent', agent.host, agents[0].host)
    for words in ({'host': agent.host}, {'agent_type': agent.agent_type}, {'binary': agent.binary},
                  {'is_admin_state_up': agent.is_admin_state_up}, {'is_alive': agent.is_alive}):
        same(f'agents with {words}', agent.id in [one.id for one in admin.agents(**words)], True)
    same('changed', admin.update_agent(agent.id, is_admin_state_up=False).is_admin_state_up, False)
    same('agents that members see', list(member.agents()), [])
    zones = [zone.name for zone in member.availability_zones()]
    same('zones', agent.availability_zone in zones, True)
    admin.delete_agent(agent.id)
    same('agents that are left', agent.id in [one.id for one in admin.agents()], False)


def _extensions(_admin, member, _project):
    aliases = [one.alias for one in member.extensions()]
    same('an extension', member.find_extension('router').alias, 'router')
    same('none', member.find_extension('no-such'), None)
    same('known', {'router', 'security-group', 'standard-attr-tag'} <= set(aliases), True)


STEPS = [
    ('RBAC policy', _sharing),
    ('quota', _quota),
    ('agents and availability zones', _agents),
    ('extensions', _extensions),
]
