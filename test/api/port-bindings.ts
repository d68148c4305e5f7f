/** The bindings of a port to several hosts: Neutron's `binding-extended`. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused } from './harness.ts';

export function describePortBindings(): void {
  describe('bindings of a port', () => {
    let network: Body;
    before(async () => {
      network = await api.make('network', {});
    });

    const make = (wish: object = {}): Promise<Body> =>
      api.make('port', { network_id: network.id, device_owner: 'compute:nova', ...wish });
    const at = (port: Body, ...rest: string[]): string =>
      ['/v2.0/ports', port.id, 'bindings', ...rest].join('/');
    const bind = (port: Body, host: string, wish: object = {}) =>
      api.call('POST', at(port), { binding: { host, ...wish } });
    const states = async (port: Body): Promise<string[]> => {
      const { body } = await api.call('GET', at(port));
      return body.bindings!.map(({ host, status, vif_type }) => `${host} ${status} ${vif_type}`);
    };

    it('has the active one, as the port’s own attributes say it', async () => {
      const port = await make({ 'binding:host_id': 'h1', 'binding:profile': { rack: '7' } });
      const { body } = await api.call('GET', at(port));
      assert.deepEqual(body.bindings, [
        {
          host: 'h1',
          status: 'ACTIVE',
          vif_type: 'ovs',
          vif_details: port['binding:vif_details'],
          vnic_type: 'normal',
          profile: { rack: '7' },
        },
      ]);
      assert.deepEqual(await states(await make()), [' ACTIVE unbound']);
    });

    it('has further ones, inactive until one is activated, when the two change places', async () => {
      const port = await make({ 'binding:host_id': 'h1', 'binding:profile': { of: 'h1' } });
      const { status, body } = await bind(port, 'h2', { profile: { of: 'h2' }, vnic_type: 'normal' });
      assert.equal(status, 201);
      assert.deepEqual(body.binding, {
        host: 'h2',
        status: 'INACTIVE',
        vif_type: 'ovs',
        vif_details: port['binding:vif_details'],
        vnic_type: 'normal',
        profile: { of: 'h2' },
      });
      assert.deepEqual((await api.call('GET', at(port, 'h2'))).body.binding, body.binding);
      const activated = await api.call('PUT', at(port, 'h2', 'activate'), { binding: { host: 'h2' } });
      assert.equal(activated.status, 200);
      assert.deepEqual(activated.body, { ...(body.binding as object), status: 'ACTIVE' });
      assert.deepEqual(await states(port), ['h2 ACTIVE ovs', 'h1 INACTIVE unbound']);
      const moved = (await api.call('GET', `/v2.0/ports/${port.id}`)).body.port!;
      assert.deepEqual([moved['binding:host_id'], moved['binding:profile']], ['h2', { of: 'h2' }]);
      assert.ok(Number(moved.revision_number) > Number(port.revision_number));
      assert.equal((await api.call('DELETE', at(port, 'h1'))).status, 204);
      assert.deepEqual(await states(port), ['h2 ACTIVE ovs']);
    });

    it('goes back when it was moved too early', async () => {
      const port = await make({ 'binding:host_id': 'h1' });
      await bind(port, 'h2');
      for (const host of ['h2', 'h1'])
        assert.equal((await api.call('PUT', at(port, host, 'activate'))).status, 200);
      assert.deepEqual(await states(port), ['h1 ACTIVE ovs', 'h2 INACTIVE unbound']);
    });

    it('changes vnic_type and profile of each', async () => {
      const port = await make({ 'binding:host_id': 'h1' });
      await bind(port, 'h2');
      for (const host of ['h1', 'h2']) {
        const { status, body } = await api.call('PUT', at(port, host), { binding: { profile: { host } } });
        assert.deepEqual([status, body.binding?.profile, body.binding?.host], [200, { host }, host]);
        assert.deepEqual((await api.call('GET', at(port, host))).body.binding, body.binding);
      }
    });

    it('lists those that are asked for, with the attributes that are', async () => {
      const port = await make({ 'binding:host_id': 'h1' });
      for (const host of ['h2', 'h3']) await bind(port, host);
      const { body } = await api.call('GET', `${at(port)}?host=h1&host=h3&status=INACTIVE&fields=host`);
      assert.deepEqual(body.bindings, [{ host: 'h3' }]);
      await refused(() => api.call('GET', `${at(port)}?colour=red`), 400, 'HTTPBadRequest', 'colour', 'host');
    });

    it('loses those to a host that the port is bound to in another way, and all with the port', async () => {
      const port = await make({ 'binding:host_id': 'h1' });
      for (const host of ['h2', 'h3']) await bind(port, host);
      await api.call('PUT', `/v2.0/ports/${port.id}`, { port: { 'binding:host_id': 'h2' } });
      assert.deepEqual(await states(port), ['h2 ACTIVE ovs', 'h3 INACTIVE ovs']);
      await api.call('DELETE', at(port, 'h2'));
      assert.deepEqual(await states(port), [' ACTIVE unbound', 'h3 INACTIVE ovs']);
      assert.equal((await api.call('DELETE', `/v2.0/ports/${port.id}`)).status, 204);
      const rows = await api.store.read.selectFrom('port_bindings').selectAll().execute();
      assert.ok(!rows.some(({ port_id }) => port_id === port.id));
    });

    it('refuses what Neutron refuses, with its types', async () => {
      const port = await make({ 'binding:host_id': 'h1' });
      await bind(port, 'h2');
      const other = await make({ device_owner: 'network:dhcp' });
      const nowhere = { id: absent } as unknown as Body;
      await refused(() => bind(port, 'h1'), 409, 'PortBindingAlreadyExists', 'h1');
      await refused(() => bind(port, 'h2'), 409, 'PortBindingAlreadyExists', 'h2');
      const call = (method: 'GET' | 'PUT' | 'DELETE', path: string) => () =>
        api.call(method, path, undefined);
      await refused(call('PUT', at(port, 'h1', 'activate')), 409, 'PortBindingAlreadyActive', 'h1');
      await refused(call('PUT', at(port, 'h9', 'activate')), 404, 'PortBindingNotFound', 'h9');
      await refused(call('GET', at(port, 'h9')), 404, 'PortBindingNotFound', 'h9');
      await refused(call('DELETE', at(port, 'h9')), 404, 'PortBindingNotFound', 'h9');
      await refused(call('GET', at(nowhere)), 404, 'PortNotFound', absent);
      await refused(() => bind(nowhere, 'h2'), 404, 'PortNotFound', absent);
      await refused(call('GET', at(other)), 400, 'HTTPBadRequest', 'compute ports');
      await refused(() => bind(other, 'h2'), 400, 'HTTPBadRequest', 'compute ports');
      for (const body of [{}, { binding: {} }, { binding: { host: 'h3', status: 'ACTIVE' } }])
        await refused(() => post(`ports/${port.id}/bindings`, body), 400, 'HTTPBadRequest');
      await refused(() => bind(port, 'h3', { vnic_type: 'odd' }), 400, 'HTTPBadRequest', 'vnic_type');
      await refused(call('PUT', `${at(port)}/h2/explode`), 404, 'HTTPNotFound');
    });

    it('is for administrators', async () => {
      const own = member('red');
      const red = await api.make('network', {}, own);
      const port = await api.make('port', { network_id: red.id, device_owner: 'compute:nova' }, own);
      for (const [method, path, body] of [
        ['GET', at(port), undefined],
        ['POST', at(port), { binding: { host: 'h1' } }],
        ['PUT', at(port, 'h1', 'activate'), undefined],
        ['DELETE', at(port, 'h1'), undefined],
      ] as const)
        await refused(() => api.call(method, path, body, own), 403, 'PolicyNotAuthorized');
      await refused(() => api.call('GET', at(port), undefined, member('blue')), 404, 'PortNotFound');
    });
  });
}
