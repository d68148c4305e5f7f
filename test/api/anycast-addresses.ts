import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

const red = member('red');

/** A router with a network of SLAAC behind it, and two ports there. */
async function topology(): Promise<{ router: Body; network: Body; subnet: Body; ports: string[] }> {
  const network = await api.make('network', {}, red);
  const cidr = 'fd01::/64';
  const wish = { network_id: network.id, ip_version: 6, cidr, ...slaacModes };
  const subnet = await api.make('subnet', wish, red);
  const router = await api.make('router', {}, red);
  await attach(router, subnet);
  const ports = await Promise.all([1, 2].map(() => api.make('port', { network_id: network.id }, red)));
  return { router, network, subnet, ports: ports.map(({ id }) => String(id)) };
}

const attach = (router: Body, subnet: Body) =>
  api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id }, red);

const make = (wish: object) => api.make('anycast_address', wish, red);

const refusedWish = (wish: object, status: number, type: string, ...words: string[]) =>
  refused(() => post('anycast-addresses', { anycast_address: wish }, red), status, type, ...words);

/** Addresses that several instances serve. */
export function describeAnycastAddresses(): void {
  describe('anycast addresses', () => {
    it('have members, whose health is not known before it was asked for, and defaults', async () => {
      const { router, ports } = await topology();
      const made = await make({ router_id: router.id, address: 'FD99::0001', port_ids: ports });
      assert.equal(made.address, 'fd99::1');
      assert.deepEqual(made.health_check, { type: 'icmp', interval: 2, timeout: 1, fall: 3, rise: 2 });
      assert.deepEqual(
        made.members,
        [...ports].sort().map((port_id) => ({ port_id, status: 'DOWN' })),
      );
      const { body } = await api.call('GET', `/v2.0/anycast-addresses/${made.id}`, undefined, red);
      assert.deepEqual(body.anycast_address, made);
    });
    it('change members and health check', async () => {
      const { router, ports } = await topology();
      const made = await make({ router_id: router.id, address: 'fd99::1', port_ids: [ports[0]] });
      const changes = { port_ids: [ports[1]], health_check: { type: 'tcp', port: 53, interval: 5 } };
      const url = `/v2.0/anycast-addresses/${made.id}`;
      const { body } = await api.call('PUT', url, { anycast_address: changes }, red);
      assert.deepEqual(body.anycast_address?.port_ids, [ports[1]]);
      const check = { type: 'tcp', port: 53, interval: 5, timeout: 1, fall: 3, rise: 2 };
      assert.deepEqual(body.anycast_address?.health_check, check);
      assert.equal((await api.call('DELETE', `/v2.0/ports/${ports[1]}`, undefined, red)).status, 204);
      const after = await api.call('GET', url, undefined, red);
      assert.deepEqual(after.body.anycast_address?.port_ids, []);
    });
    it('are refused when they cannot be, and say why', async () => {
      const { router, ports } = await topology();
      const wish = { router_id: router.id, address: 'fd99::1', port_ids: ports };
      const badRequests: [object, ...string[]][] = [
        [{ address: 'fe80::1' }, 'address', 'fe80::1'],
        [{ address: 'ff05::1' }, 'address'],
        [{ address: '192.0.2.1' }, 'address', 'IPv4'],
        [{ address: 'fd00:a9fe:a9fe::254' }, 'address'],
        [{ health_check: { type: 'tcp' } }, 'health_check', "'port'"],
        [{ health_check: { type: 'icmp', port: 80 } }, 'health_check.port'],
        [{ health_check: { type: 'icmp', interval: 1, timeout: 2 } }, 'health_check.timeout'],
        [{ health_check: { type: 'udp' } }, 'health_check.type'],
      ];
      for (const [change, ...words] of badRequests)
        await refusedWish({ ...wish, ...change }, 400, 'HTTPBadRequest', ...words);
      await refusedWish({ ...wish, address: 'fd01::99' }, 400, 'InvalidInput', 'fd01::/64');
      // It may be somebody else's.
      await refusedWish({ ...wish, address: '2001:db8::1' }, 403, 'PolicyNotAuthorized', '2001:db8::1');
      await refusedWish({ ...wish, router_id: absent }, 404, 'RouterNotFound');
      await refusedWish({ ...wish, port_ids: [absent] }, 404, 'PortNotFound');
      const elsewhere = await topology();
      await refusedWish({ ...wish, port_ids: elsewhere.ports }, 400, 'InvalidInput', router.id as string);
      await make(wish);
      await refusedWish(wish, 409, 'AnycastAddressInUse', 'fd99::1');
    });
    it('are for ports of the own project, on networks of its own', async () => {
      const { router } = await topology();
      const wish = { router_id: router.id, address: 'fd99::1' };
      const foreign = await api.make('network', { shared: true, project_id: 'blue' });
      await api.make('subnet', { network_id: foreign.id, ip_version: 6, cidr: 'fd02::/64', ...slaacModes });
      const theirs = await api.make('port', { network_id: foreign.id }, member('blue'));
      await refusedWish({ ...wish, port_ids: [theirs.id] }, 404, 'PortNotFound');
      const guest = await api.make('port', { network_id: foreign.id }, red);
      await refusedWish({ ...wish, port_ids: [guest.id] }, 403, 'PolicyNotAuthorized', guest.id as string);
      const mine = await make(wish);
      const url = `/v2.0/anycast-addresses/${mine.id}`;
      assert.equal((await api.call('GET', url, undefined, member('blue'))).status, 404);
    });
    it('keep their router, its interfaces and routes as they need them', async () => {
      const { router, subnet, ports, network } = await topology();
      const made = await make({ router_id: router.id, address: 'fd99::1', port_ids: ports });
      const detach = () =>
        api.call('PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id }, red);
      await refused(detach, 409, 'RouterInterfaceInUseByAnycastAddress', made.id as string);
      const cidr = 'fd99::/64';
      const around = { network_id: network.id, ip_version: 6, cidr, ...slaacModes };
      const subnetAround = await api.make('subnet', around, red);
      await refused(() => attach(router, subnetAround), 400, 'InvalidInput', 'fd99::1');
      const routes = [{ destination: 'fd99::1/128', nexthop: 'fd01::42' }];
      const route = () => api.call('PUT', `/v2.0/routers/${router.id}`, { router: { routes } }, red);
      await refused(route, 409, 'AnycastAddressInUse', 'fd01::42');
      const url = `/v2.0/anycast-addresses/${made.id}`;
      await api.call('PUT', url, { anycast_address: { port_ids: [] } }, red);
      assert.equal((await detach()).status, 200);
      const remove = () => api.call('DELETE', `/v2.0/routers/${router.id}`, undefined, red);
      await refused(remove, 409, 'RouterInUse', made.id as string);
      await api.call('DELETE', url, undefined, red);
      assert.equal((await remove()).status, 204);
    });
  });
}
