import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, member, post, refused } from './harness.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3sS3mOLcSm8oC2ZfGQWzKvN2kqbTTk0q1oE6v0uC5x';

/** What instances are told. */
export function describeInstances(): void {
  describe('instances', () => {
    it('keep what they are given; keys without a name get one', async () => {
      const made = await api.make('instance', {
        name: 'web',
        user_data: '#cloud-config\n',
        public_keys: [{ key: `${key} ann@home` }, { key, name: 'other' }, { key: `${key}  ann@home` }],
        metadata: { role: 'front' },
      });
      const { body } = await api.call('GET', `/v2.0/instances/${made.id}`);
      assert.deepEqual(body.instance?.public_keys, [
        { name: 'ann@home', key: `${key} ann@home` },
        { name: 'other', key },
        { name: 'ann@home (2)', key: `${key}  ann@home` },
      ]);
      assert.deepEqual(body.instance?.metadata, { role: 'front' });
      assert.equal(body.instance?.user_data, '#cloud-config\n');
      assert.equal(body.instance?.user_data_encoding, 'text');
    });
    it('have the ports of their own project alone', async () => {
      const made = await api.make('instance', { name: 'web' }, member('red'));
      const share = async (project: string) => {
        const network = await api.make('network', {}, member(project));
        return api.make('port', { network_id: network.id, device_id: made.id }, member(project));
      };
      const own = await share('red');
      await share('blue');
      const { body } = await api.call('GET', `/v2.0/instances/${made.id}`, undefined, member('red'));
      assert.deepEqual(body.instance?.ports, [own.id]);
    });
    it('are seen by their project alone', async () => {
      const made = await api.make('instance', { user_data: 'secret' }, member('red'));
      await refused(
        () => api.call('GET', `/v2.0/instances/${made.id}`, undefined, member('blue')),
        404,
        'InstanceNotFound',
      );
      const { body } = await api.call('GET', '/v2.0/instances', undefined, member('blue'));
      assert.deepEqual(body.instances, []);
    });
    it('are refused when they cannot be, and say why', async () => {
      const refusals: [object, string][] = [
        [{ hostname: '-web' }, 'hostname'],
        [{ hostname: 'web.example.org' }, 'hostname'],
        [{ user_data: 'x'.repeat(65_537) }, 'user_data'],
        [{ user_data: '#!/bin/sh', user_data_encoding: 'base64' }, 'base64'],
        [{ public_keys: [{ key: 'ssh-rsa AAAA' }] }, 'public_keys[0].key'],
        [{ metadata: { a: 1 } }, 'metadata.a'],
        [{ metadata: [] }, 'metadata'],
      ];
      for (const [wish, word] of refusals)
        await refused(() => post('instances', { instance: wish }), 400, 'HTTPBadRequest', word);
      const made = await api.make('instance', { user_data: 'text' });
      await refused(
        () =>
          api.call('PUT', `/v2.0/instances/${made.id}`, {
            instance: { user_data_encoding: 'base64', user_data: '#!' },
          }),
        400,
        'HTTPBadRequest',
        'base64',
      );
    });
    it('leave their ports when they are deleted', async () => {
      const made = await api.make('instance', {});
      const network = await api.make('network', {});
      const port = await api.make('port', { network_id: network.id, device_id: made.id });
      assert.equal((await api.call('DELETE', `/v2.0/instances/${made.id}`)).status, 204);
      const { body } = await api.call('GET', `/v2.0/ports/${port.id}`);
      assert.equal(body.port?.device_id, made.id);
    });
  });
}
