import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused } from './harness.ts';

/** Trunks, and their subports. */
export function describeTrunks(): void {
  const red = member('trunks-red');
  const blue = member('trunks-blue');

  const port = async (wish: object = {}, network: object = {}, headers: Record<string, string> = red) =>
    api.make('port', { network_id: (await api.make('network', network, headers)).id, ...wish }, headers);
  const sub = ({ id }: Body, vlan: number) => ({
    port_id: id,
    segmentation_type: 'vlan',
    segmentation_id: vlan,
  });
  const create = (parent: Body, subports: object[] = [], headers = red) =>
    post('trunks', { trunk: { port_id: parent.id, sub_ports: subports } }, headers);
  const act = ({ id }: Body, action: string, subports: object[], headers = red) =>
    api.call('PUT', `/v2.0/trunks/${id}/${action}`, { sub_ports: subports }, headers);
  const get = async (path: string, name: string, headers: Record<string, string> = red) =>
    (await api.call('GET', `/v2.0/${path}`, undefined, headers)).body[name]!;
  const remove = (path: string, headers: Record<string, string> = red) =>
    api.call('DELETE', `/v2.0/${path}`, undefined, headers);

  describe('trunks', () => {
    it('and their subports are no interfaces of routers', async () => {
      const network = await api.make('network', {}, red);
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:77::/64' }, red);
      const [parent, inner] = [0, 1].map(() => api.make('port', { network_id: network.id }, red));
      await create(await parent!, [sub(await inner!, 7)]);
      const router = await api.make('router', {}, red);
      const attach = (port: Promise<Body>) => async () =>
        api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { port_id: (await port).id }, red);
      await refused(attach(parent!), 409, 'PortInUseAsTrunkParent');
      await refused(attach(inner!), 409, 'PortInUseAsSubPort');
      assert.equal((await get(`ports/${(await inner!).id}`, 'port')).device_id, '');
    });

    it('have subports, which are told by the port of the trunk, too', async () => {
      const parent = await port();
      assert.equal('trunk_details' in parent, false);
      const [one, two] = [await port(), await port()];
      const { status, body } = await create(parent, [sub(one, 7)]);
      assert.equal(status, 201, JSON.stringify(body));
      const trunk = body.trunk!;
      assert.deepEqual(
        [trunk.port_id, trunk.status, trunk.admin_state_up, trunk.sub_ports],
        [parent.id, 'DOWN', true, [sub(one, 7)]],
      );
      assert.equal((await get(`ports/${one.id}`, 'port')).device_owner, 'trunk:subport');
      const added = await act(trunk, 'add_subports', [sub(two, 5)]);
      assert.deepEqual(added.body.sub_ports, [sub(two, 5), sub(one, 7)]);
      assert.equal(Number(added.body.revision_number), 2);
      assert.deepEqual(await get(`trunks/${trunk.id}/get_subports`, 'sub_ports'), added.body.sub_ports);
      const { trunk_details: details } = await get(`ports/${parent.id}`, 'port');
      assert.deepEqual(details, {
        trunk_id: trunk.id,
        sub_ports: [
          { ...sub(two, 5), mac_address: two.mac_address },
          { ...sub(one, 7), mac_address: one.mac_address },
        ],
      });
      const left = await act(trunk, 'remove_subports', [{ port_id: one.id }]);
      assert.deepEqual(left.body.sub_ports, [sub(two, 5)]);
      assert.equal((await get(`ports/${one.id}`, 'port')).device_owner, '');
      assert.equal((await remove(`ports/${one.id}`)).status, 204);
      assert.equal((await remove(`trunks/${trunk.id}`)).status, 204);
      assert.equal((await get(`ports/${two.id}`, 'port')).device_owner, '');
      assert.equal('trunk_details' in (await get(`ports/${parent.id}`, 'port')), false);
    });

    it('refuse ports that are in use, and VLANs that are', async () => {
      const [parent, other, one, two] = [await port(), await port(), await port(), await port()];
      const trunk = (await create(parent, [sub(one, 7)])).body.trunk!;
      const adds = (...subports: object[]) => act(trunk, 'add_subports', subports);
      await refused(() => create(parent), 409, 'ParentPortInUse', String(parent.id));
      await refused(() => create(one), 409, 'TrunkPortInUse', String(one.id));
      await refused(() => create(other, [sub(one, 8)]), 409, 'TrunkPortInUse');
      await refused(() => create(other, [sub(parent, 8)]), 409, 'ParentPortInUse');
      await refused(() => create(other, [sub(other, 8)]), 409, 'ParentPortInUse');
      await refused(() => adds(sub(two, 7)), 409, 'DuplicateSubPort', '7');
      await refused(() => adds(sub(two, 8), sub(two, 9)), 400, 'HTTPBadRequest', String(two.id));
      await refused(() => adds(sub(two, 8), sub(other, 8)), 400, 'HTTPBadRequest', 'vlan 8');
      for (const vlan of [0, 4095]) await refused(() => adds(sub(two, vlan)), 400, 'HTTPBadRequest');
      await refused(() => adds({ port_id: two.id }), 400, 'HTTPBadRequest', 'segmentation');
      await refused(() => adds({ ...sub(two, 8), segmentation_type: 'gre' }), 400, 'HTTPBadRequest');
      const used = await port({ device_id: 'instance' });
      await refused(() => adds(sub(used, 8)), 409, 'PortInUse', 'instance');
      const large = await port({}, { mtu: 1400 });
      const small = await port({}, { mtu: 1300 });
      const ofSmall = (await create(small)).body.trunk!;
      const add = () => act(ofSmall, 'add_subports', [sub(large, 8)]);
      await refused(add, 409, 'SubPortMtuGreaterThanTrunkPortMtu', '1400', '1300');
      await refused(
        () => act(trunk, 'remove_subports', [{ port_id: two.id }]),
        404,
        'SubPortNotFound',
        String(two.id),
      );
      await refused(() => adds({ ...sub(two, 8), port_id: absent }), 404, 'PortNotFound');
    });

    it('keep their ports from being deleted, or given away', async () => {
      const [parent, one] = [await port(), await port()];
      const trunk = (await create(parent, [sub(one, 7)])).body.trunk!;
      await refused(() => remove(`ports/${parent.id}`), 409, 'PortInUseAsTrunkParent', String(trunk.id));
      await refused(() => remove(`ports/${one.id}`), 409, 'PortInUseAsSubPort', String(trunk.id));
      const give = () =>
        api.call('PUT', `/v2.0/ports/${one.id}`, { port: { device_owner: 'compute:nova' } }, red);
      await refused(give, 409, 'PortInUseAsSubPort');
      // One that only says so is none.
      const like = await port({ device_owner: 'trunk:subport' });
      assert.equal((await remove(`ports/${like.id}`)).status, 204);
    });

    it('keep no MTU from their networks that would not carry all subports', async () => {
      const [parent, one] = [await port({}, { mtu: 1400 }), await port({}, { mtu: 1300 })];
      const trunk = (await create(parent, [sub(one, 7)])).body.trunk!;
      const resize = ({ network_id }: Body, mtu: number) =>
        api.call('PUT', `/v2.0/networks/${network_id}`, { network: { mtu } }, red);
      const tooLarge = 'SubPortMtuGreaterThanTrunkPortMtu';
      await refused(() => resize(parent, 1299), 409, tooLarge, '1300', '1299', String(trunk.id));
      await refused(() => resize(one, 1401), 409, tooLarge, '1401', '1400', String(one.id));
      assert.equal((await resize(parent, 1300)).status, 200);
      assert.equal((await resize(one, 1280)).status, 200);
      // On one network, they follow each other.
      const { network_id } = parent;
      const beside = await api.make('port', { network_id }, red);
      assert.equal((await act(trunk, 'add_subports', [sub(beside, 8)])).status, 200);
      assert.equal((await resize(parent, 1290)).status, 200);
    });

    it('do not keep who owns a network from deleting others’ ports on it', async () => {
      const { id: network_id } = await api.make('network', {}, red);
      const policy = { object_type: 'network', object_id: network_id, target_tenant: 'trunks-blue' };
      await api.make('rbac_policy', { ...policy, action: 'access_as_shared' }, red);
      const theirs = () => api.make('port', { network_id }, blue);
      const [parent, one, two] = [await theirs(), await theirs(), await port({}, {}, blue)];
      const trunk = (await create(parent, [sub(one, 7), sub(two, 8)], blue)).body.trunk!;
      await refused(() => remove(`ports/${one.id}`, blue), 409, 'PortInUseAsSubPort');
      assert.equal((await remove(`ports/${one.id}`)).status, 204);
      const left = await get(`trunks/${trunk.id}`, 'trunk', blue);
      assert.deepEqual([left.sub_ports, Number(left.revision_number)], [[sub(two, 8)], 2]);
      assert.equal((await remove(`ports/${parent.id}`)).status, 204);
      assert.equal((await api.call('GET', `/v2.0/trunks/${trunk.id}`, undefined, blue)).status, 404);
      assert.equal((await get(`ports/${two.id}`, 'port', blue)).device_owner, '');
      assert.equal((await remove(`networks/${network_id}`)).status, 204);
    });

    it('are left as they are while they are disabled', async () => {
      const [parent, one] = [await port(), await port()];
      const trunk = (await create(parent)).body.trunk!;
      const enable = (admin_state_up: boolean) =>
        api.call('PUT', `/v2.0/trunks/${trunk.id}`, { trunk: { admin_state_up } }, red);
      assert.equal((await enable(false)).status, 200);
      await refused(() => act(trunk, 'add_subports', [sub(one, 7)]), 409, 'TrunkDisabled');
      await refused(() => remove(`trunks/${trunk.id}`), 409, 'TrunkDisabled');
      assert.equal((await enable(true)).status, 200);
      assert.equal((await remove(`trunks/${trunk.id}`)).status, 204);
    });

    it('have subports where their port is bound', async () => {
      const [parent, one, two] = [await port(), await port(), await port()];
      const trunk = (await create(parent, [sub(one, 7)])).body.trunk!;
      const host = async ({ id }: Body) => (await get(`ports/${id}`, 'port', {}))['binding:host_id'];
      const bind = (name: string | null) =>
        api.call('PUT', `/v2.0/ports/${parent.id}`, { port: { 'binding:host_id': name } });
      assert.equal((await bind('hv1')).status, 200);
      await act(trunk, 'add_subports', [sub(two, 8)]);
      assert.deepEqual([await host(one), await host(two)], ['hv1', 'hv1']);
      await act(trunk, 'remove_subports', [{ port_id: two.id }]);
      assert.equal((await bind(null)).status, 200);
      assert.deepEqual([await host(one), await host(two)], ['', '']);
    });

    it('are their project’s alone', async () => {
      const [parent, foreign] = [await port(), await port({}, {}, blue)];
      await refused(() => create(parent, [], blue), 404, 'PortNotFound');
      await refused(() => create(parent, [sub(foreign, 7)]), 404, 'PortNotFound', String(foreign.id));
      const trunk = (await create(parent)).body.trunk!;
      await refused(() => act(trunk, 'add_subports', [sub(foreign, 7)], blue), 404, 'TrunkNotFound');
      await refused(
        () => api.call('GET', `/v2.0/trunks/${trunk.id}/get_subports`, undefined, blue),
        404,
        'TrunkNotFound',
      );
    });
  });
}
