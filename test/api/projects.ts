import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../support/api.ts';
import { absent, api, idsOf, member, post, refused } from './harness.ts';

/** Tenants and each other. */
export function describeProjects(): void {
  describe('projects', () => {
    it('do not see, and cannot change, what is another’s', async () => {
      const mine = await api.make('network', { name: 'mine' }, member('red'));
      const call = (method: 'GET' | 'PUT' | 'DELETE', body?: unknown, headers = member('blue')) =>
        api.call(method, `/v2.0/networks/${mine.id}`, body, headers);
      assert.equal((await call('GET')).status, 404);
      await refused(() => call('PUT', { network: { name: 'x' } }), 404, 'NetworkNotFound');
      await refused(() => call('DELETE'), 404, 'NetworkNotFound');
      await refused(
        () => post('ports', { port: { network_id: mine.id } }, member('blue')),
        404,
        'NetworkNotFound',
      );
      await refused(
        () =>
          post(
            'subnets',
            { subnet: { network_id: mine.id, ip_version: 6, cidr: 'fd00::/64' } },
            member('blue'),
          ),
        404,
        'NetworkNotFound',
      );
      assert.deepEqual(
        (await api.call('GET', '/v2.0/networks', undefined, member('blue'))).body.networks
          ?.map(({ id }) => id)
          .includes(mine.id),
        false,
      );
      await refused(
        () => call('PUT', { network: { name: 'x' } }, { 'x-project-id': 'red', 'x-roles': 'reader' }),
        403,
        'PolicyNotAuthorized',
      );
    });
    it('use shared networks, but do not change them', async () => {
      const shared = await api.make('network', { shared: true });
      await api.make('subnet', { network_id: shared.id, ip_version: 6, cidr: 'fd09::/64' });
      const port = await api.make('port', { network_id: shared.id }, member('blue'));
      assert.equal(port.project_id, 'blue');
      assert.equal(port['binding:host_id'], undefined);
      await refused(
        () => api.call('PUT', `/v2.0/networks/${shared.id}`, { network: { name: 'x' } }, member('blue')),
        403,
        'PolicyNotAuthorized',
      );
      await refused(
        () =>
          post('ports', { port: { network_id: shared.id, port_security_enabled: false } }, member('blue')),
        403,
        'PolicyNotAuthorized',
      );
      await refused(
        () => post('ports', { port: { network_id: shared.id, security_groups: [absent] } }, member('blue')),
        404,
        'SecurityGroupNotFound',
      );
    });
    it('do not get into another’s router', async () => {
      const router = await api.make('router', {}, member('red'));
      const network = await api.make('network', {}, member('blue'));
      const intrude = { device_owner: 'network:router_interface', device_id: router.id };
      await refused(
        () => post('ports', { port: { network_id: network.id, ...intrude } }, member('blue')),
        400,
        'HTTPBadRequest',
        'device_owner',
      );
      const port = await api.make('port', { network_id: network.id }, member('blue'));
      const put = (path: string, body: unknown) => () =>
        api.call('PUT', `/v2.0/${path}`, body, member('blue'));
      await refused(put(`ports/${port.id}`, { port: intrude }), 400, 'HTTPBadRequest', 'device_owner');
      const subnet = await api.make(
        'subnet',
        { network_id: network.id, ip_version: 6, cidr: 'fd0a::/64' },
        member('blue'),
      );
      const attach = `routers/${router.id}/add_router_interface`;
      await refused(put(attach, { subnet_id: subnet.id }), 404, 'RouterNotFound');
      const own = await api.make('router', {}, member('blue'));
      const { body } = await put(`routers/${own.id}/add_router_interface`, { subnet_id: subnet.id })();
      await refused(
        put(`ports/${body.port_id}`, { port: { device_id: router.id } }),
        400,
        'HTTPBadRequest',
        'device_id',
      );
    });
    it('do not take the gateway address of a shared network', async () => {
      const shared = await api.make('network', { shared: true });
      const subnet = await api.make('subnet', { network_id: shared.id, ip_version: 6, cidr: 'fd0b::/64' });
      const router = await api.make('router', {}, member('blue'));
      await refused(
        () =>
          api.call(
            'PUT',
            `/v2.0/routers/${router.id}/add_router_interface`,
            { subnet_id: subnet.id },
            member('blue'),
          ),
        403,
        'PolicyNotAuthorized',
        'gateway_ip',
      );
    });
    it('leave what administrators set to them', async () => {
      await refused(
        () => post('networks', { network: { 'provider:network_type': 'vlan' } }, member('blue')),
        403,
        'PolicyNotAuthorized',
        'provider:network_type',
      );
      await refused(
        () => post('networks', { network: { project_id: 'red' } }, member('blue')),
        400,
        'HTTPBadRequest',
        'project_id',
      );
    });
    it('each have one default security group, whoever asks first', async () => {
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => api.call('GET', '/v2.0/security-groups', undefined, member('green'))),
      );
      for (const answer of answers)
        assert.deepEqual(idsOf(answer, 'security_groups'), idsOf(answers[0] as Answer, 'security_groups'));
      assert.equal(answers[0]?.body.security_groups?.length, 1);
    });
  });
}
