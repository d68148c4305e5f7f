import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { absent, api, idsOf, member, post, refused } from './harness.ts';

const makeLog = (wish: object, headers?: Record<string, string>) =>
  post('log/logs', { log: { resource_type: 'security_group', ...wish } }, headers);

/** Logs of what security groups decide. */
export function describeLogs(): void {
  describe('logs', () => {
    it('are made, found, switched off and deleted by administrators', async () => {
      const group = await api.make('security_group', { name: 'logged' });
      const made = await makeLog({ name: 'l', resource_id: group.id, event: 'DROP' });
      assert.equal(made.status, 201);
      const { id, enabled, event, target_id } = made.body.log!;
      assert.deepEqual([enabled, event, target_id], [true, 'DROP', null]);
      const found = await api.call('GET', `/v2.0/log/logs?resource_id=${group.id}`);
      assert.deepEqual(idsOf(found, 'logs'), [id]);
      const path = `/v2.0/log/logs/${id}`;
      const off = await api.call('PUT', path, { log: { enabled: false } });
      assert.equal(off.body.log?.enabled, false);
      await refused(() => api.call('PUT', path, { log: { event: 'ALL' } }), 400, 'HTTPBadRequest', 'event');
      assert.equal((await api.call('DELETE', path)).status, 204);
      await refused(() => api.call('GET', path), 404, 'LogResourceNotFound');
    });

    it('are not for members: the packets of others may be in them', async () => {
      const red = member('red');
      const group = await api.make('security_group', { name: 'logged' }, red);
      await refused(() => makeLog({ resource_id: group.id }, red), 403, 'PolicyNotAuthorized');
      const made = await makeLog({ resource_id: group.id, project_id: 'red' });
      const path = `/v2.0/log/logs/${made.body.log?.id}`;
      await refused(
        () => api.call('PUT', path, { log: { enabled: false } }, red),
        403,
        'PolicyNotAuthorized',
      );
      await refused(() => api.call('DELETE', path, undefined, red), 403, 'PolicyNotAuthorized');
      const blue = member('blue');
      await refused(() => api.call('GET', path, undefined, blue), 404, 'LogResourceNotFound');
    });

    it('are about groups and ports that there are, a port in the group', async () => {
      const group = await api.make('security_group', { name: 'logged' });
      const network = await api.make('network', {});
      const port = await api.make('port', { network_id: network.id });
      await refused(() => makeLog({ resource_id: absent }), 404, 'ResourceNotFound', absent);
      await refused(() => makeLog({ target_id: absent }), 404, 'TargetResourceNotFound', absent);
      const both = { resource_id: group.id, target_id: port.id };
      await refused(() => makeLog(both), 400, 'InvalidResourceConstraint', String(port.id));
      await refused(() => makeLog({ resource_type: 'router' }), 400, 'InvalidLogResourceType', 'router');
      const { body } = await api.call('GET', '/v2.0/log/loggable-resources');
      assert.deepEqual(body, { loggable_resources: [{ type: 'security_group' }] });
    });

    it('go with the group or the port that they are about', async () => {
      const group = await api.make('security_group', { name: 'logged' });
      const network = await api.make('network', {});
      const port = await api.make('port', { network_id: network.id, security_groups: [group.id] });
      const made = [await makeLog({ target_id: port.id }), await makeLog({ resource_id: group.id })];
      assert.equal((await api.call('DELETE', `/v2.0/ports/${port.id}`)).status, 204);
      assert.equal((await api.call('DELETE', `/v2.0/security-groups/${group.id}`)).status, 204);
      for (const { body } of made) {
        assert.equal((await api.call('GET', `/v2.0/log/logs/${body.log?.id}`)).status, 404);
      }
    });
  });
}
