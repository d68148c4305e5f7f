/** Types of networks, their MTU, and the ranges that segmentation ids come from. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, idsOf, member, post, refused } from './harness.ts';

const RANGES = 'network_segment_ranges';

export function describeSegments(): void {
  const makeRange = (wish: object) => api.make('network_segment_range', { network_type: 'vxlan', ...wish });
  const network = (wish: object) => post('networks', { network: wish });
  const ofType = (type: string, wish: object = {}) => ({ 'provider:network_type': type, ...wish });
  const idOf = ({ body }: { body: Body }) => Number(body.network?.['provider:segmentation_id']);
  const put = (id: unknown, wish: object) =>
    api.call('PUT', `/v2.0/${RANGES}/${id}`, { network_segment_range: wish });
  const remove = (collection: string, { id }: Body) => api.call('DELETE', `/v2.0/${collection}/${id}`);

  describe('types of networks', () => {
    it('are transparent to tags where they have tunnels, and with room for a tag', async () => {
      const clear = await api.make('network', { vlan_transparent: true }, member('tags'));
      const usual = await api.make('network', {}, member('tags'));
      assert.deepEqual([clear.vlan_transparent, usual.vlan_transparent], [true, false]);
      assert.equal(Number(usual.mtu) - Number(clear.mtu), 4);
      const listed = await api.call('GET', '/v2.0/networks?vlan_transparent=true&fields=id');
      assert.ok(idsOf(listed, 'networks').includes(String(clear.id)));
      assert.ok(!idsOf(listed, 'networks').includes(String(usual.id)));
      const change = () =>
        api.call('PUT', `/v2.0/networks/${clear.id}`, { network: { vlan_transparent: false } });
      await refused(change, 400, 'HTTPBadRequest', 'vlan_transparent');
      const flat = { 'provider:network_type': 'flat', 'provider:physical_network': 'physnet1' };
      const wish = { network: { vlan_transparent: true, ...flat } };
      await refused(() => post('networks', wish), 400, 'VlanTransparencyDriverError', 'flat');
    });

    it('have the MTU that is left of the underlay’s, over IPv6', async () => {
      const mtus = { geneve: 1422, vxlan: 1430, gre: 1438, local: 1500 };
      for (const [type, mtu] of Object.entries(mtus)) {
        const made = await api.make('network', ofType(type));
        assert.equal(made.mtu, mtu, type);
        await refused(() => network(ofType(type, { mtu: mtu + 1 })), 400, 'HTTPBadRequest', String(mtu));
        assert.equal((await remove('networks', made)).status, 204);
      }
    });
    it('have numbers of their own, up to what fits into their headers', async () => {
      const made = await Promise.all(
        (['geneve', 'vxlan', 'gre'] as const).map((type) =>
          api.make('network', ofType(type, { 'provider:segmentation_id': 5001 })),
        ),
      );
      const segment = { 'provider:segmentation_id': 5001 };
      await refused(() => network(ofType('vxlan', segment)), 409, 'TunnelIdInUse', 'vxlan', '5001');
      for (const one of made) await remove('networks', one);
      const highest = await api.make('network', ofType('gre', { 'provider:segmentation_id': 4_294_967_295 }));
      assert.equal(highest['provider:segmentation_id'], 4_294_967_295);
      await remove('networks', highest);
      await refused(
        () => network(ofType('vxlan', { 'provider:segmentation_id': 16_777_216 })),
        400,
        'InvalidInput',
        '16777215',
      );
    });
    it('have a number or a physical network only where there is one', async () => {
      const physical = { 'provider:physical_network': 'physnet1' };
      for (const type of ['geneve', 'vxlan', 'gre', 'local'])
        await refused(() => network(ofType(type, physical)), 400, 'InvalidInput', type);
      for (const type of ['flat', 'local'])
        await refused(
          () => network(ofType(type, { ...(type === 'flat' && physical), 'provider:segmentation_id': 7 })),
          400,
          'InvalidInput',
          type,
        );
      const local = await api.make('network', ofType('local'));
      assert.equal(local['provider:segmentation_id'], null);
      await remove('networks', local);
    });
    it('take no IPv6 subnet with an MTU that IPv6 does not work with', async () => {
      const made = await api.make('network', ofType('vxlan', { mtu: 1279 }));
      const subnet = { network_id: made.id, ip_version: 6, cidr: 'fd00:77::/64' };
      await refused(() => post('subnets', { subnet }), 409, 'NetworkMTUSubnetConflict', '1280', 'raise');
      await remove('networks', made);
    });
  });

  describe('network segment ranges', () => {
    it('of the configuration are there, and stay', async () => {
      const { body } = await api.call('GET', `/v2.0/${RANGES}?default=true`);
      const ranges = body[RANGES] as Body[];
      assert.deepEqual(
        ranges
          .map(({ network_type, physical_network, minimum, maximum }) =>
            [network_type, physical_network, minimum, maximum].join(' '),
          )
          .sort(),
        ['geneve  1 16777215', 'gre  1 4294967295', 'vlan physnet1 1 4094', 'vxlan  1 16777215'],
      );
      const [one] = ranges;
      await refused(() => put(one!.id, { maximum: 9 }), 400, 'NetworkSegmentRangeDefaultReadOnly');
      await refused(() => remove(RANGES, one!), 400, 'NetworkSegmentRangeDefaultReadOnly');
    });
    it('give their ids in order, and then no more', async () => {
      const own = await makeRange({ shared: false, project_id: 'orange', minimum: 70_001, maximum: 70_002 });
      assert.deepEqual([own.available, own.used], [[70_001, 70_002], {}]);
      const asked = ofType('vxlan', { project_id: 'orange' });
      const [first, second] = [await network(asked), await network(asked)];
      assert.deepEqual([idOf(first), idOf(second)], [70_001, 70_002]);
      const { body } = await api.call('GET', `/v2.0/${RANGES}/${own.id}`);
      const shown = body.network_segment_range!;
      assert.deepEqual([shown.available, shown.used], [[], { 70001: 'orange', 70002: 'orange' }]);
      const third = await network(asked);
      assert.ok(idOf(third) < 70_001 || idOf(third) > 70_002, 'one of those for everybody');
      await remove('networks', first.body.network!);
      const again = await network(asked);
      assert.equal(idOf(again), 70_001, 'what was given back is given again');
      await refused(() => remove(RANGES, own), 409, 'NetworkSegmentRangeReferencedByProject', String(own.id));
      await refused(() => put(own.id, { minimum: 70_002 }), 409, 'NetworkSegmentRangeReferencedByProject');
      assert.equal((await put(own.id, { maximum: 70_003 })).body.network_segment_range?.maximum, 70_003);
      for (const { body } of [second, third, again]) await remove('networks', body.network!);
      assert.equal((await remove(RANGES, own)).status, 204);
    });
    it('that are a project’s own are nobody else’s', async () => {
      const all = await makeRange({
        network_type: 'vlan',
        physical_network: 'physnet1',
        shared: false,
        project_id: 'orange',
        minimum: 1,
        maximum: 4094,
      });
      const vlan = (project: string) =>
        ofType('vlan', { 'provider:physical_network': 'physnet1', project_id: project });
      await refused(() => network(vlan('green')), 409, 'NoNetworkAvailable', 'vlan');
      const made = await network(vlan('orange'));
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const wished = await network({ ...vlan('green'), 'provider:segmentation_id': 4000 });
      assert.equal(idOf(wished), 4000, 'an administrator may give any');
      for (const { body } of [made, wished]) await remove('networks', body.network!);
      await remove(RANGES, all);
    });
    it('of tunnels have no physical network, however that is said', async () => {
      for (const none of ['', null]) {
        const range = await makeRange({ physical_network: none, minimum: 700_000, maximum: 700_009 });
        assert.equal(String(range.physical_network), 'null');
        await remove(RANGES, range);
      }
    });
    it('do not overlap, and make sense', async () => {
      const one = await makeRange({ minimum: 100, maximum: 200 });
      const wish = { network_type: 'vxlan', minimum: 200, maximum: 300 };
      const make = (more: object) => post(RANGES, { network_segment_range: { ...wish, ...more } });
      await refused(() => make({}), 409, 'NetworkSegmentRangeOverlaps', String(one.id));
      assert.equal(one.project_id, '', 'it is for everybody');
      await refused(() => make({ minimum: 301 }), 400, 'InvalidInput', 'minimum');
      await refused(() => make({ maximum: 16_777_216 }), 400, 'InvalidInput', 'maximum');
      await refused(() => make({ physical_network: 'physnet1' }), 400, 'InvalidInput', 'physical_network');
      await refused(() => make({ network_type: 'vlan' }), 400, 'InvalidInput', 'physical_network');
      await refused(() => make({ network_type: 'flat' }), 400, 'HTTPBadRequest', 'network_type');
      const other = await makeRange({ minimum: 201, maximum: 300 });
      await refused(() => put(other.id, { minimum: 200 }), 409, 'NetworkSegmentRangeOverlaps');
      for (const range of [one, other]) await remove(RANGES, range);
    });
    it('are for administrators', async () => {
      const wish = { network_segment_range: { network_type: 'gre', minimum: 1, maximum: 2 } };
      await refused(() => post(RANGES, wish, member('orange')), 403, 'PolicyNotAuthorized');
    });
  });
}
