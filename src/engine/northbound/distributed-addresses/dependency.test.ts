import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Body, startTestApi } from '../../../../test/support/api.ts';
import { declaredBy } from '../../../../test/support/plan-watch.ts';
import { watchedApi } from '../../../../test/support/watched-api.ts';
import { recordHeartbeat } from '../../../resources/agent/heartbeat.ts';
import { followHosts } from '../../../resources/agent/placement.ts';
import { setPortStatus } from '../../../resources/status.ts';
import { distributedAddressesUnit } from './index.ts';

const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
const cable = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' };

test('each of the dependencies is necessary, and nothing is forgotten', async (context) => {
  const api = await startTestApi();
  context.after(() => api.close());
  const { watch, look, made, call } = await watchedApi(api);
  /** Gives an attribute values one after another. */
  const change = async (name: string, { id }: Body, attribute: string, ...values: readonly unknown[]) => {
    for (const value of values) await call('PUT', `${name}s/${id}`, { [name]: { [attribute]: value } });
  };
  const status = async ({ id }: Body, word: 'ACTIVE' | 'DOWN') => {
    await api.store.transaction((tx) => setPortStatus(tx, [`${id}`], word));
    await look(`a port that is ${word}`);
  };
  const plugged = async (wish: object): Promise<Body> => {
    const record = await made('port', wish);
    await status(record, 'ACTIVE');
    return record;
  };
  const heartbeat = async (mappings: string) => {
    await api.store.transaction(async (tx) => {
      const configurations = { bridge_mappings: mappings };
      await recordHeartbeat(tx, { host: 'h1', chassis: 'h1', configurations });
      await tx.sent();
      await followHosts(tx);
    });
    await look(`a host that reaches ${mappings}`);
  };

  await heartbeat('physnet1:br-ex');
  const scope = await made('address_scope', { name: 'all', ip_version: 6, shared: true });
  const prefixes = ['fd00:1::/64', 'fd00:2::/64', 'fd00:ee::/64'];
  const pool = await made('subnetpool', { name: 'all', prefixes, address_scope_id: scope.id });
  const pooled = { subnetpool_id: pool.id, ip_version: 6 };
  const outside = await made('network', { 'router:external': true, ...cable });
  const outer = { network_id: outside.id, cidr: 'fd00:ee::/64', enable_dhcp: false };
  await made('subnet', { ...outer, ...pooled });
  const inside = await made('network', cable);
  const subnet = await made('subnet', { network_id: inside.id, cidr: 'fd00:1::/64', ...slaac, ...pooled });
  const external = { network_id: outside.id };
  const router = await made('router', { external_gateway_info: external });
  const attach = (verb: 'add' | 'remove', to: Body) =>
    call('PUT', `routers/${router.id}/${verb}_router_interface`, { subnet_id: to.id });
  const own = { network_id: inside.id, device_owner: 'compute:nova', 'binding:host_id': 'h1' };
  const port = await plugged(own);
  await change('router', router, 'distributed_ipv6', true);
  for (const verb of ['add', 'remove', 'add'] as const) await attach(verb, subnet);
  await change('router', router, 'distributed_ipv6', false, true);
  await change('router', router, 'external_gateway_info', null, external);

  const outer48 = {
    min_prefixlen: 44,
    prefixes: ['2001:db8:e0::/44'],
    address_scope_id: scope.id,
    shared: true,
  };
  const standing = await made('nptv6_translation', {
    ...{ router_id: router.id, subnetpool_id: (await made('subnetpool', { name: 'outer', ...outer48 })).id },
    internal_prefix: 'fd00:99::/48',
  });
  await call('DELETE', `nptv6-translations/${standing.id}`);

  for (const word of ['DOWN', 'ACTIVE'] as const) await status(port, word);
  const virtual = { mac_address: '00:00:5e:00:02:01', ip_address: 'fd00:1::9' };
  await change('port', port, 'allowed_address_pairs', [virtual], []);
  await change('port', port, 'device_owner', 'network:dhcp', 'compute:nova');
  await change('port', port, 'security_groups', []);
  await change('port', port, 'port_security_enabled', false, true);
  await change('port', port, 'binding:host_id', 'elsewhere', 'h1');
  await call('POST', `ports/${port.id}/bindings`, { binding: { host: 'h9' } });
  await call('DELETE', `ports/${port.id}/bindings/h9`);
  await change('port', port, 'binding:host_id', '');
  await change('port', port, 'binding:vnic_type', 'direct');
  await change('port', port, 'binding:profile', { capabilities: ['switchdev'] }, {});
  await change('port', port, 'binding:vnic_type', 'normal');
  await change('port', port, 'binding:host_id', 'h1');
  const fixed = ['fd00:1::7', 'fd00:1::8'];
  const stateful = await made('network', cable);
  const managed = await made('subnet', { network_id: stateful.id, cidr: 'fd00:2::/64', ...pooled });
  await attach('add', managed);
  const two = await plugged({ ...own, network_id: stateful.id });
  const on = (...addresses: string[]) =>
    addresses.map((ip_address) => ({ subnet_id: managed.id, ip_address }));
  const [seven, eight] = fixed.map((text) => text.replace('fd00:1:', 'fd00:2:')) as [string, string];
  await change('port', two, 'fixed_ips', on(seven), on(seven, eight));

  const floating = await made('floatingip', { floating_network_id: outside.id });
  for (const fixed_ip_address of [seven, eight])
    await call('PUT', `floatingips/${floating.id}`, { floatingip: { port_id: two.id, fixed_ip_address } });
  // What has the same address is of another scope, behind another router.
  const unscoped = await made('network', cable);
  const copy = await made('subnet', { network_id: unscoped.id, cidr: 'fd00:2::/64', ip_version: 6 });
  const aside = await made('router', { external_gateway_info: external });
  await call('PUT', `routers/${aside.id}/add_router_interface`, { subnet_id: copy.id });
  const twin = await plugged({
    ...{ ...own, network_id: unscoped.id },
    fixed_ips: [{ subnet_id: copy.id, ip_address: eight }],
  });
  const to = { port_id: twin.id, fixed_ip_address: eight };
  await call('PUT', `floatingips/${floating.id}`, { floatingip: to });
  await change('floatingip', floating, 'port_id', null);
  const forwardings = `floatingips/${floating.id}/port_forwardings`;
  const { port_forwarding: forwarding } = await call('POST', forwardings, {
    port_forwarding: {
      ...{ internal_port_id: two.id, internal_ip_address: seven, protocol: 'tcp' },
      ...{ external_port: 80, internal_port: 80 },
    },
  });
  await call('PUT', `${forwardings}/${forwarding?.id}`, { port_forwarding: { internal_ip_address: eight } });
  await call('DELETE', `${forwardings}/${forwarding?.id}`);

  await change('router', router, 'enable_ndp_proxy', true);
  const proxy = await made('ndp_proxy', { router_id: router.id, port_id: two.id, ip_address: seven });
  await change('router', router, 'enable_ndp_proxy', false, true);
  await call('DELETE', `ndp_proxies/${proxy.id}`);
  await change('router', router, 'enable_ndp_proxy', false);

  await change('network', inside, 'nat64_prefix', '64:ff9b::/96', null);
  await change('subnetpool', pool, 'address_scope_id', null, scope.id);
  const late = await made('network', cable);
  await plugged({ ...own, network_id: late.id });
  const foreign = await made('subnet', { network_id: late.id, cidr: 'fd00:3::/64', ...slaac });
  await attach('add', foreign);
  await plugged({ ...own, network_id: late.id });
  const further = await made('subnetpool', {
    ...{ name: 'late', prefixes: ['fd00:3::/64'], address_scope_id: scope.id },
  });
  await call('PUT', `subnetpools/${further.id}/onboard_network_subnets`, { network_id: late.id });
  await heartbeat('');
  await heartbeat('physnet1:br-ex');

  assert.deepEqual(
    declaredBy([distributedAddressesUnit]).filter((one) => !watch.needed.has(one)),
    [],
    'what no step of this test has need of',
  );
});
