import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api, member, refused, slaacModes } from './harness.ts';

/** Static routes that are added to a router, and taken off it. */
export function describeExtraRoutes(): void {
  const red = member('routes-red');

  describe('extra routes', () => {
    it('come and go without regard to others', async () => {
      const network = await api.make('network', {}, red);
      const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:71::/64', ...slaacModes };
      const subnet = await api.make('subnet', place, red);
      const { id } = await api.make('router', {}, red);
      const path = `/v2.0/routers/${id}`;
      await api.call('PUT', `${path}/add_router_interface`, { subnet_id: subnet.id }, red);
      const route = (number: number, nexthop = 'fd00:71::9') => ({
        destination: `fd00:72:0:${number}::/64`,
        nexthop,
      });
      const act = (action: string, ...routes: object[]) =>
        api.call('PUT', `${path}/${action}`, { router: { routes } }, red);
      const added = await act('add_extraroutes', route(1), route(2));
      assert.equal(added.status, 200, JSON.stringify(added.body));
      assert.deepEqual(added.body.router?.routes, [route(1), route(2)]);
      assert.deepEqual((await act('add_extraroutes', route(2), route(3))).body.router?.routes, [
        route(1),
        route(2),
        route(3),
      ]);
      const left = await act('remove_extraroutes', route(1), route(9));
      assert.deepEqual(left.body.router?.routes, [route(2), route(3)]);
      const far = () => act('add_extraroutes', route(4, 'fd00:99::1'));
      await refused(far, 400, 'InvalidRoutes', 'fd00:99::1');
      const { body } = await api.call('GET', path, undefined, red);
      assert.deepEqual(body.router?.routes, [route(2), route(3)]);
    });
  });
}
