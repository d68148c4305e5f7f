import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, startTestApi } from '../../../../test/support/api.ts';
import { declaredBy } from '../../../../test/support/plan-watch.ts';
import { watchedApi } from '../../../../test/support/watched-api.ts';
import { egressOnlyUnit } from './index.ts';

const stateful = { ip_version: 6, ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' };

test('each of the dependencies is necessary, and nothing is forgotten', async (context) => {
  const api = await startTestApi();
  context.after(() => api.close());
  const { watch, made, call } = await watchedApi(api);
  /** Gives an attribute values one after another. */
  const change = async (name: string, { id }: Body, attribute: string, ...values: readonly unknown[]) => {
    for (const value of values) await call('PUT', `${name}s/${id}`, { [name]: { [attribute]: value } });
  };

  const outside = await made('network', { 'router:external': true });
  await made('subnet', { network_id: outside.id, ip_version: 6, cidr: 'fd00:ee::/64' });
  const aside = await made('network', { 'router:external': true });
  const router = await made('router', { external_gateway_info: { network_id: outside.id } });
  await change('router', router, 'egress_only_ipv6', true, false, true);
  const network = await made('network', {});
  const [first, second] = [
    await made('subnet', { network_id: network.id, cidr: 'fd00:1::/64', ...stateful }),
    await made('subnet', { network_id: network.id, cidr: 'fd00:2::/64', ...stateful }),
  ];
  const on = (...addresses: readonly string[]) =>
    addresses.map((ip_address) => ({
      ip_address,
      subnet_id: (ip_address.startsWith('fd00:1:') ? first : second)?.id,
    }));
  const inner = await made('port', { network_id: network.id, fixed_ips: on('fd00:1::ff', 'fd00:2::ff') });
  await call('PUT', `routers/${router.id}/add_router_interface`, { port_id: inner.id });
  const port = await made('port', { network_id: network.id, fixed_ips: on('fd00:1::9', 'fd00:2::9') });

  const [led, none] = [[{ destination: 'fd00:9::/64', nexthop: 'fd00:2::9' }], []];
  await change('router', router, 'routes', led, none, led);
  await change('port', port, 'delegated_prefixes', ['fd00:d::/64'], []);
  const anycast = await made('anycast_address', { router_id: router.id, address: 'fd00:ffff::1' });
  const gateways = (verb: string) =>
    call('PUT', `routers/${router.id}/${verb}_external_gateways`, {
      router: { external_gateways: [{ network_id: aside.id }] },
    });
  await gateways('add');
  await gateways('remove');
  await call('DELETE', `anycast-addresses/${anycast.id}`);
  const floating = await made('floatingip', { floating_network_id: outside.id });
  for (const fixed_ip_address of ['fd00:1::9', 'fd00:2::9'])
    await call('PUT', `floatingips/${floating.id}`, { floatingip: { port_id: port.id, fixed_ip_address } });
  // Somebody has the same address behind another router.
  const beside = await made('network', {});
  const same = await made('subnet', { network_id: beside.id, cidr: 'fd00:2::/64', ...stateful });
  const other = await made('router', { external_gateway_info: { network_id: outside.id } });
  await call('PUT', `routers/${other.id}/add_router_interface`, { subnet_id: same.id });
  const twin = await made('port', { network_id: beside.id, fixed_ips: [{ ip_address: 'fd00:2::9' }] });
  await change('floatingip', floating, 'port_id', twin.id, null);

  assert.deepEqual(
    declaredBy([egressOnlyUnit]).filter((one) => !watch.needed.has(one)),
    [],
    'what no step of this test has need of',
  );
});
