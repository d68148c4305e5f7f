import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Body, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { declaredBy } from '../../../test/support/plan-watch.ts';
import { watchedApi } from '../../../test/support/watched-api.ts';
import { Address, Prefix } from '../../addressing/index.ts';
import { recordHeartbeat } from '../../resources/agent/heartbeat.ts';
import { followHosts } from '../../resources/agent/placement.ts';
import { recordHealth } from '../../resources/anycast-address/members.ts';
import { ndpProxy } from '../../resources/ndp-proxy/definition.ts';
import { port as portDefinition } from '../../resources/port/definition.ts';
import { learnAddresses } from '../../resources/port/learned-addresses.ts';
import { deleteRow, insertRow, recordChange } from '../../resources/repository.ts';
import { router as routerDefinition } from '../../resources/router/definition.ts';
import { recordHeard } from '../../resources/router/heard-routers.ts';
import { recordDelegations } from '../../resources/router/prefix-delegation/follow.ts';
import { setPortStatus } from '../../resources/status.ts';
import type { Tx } from '../../resources/tables.ts';
import { distributedAddressesUnit } from './distributed-addresses/index.ts';
import { egressOnlyUnit } from './egress-only/index.ts';
import { units } from './units.ts';

const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };

describe('what units depend on', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.close());

  it('is each necessary, and nothing is forgotten', async () => {
    const { watch, look, made, call } = await watchedApi(api);
    /** Changes attributes one after another. */
    const change = async (path: string, name: string, id: unknown, values: Record<string, unknown>) => {
      for (const [attribute, value] of Object.entries(values))
        await call('PUT', `${path}/${id}`, { [name]: { [attribute]: value } });
    };

    const network = await made('network', {});
    const v6 = await made('subnet', { network_id: network.id, cidr: 'fd00:1::/64', ...slaac });
    const v4 = await made('subnet', { network_id: network.id, ip_version: 4, cidr: '10.1.0.0/24' });
    const router = await made('router', { egress_only_ipv6: true });
    const interfaces = (verb: 'add' | 'remove', subnet: Body) =>
      call('PUT', `routers/${router.id}/${verb}_router_interface`, { subnet_id: subnet.id });
    const group = await made('security_group', { name: 'web' });
    const port = await made('port', { network_id: network.id, security_groups: [group.id] });
    await change('ports', 'port', port.id, { delegated_prefixes: ['fd00:d::/64'] });
    await interfaces('add', v6);
    await interfaces('add', v4);
    for (const isOnly of [false, true])
      await change('routers', 'router', router.id, { egress_only_ipv6: isOnly });

    await change('networks', 'network', network.id, {
      mtu: 1400,
      dns_domain: 'example.org.',
      dns_forwarders: ['::'],
      multicast_snooping: true,
      nat64_prefix: '64:ff9b::/96',
      address_policy: 'strict',
      admin_state_up: false,
    });
    await change('networks', 'network', network.id, {
      admin_state_up: true,
      address_policy: 'prefix',
      nat64_prefix: null,
    });
    // With any of these the hosts advertise; without, OVN does.
    for (const [attribute, ...values] of [
      ['dns_search_domains', ['example.org'], []],
      ['preferred_lifetime', 3_600, null],
      ['valid_lifetime', 90_000, null],
      ['ra_router_lifetime', 600, null],
      ['ra_router_preference', 'high', 'medium'],
      ['ra_prefer_delegation', true, false],
      ['pref64', '64:ff9b::/96', null],
      ['host_routes', [{ destination: 'fd00:f::/64', nexthop: 'fd00:1::' }], []],
    ] as const) {
      for (const value of values) await change('subnets', 'subnet', v6.id, { [attribute]: value });
    }
    await change('subnets', 'subnet', v6.id, { dns_nameservers: ['fd00:1::53'] });
    await change('subnets', 'subnet', v4.id, {
      dns_nameservers: ['10.1.0.53'],
      host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.1.0.9' }],
      enable_dhcp: false,
    });
    await change('subnets', 'subnet', v4.id, { enable_dhcp: true });

    await change('ports', 'port', port.id, {
      mac_address: 'fa:16:3e:00:00:01',
      allowed_address_pairs: [{ ip_address: '10.1.0.99' }],
      address_policy: 'strict',
      device_role: 'router',
      extra_dhcp_opts: [{ opt_name: 'ntp-server', opt_value: 'fd00:1::1', ip_version: 6 }],
      dns_name: 'web',
      dns_domain: 'example.org',
      data_plane_status: 'DOWN',
      numa_affinity_policy: 'legacy',
      device_id: 'instance',
      'binding:host_id': 'h1',
      device_owner: 'network:dhcp',
      delegated_prefixes: ['fd00:d::/64', 'fd00:e::/64'],
      fixed_ips: [{ subnet_id: v6.id }, { subnet_id: v4.id, ip_address: '10.1.0.77' }],
      admin_state_up: false,
    });
    await change('ports', 'port', port.id, {
      admin_state_up: true,
      device_owner: 'compute:nova',
      address_policy: null,
      allowed_address_pairs: [],
      device_role: 'host',
    });
    await call('POST', `ports/${port.id}/bindings`, { binding: { host: 'h2' } });
    const isRefused = (binding_refused: 0 | 1) => async (tx: Tx) => {
      await tx.db.updateTable('ports').set({ binding_refused }).where('id', '=', `${port.id}`).execute();
      const links = { id: `${port.id}`, network_id: [], device_id: [], device_owner: [] };
      recordChange(tx, portDefinition, links, ['binding_refused']);
    };
    for (const refused of [1, 0] as const) {
      await api.store.transaction(isRefused(refused));
      await look('a port that its host takes, or does not');
    }
    const learned = {
      portId: `${port.id}`,
      address: Address.parse('fd00:1::abcd'),
      origin: 'traffic',
    } as const;
    const learn = async () => {
      await api.store.transaction((tx) => learnAddresses(tx, { taken: [learned], givenUp: [] }));
      await look('a learned address');
    };
    await learn();
    await change('ports', 'port', port.id, { learned_addresses: [] });
    await learn();

    const policy = await made('policy', { name: 'limits' });
    await call('POST', `qos/policies/${policy.id}/bandwidth_limit_rules`, {
      bandwidth_limit_rule: { max_kbps: 1000 },
    });
    await change('networks', 'network', network.id, { qos_policy_id: policy.id });
    await call('POST', `qos/policies/${policy.id}/dscp_marking_rules`, {
      dscp_marking_rule: { dscp_mark: 46 },
    });
    await change('networks', 'network', network.id, { qos_policy_id: null });
    for (const qos_policy_id of [policy.id, null]) await change('ports', 'port', port.id, { qos_policy_id });

    const below = await made('port', { network_id: network.id });
    const trunk = await made('trunk', { port_id: port.id });
    const subport = { port_id: below.id, segmentation_type: 'vlan', segmentation_id: 7 };
    await call('PUT', `trunks/${trunk.id}/add_subports`, { sub_ports: [subport] });
    await change('ports', 'port', below.id, { mac_address: 'fa:16:3e:00:00:77' });
    await call('DELETE', `trunks/${trunk.id}`);
    await call('DELETE', `ports/${below.id}`);

    const rule = await made('security_group_rule', {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv6',
    });
    const other = await made('security_group', { name: 'other' });
    await made('security_group_rule', {
      security_group_id: group.id,
      direction: 'ingress',
      ethertype: 'IPv6',
      remote_group_id: other.id,
    });
    await call('DELETE', `security-groups/${other.id}`);
    await change('security-groups', 'security_group', (await made('security_group', { name: 'idle' })).id, {
      stateful: false,
    });
    await call('DELETE', `security-group-rules/${rule.id}`);
    const log = await made('log', { resource_type: 'security_group', target_id: port.id });
    const all = await made('log', { resource_type: 'security_group' });
    await call('DELETE', `log/logs/${all.id}`);
    await change('log/logs', 'log', log.id, { enabled: false });
    await change('log/logs', 'log', log.id, { enabled: true });
    await change('ports', 'port', port.id, { security_groups: [] });
    await change('ports', 'port', port.id, { port_security_enabled: false });
    await change('ports', 'port', port.id, { port_security_enabled: true });
    await change('ports', 'port', port.id, { security_groups: [group.id] });

    // Elsewhere a MAC address is part of addresses that follow it.
    const plain = await made('port', { network_id: (await made('network', {})).id });
    await change('ports', 'port', plain.id, { mac_address: 'fa:16:3e:00:00:02' });
    await call('DELETE', `ports/${plain.id}`);

    const addresses = await made('address_group', { addresses: ['fd00:a::/64'] });
    await call('PUT', `address-groups/${addresses.id}/add_addresses`, { addresses: ['10.0.0.0/8'] });
    // Two halves, each of which may be a member in its own right.
    await call('PUT', `address-groups/${addresses.id}/add_addresses`, { addresses: ['0.0.0.0/0'] });
    await call('PUT', `address-groups/${addresses.id}/remove_addresses`, { addresses: ['10.0.0.0/8'] });

    const anycast = await made('anycast_address', { router_id: router.id, address: 'fd00:ffff::1' });
    await change('anycast-addresses', 'anycast_address', anycast.id, { port_ids: [port.id] });
    await change('anycast-addresses', 'anycast_address', anycast.id, {
      health_check: { type: 'tcp', port: 80 },
    });
    await api.store.transaction((tx) => setPortStatus(tx, [`${port.id}`], 'ACTIVE'));
    await look('a port that is up');
    // A second subnet of the member, which comes first among its addresses, gets its router.
    const second = await made('subnet', { network_id: network.id, cidr: 'fd00:2::/64', ...slaac });
    await change('ports', 'port', port.id, { fixed_ips: [{ subnet_id: second.id }, { subnet_id: v6.id }] });
    await interfaces('add', second);
    const sibling = await made('port', { network_id: network.id });
    await change('anycast-addresses', 'anycast_address', anycast.id, { port_ids: [port.id, sibling.id] });
    await api.store.transaction((tx) => setPortStatus(tx, [`${sibling.id}`], 'ACTIVE'));
    await look('a member that is up');
    await api.store.transaction((tx) =>
      recordHealth(tx, { id: `${anycast.id}`, portId: `${port.id}`, healthy: true }),
    );
    await look('the member that is healthy');
    await change('anycast-addresses', 'anycast_address', anycast.id, { port_ids: [] });

    const outside = await made('network', {
      'router:external': true,
      'provider:network_type': 'flat',
      'provider:physical_network': 'physnet1',
    });
    const outer = await made('subnet', { network_id: outside.id, ip_version: 4, cidr: '192.0.2.0/24' });
    await change('routers', 'router', router.id, {
      external_gateway_info: { network_id: outside.id },
      multicast_relay: true,
      routes: [{ destination: 'fd00:9::/64', nexthop: 'fd00:1::9' }],
      admin_state_up: false,
    });
    await change('routers', 'router', router.id, {
      external_gateway_info: { network_id: outside.id, enable_snat: false },
    });
    await change('subnets', 'subnet', outer.id, { gateway_ip: '192.0.2.254' });
    await change('routers', 'router', router.id, { ipv6_next_hop: 'fe80::9' });
    await api.store.transaction(async (tx) => {
      await recordHeartbeat(tx, { host: 'h1', chassis: 'h1', configurations: {} });
      await followHosts(tx);
    });
    await look('a host that gateways can be on');
    await change('routers', 'router', router.id, { ipv6_next_hop: null });
    await change('routers', 'router', router.id, {
      external_gateway_info: { network_id: outside.id, enable_snat: true },
    });
    const [gateway] = (await api.call('GET', `/v2.0/ports?network_id=${outside.id}`)).body.ports!;
    const moved = [{ subnet_id: outer.id, ip_address: '192.0.2.77' }];
    await change('ports', 'port', gateway!.id, { fixed_ips: moved });
    await change('networks', 'network', network.id, { nat64_prefix: '64:ff9b::/96' });
    await change('ports', 'port', gateway!.id, {
      fixed_ips: [{ subnet_id: outer.id, ip_address: '192.0.2.78' }],
    });
    for (const enable_snat of [false, true]) {
      const external_gateway_info = { network_id: outside.id, enable_snat };
      await change('routers', 'router', router.id, { external_gateway_info });
    }
    await change('networks', 'network', (await made('network', {})).id, { 'router:external': true });
    const fixed = [
      { subnet_id: v4.id, ip_address: '10.1.0.77' },
      { subnet_id: v4.id, ip_address: '10.1.0.78' },
      { subnet_id: v6.id },
    ];
    await change('ports', 'port', port.id, { fixed_ips: fixed });
    const floating = await made('floatingip', {
      floating_network_id: outside.id,
      port_id: port.id,
      fixed_ip_address: '10.1.0.77',
    });
    await change('floatingips', 'floatingip', floating.id, { qos_policy_id: policy.id });
    const { body: limits } = await api.call('GET', `/v2.0/qos/policies/${policy.id}/bandwidth_limit_rules`);
    await call(
      'PUT',
      `qos/policies/${policy.id}/bandwidth_limit_rules/${limits.bandwidth_limit_rules?.[0]?.id}`,
      {
        bandwidth_limit_rule: { max_kbps: 2000 },
      },
    );
    // With another address the gateway is another port; its policy is its own.
    const elsewhere = { network_id: outside.id, external_fixed_ips: [{ ip_address: '192.0.2.79' }] };
    for (const external_gateway_info of [elsewhere, { network_id: outside.id, qos_policy_id: policy.id }])
      await change('routers', 'router', router.id, { external_gateway_info });
    const forwarding = await made('floatingip', { floating_network_id: outside.id });
    const lodger = await made('port', { network_id: network.id });
    await call('POST', `floatingips/${forwarding.id}/port_forwardings`, {
      port_forwarding: {
        ...{ internal_port_id: lodger.id, protocol: 'udp' },
        ...{ external_port: 53, internal_port: 53 },
      },
    });
    const pools: Body[] = [];
    for (const [ip_version, ...prefixes] of [
      [4, '10.1.0.0/24'],
      [6, 'fd00:1::/64', 'fd00:2::/64', 'fd00:3::/64'],
    ] as const) {
      const scope = await made('address_scope', { name: 'inside', ip_version });
      const pool = await made('subnetpool', { name: 'inside', prefixes, address_scope_id: scope.id });
      pools.push(pool);
      const body = { network_id: network.id };
      await call('PUT', `subnetpools/${pool.id}/onboard_network_subnets`, body);
      for (const address_scope_id of [null, scope.id])
        await change('subnetpools', 'subnetpool', pool.id, { address_scope_id });
    }
    for (const nat64_prefix of [null, '64:ff9b::/96'])
      await change('networks', 'network', network.id, { nat64_prefix });
    const guest = await made('port', { network_id: network.id });
    const [fourth, sixth] = ['.', ':'].map((part) =>
      (guest.fixed_ips as Body[])
        .map(({ ip_address }) => `${ip_address}`)
        .find((text) => text.includes(part)),
    );
    const translated: Body[] = [];
    for (const [subnet_id, fixed_ip_address] of [
      [outer.id, sixth],
      [(await made('subnet', { network_id: outside.id, ip_version: 6, cidr: 'fd00:ee::/64' })).id, fourth],
    ])
      translated.push(
        await made('floatingip', {
          ...{ floating_network_id: outside.id, subnet_id, port_id: guest.id, fixed_ip_address },
        }),
      );
    const again = [{ subnet_id: outer.id, ip_address: '192.0.2.80' }];
    await change('routers', 'router', router.id, {
      external_gateway_info: { network_id: outside.id, external_fixed_ips: again },
    });
    const [four, six] = translated;
    await call('PUT', `floatingips/${four?.id}`, { floatingip: { port_id: null } });
    for (const fixed_ip_address of [sixth, fourth])
      await call('PUT', `floatingips/${six?.id}`, { floatingip: { port_id: guest.id, fixed_ip_address } });
    await call('DELETE', `ports/${guest.id}`);
    for (const { id } of translated) await call('DELETE', `floatingips/${id}`);
    await change('ports', 'port', port.id, { 'binding:host_id': 'h1' });
    await api.store.transaction(async (tx) => {
      const configurations = { bridge_mappings: 'physnet1:br-ex' };
      await recordHeartbeat(tx, { host: 'h1', chassis: 'h1', configurations });
      await followHosts(tx);
    });
    await look('a host that reaches another network');
    const hardware = await made('port', { network_id: outside.id, 'binding:vnic_type': 'direct' });
    await api.store.transaction(async (tx) => {
      const configurations = { bridge_mappings: 'physnet1:br-ex' };
      await recordHeartbeat(tx, { host: 'h2', chassis: 'h2', configurations });
      await tx.sent();
      await followHosts(tx);
    });
    await look('a further host for its hardware');
    await change('ports', 'port', hardware.id, { 'binding:profile': { capabilities: ['switchdev'] } });
    await change('ports', 'port', hardware.id, { 'binding:profile': {} });
    await change('ports', 'port', hardware.id, { 'binding:vnic_type': 'normal' });
    await call('DELETE', `ports/${hardware.id}`);
    const routers = [{ address: 'fe80::8', preference: 'medium' }] as const;
    await api.store.transaction((tx) => recordHeard(tx, 'h1', [{ network_id: `${outside.id}`, routers }]));
    await look('a router outside that was heard');
    await call('PUT', `floatingips/${floating.id}`, {
      floatingip: { port_id: port.id, fixed_ip_address: '10.1.0.78' },
    });
    await change('routers', 'router', router.id, { ha: false });
    await change('routers', 'router', router.id, { distributed: false });
    await change('routers', 'router', router.id, { distributed: true });
    await change('ports', 'port', port.id, { 'binding:host_id': 'elsewhere' });
    await change('ports', 'port', port.id, {
      fixed_ips: [{ subnet_id: v4.id, ip_address: '10.1.0.77' }, { subnet_id: v6.id }],
    });
    await call('DELETE', `ports/${lodger.id}`);
    await call('DELETE', `floatingips/${forwarding.id}`);
    await change('floatingips', 'floatingip', floating.id, { port_id: sibling.id });
    await change('floatingips', 'floatingip', floating.id, { port_id: null });
    for (const external_port of [80, 81]) {
      await call('POST', `floatingips/${floating.id}/port_forwardings`, {
        port_forwarding: {
          ...{ internal_port_id: sibling.id, protocol: 'tcp' },
          ...{ external_port, internal_port: external_port },
        },
      });
    }
    const { body: forwarded } = await api.call('GET', `/v2.0/floatingips/${floating.id}/port_forwardings`);
    for (const { id } of forwarded.port_forwardings as Body[]) {
      const path = `floatingips/${floating.id}/port_forwardings/${id}`;
      await call('PUT', path, { port_forwarding: { protocol: 'udp' } });
      await call('DELETE', path);
    }
    await call('DELETE', `floatingips/${floating.id}`);
    const proxying = async (enable_ndp_proxy: 0 | 1) => {
      await api.store.transaction(async (tx) => {
        const { id } = router;
        await tx.db.updateTable('routers').set({ enable_ndp_proxy }).where('id', '=', `${id}`).execute();
        recordChange(tx, routerDefinition, { id: `${id}` }, ['enable_ndp_proxy']);
      });
      await look(`a router that answers for instances: ${enable_ndp_proxy}`);
    };
    const proxy = {
      ...{ id: 'proxy', project_id: 'p', name: '', description: '', ip_address: 'fd00:1::77' },
      ...{ router_id: `${router.id}`, port_id: `${port.id}`, revision_number: 1 },
      ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
    };
    await proxying(1);
    await api.store.transaction(async (tx) => insertRow(tx, ndpProxy, proxy));
    await look('an NDP proxy');
    await proxying(0);
    await proxying(1);
    await api.store.transaction(async (tx) => deleteRow(tx, ndpProxy, proxy));
    await look('an NDP proxy that is gone');
    await proxying(0);

    // What is behind it is known outside by another prefix, some of it by what it is, or by a floating IP.
    const outerSix = await made('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:e::/64' });
    const given = await made('subnetpool', {
      ...{ name: 'outside', prefixes: ['2001:db8:f000::/40'], min_prefixlen: 48, shared: true },
    });
    // Which a router that lets in answers alone does not.
    await change('routers', 'router', router.id, { egress_only_ipv6: false });
    const translation = await made('nptv6_translation', {
      ...{ router_id: router.id, subnetpool_id: given.id, internal_prefix: 'fd00:1::/48' },
    });
    const itsAddress = (await api.call('GET', `/v2.0/ports/${port.id}`)).body.port?.fixed_ips as Body[];
    const inside = itsAddress
      .map(({ ip_address }) => `${ip_address}`)
      .find((text) => text.startsWith('fd00:1:'));
    const standing = await made('floatingip', {
      ...{ floating_network_id: outside.id, port_id: port.id, subnet_id: outerSix.id },
      fixed_ip_address: inside,
    });
    const more = [...itsAddress, { subnet_id: v6.id, ip_address: 'fd00:1::88' }];
    await change('ports', 'port', port.id, { fixed_ips: more });
    const another = { port_id: port.id, fixed_ip_address: 'fd00:1::88' };
    await call('PUT', `floatingips/${standing.id}`, { floatingip: another });
    await change('ports', 'port', port.id, { fixed_ips: itsAddress });
    await call('DELETE', `floatingips/${standing.id}`);
    await proxying(1);
    await api.store.transaction(async (tx) => insertRow(tx, ndpProxy, proxy));
    await look('an NDP proxy of a router that translates');
    for (const enabled of [0, 1] as const) await proxying(enabled);
    await api.store.transaction(async (tx) => deleteRow(tx, ndpProxy, proxy));
    await look('an NDP proxy that is gone from there');
    await proxying(0);
    for (const nat64_prefix of [null, '64:ff9b::/96'])
      await change('networks', 'network', network.id, { nat64_prefix });
    await call('DELETE', `nptv6-translations/${translation.id}`);
    await change('routers', 'router', router.id, { egress_only_ipv6: true });
    await change('routers', 'router', router.id, { routes: [], external_gateway_info: null });

    // A subnet that comes to an interface is translated as well.
    const apart = await made('router', { external_gateway_info: { network_id: outside.id } });
    const wide = await made('network', {});
    const far = await made('nptv6_translation', {
      ...{ router_id: apart.id, subnetpool_id: given.id, internal_prefix: 'fd00:6::/48' },
    });
    for (const cidr of ['fd00:5::/64', 'fd00:6::/64']) {
      const one = await made('subnet', { network_id: wide.id, cidr, ...slaac });
      await call('PUT', `routers/${apart.id}/add_router_interface`, { subnet_id: one.id });
    }
    await call('DELETE', `nptv6-translations/${far.id}`);

    // Another router on the network, with a subnet of its own.
    const neighbour = await made('router', { external_gateway_info: { network_id: outside.id } });

    // A provider delegates prefixes to it, prolongs them, has a server of another name, and takes them back.
    const beyond = await made('network', {});
    await made('port', { network_id: beyond.id });
    const wish = { network_id: beyond.id, subnetpool_id: 'prefix_delegation', ...slaac };
    const followed = await made('subnet', wish);
    const itsInterface = (verb: 'add' | 'remove') =>
      call('PUT', `routers/${neighbour.id}/${verb}_router_interface`, { subnet_id: followed.id });
    await itsInterface('add');
    const [soon, late] = ['2098-01-01T00:00:00Z', '2099-01-01T00:00:00Z'];
    const times = { preferredUntil: soon, validUntil: soon };
    for (const [server, prefixes] of [
      ['0003', { '2001:db8::/56': times }],
      ['0003', { '2001:db8::/56': { ...times, validUntil: late } }],
      ['0003', { '2001:db8::/56': { preferredUntil: late, validUntil: late } }],
      ['0004', { '2001:db8::/56': { preferredUntil: late, validUntil: late } }],
      ['0004', { '2001:db8::/56': { preferredUntil: late, validUntil: late }, '2001:db8:1::/56': times }],
      ['', {}],
    ] as const) {
      const delegated = Object.entries<typeof times>(prefixes).map(([prefix, until]) => ({
        ...{ iaid: 1, prefix: Prefix.parse(prefix) },
        ...until,
      }));
      const report = { routerId: `${neighbour.id}`, server, reason: '', delegated };
      await api.store.transaction((tx) => recordDelegations(tx, report));
      await look(`delegated by ${server || 'nobody'}: ${Object.keys(prefixes)}`);
    }
    await itsInterface('remove');

    const third = await made('subnet', {
      network_id: network.id,
      cidr: 'fd00:3::/64',
      subnetpool_id: pools[1]?.id,
      gateway_ip: 'fe80::1',
      ...slaac,
    });
    const itsPort = await made('port', {
      network_id: network.id,
      fixed_ips: [{ subnet_id: v4.id }, { subnet_id: third.id }],
    });
    const its = await made('nptv6_translation', {
      ...{ router_id: neighbour.id, subnetpool_id: given.id, internal_prefix: 'fd00:3::/48' },
    });
    await call('PUT', `routers/${neighbour.id}/add_router_interface`, { port_id: itsPort.id });
    await change('subnets', 'subnet', third.id, { gateway_ip: 'fe80::2' });
    await change('networks', 'network', network.id, { nat64_prefix: null });
    await interfaces('remove', second);
    await interfaces('remove', v6);
    await change('subnets', 'subnet', v6.id, { gateway_ip: 'fd00:1::2' });
    await interfaces('remove', v4);
    await change('subnets', 'subnet', v4.id, { gateway_ip: '10.1.0.250' });
    await call('PUT', `routers/${neighbour.id}/remove_router_interface`, { port_id: itsPort.id });
    await call('DELETE', `nptv6-translations/${its.id}`);
    await call('DELETE', `anycast-addresses/${anycast.id}`);
    await call('DELETE', `ports/${port.id}`);
    await call('DELETE', `ports/${sibling.id}`);
    await call('DELETE', `networks/${network.id}`);

    // Two gateways, of which first the one is the first and then the other; a floating IP that leaves by its own.
    const aside = await made('network', { 'router:external': true });
    const wayOut = await made('subnet', { network_id: aside.id, ip_version: 4, cidr: '192.0.9.0/24' });
    const several = await made('router', { external_gateway_info: { network_id: outside.id } });
    const behind = await made('network', { nat64_prefix: '64:ff9b::/96' });
    const inner4 = await made('subnet', { network_id: behind.id, ip_version: 4, cidr: '10.9.0.0/24' });
    await call('PUT', `routers/${several.id}/add_router_interface`, { subnet_id: inner4.id });
    const inner6 = await made('subnet', { network_id: behind.id, cidr: 'fd00:99::/64', ...slaac });
    await call('PUT', `routers/${several.id}/add_router_interface`, { subnet_id: inner6.id });
    const gateways = (verb: string, ...networks: Body[]) =>
      call('PUT', `routers/${several.id}/${verb}_external_gateways`, {
        router: { external_gateways: networks.map(({ id }) => ({ network_id: id })) },
      });
    await gateways('add', aside);
    await change('routers', 'router', several.id, { enable_default_route_ecmp: true });
    const reached = await made('port', { network_id: behind.id });
    const led = await made('floatingip', { floating_network_id: aside.id, port_id: reached.id });
    await change('subnets', 'subnet', wayOut.id, { gateway_ip: '192.0.9.254' });
    await gateways('update', aside, outside);
    await change('floatingips', 'floatingip', led.id, { port_id: null });
    await gateways('remove', aside);

    // A floating IP moves to where somebody has the same address behind another router; and ports of another lead there.
    const plainSix = { ip_version: 6 };
    const aboveSix = await made('subnet', { network_id: aside.id, cidr: 'fd00:aa::/64', ...plainSix });
    const twins: Body[] = [];
    for (const name of ['one', 'other']) {
      const inside = await made('network', { name });
      const edge = await made('router', { name, external_gateway_info: { network_id: aside.id } });
      const same = await made('subnet', { network_id: inside.id, cidr: 'fd00:98::/64', ...plainSix });
      await call('PUT', `routers/${edge.id}/add_router_interface`, { subnet_id: same.id });
      twins.push(await made('port', { network_id: inside.id, fixed_ips: [{ ip_address: 'fd00:98::9' }] }));
    }
    const ofSix = { floating_network_id: aside.id, subnet_id: aboveSix.id };
    const moving = await made('floatingip', { ...ofSix, port_id: twins[0]?.id });
    await change('floatingips', 'floatingip', moving.id, { port_id: twins[1]?.id });
    const leadingSix = await made('floatingip', ofSix);
    await call('POST', `floatingips/${leadingSix.id}/port_forwardings`, {
      port_forwarding: {
        ...{ internal_port_id: twins[0]?.id, protocol: 'tcp', internal_ip_address: 'fd00:98::9' },
        ...{ external_port: 80, internal_port: 80 },
      },
    });

    // These have tests of their own.
    const others = units.filter((unit) => unit !== distributedAddressesUnit && unit !== egressOnlyUnit);
    assert.deepEqual(
      declaredBy(others).filter((one) => !watch.needed.has(one)),
      [],
      'what no step of this test has need of',
    );
  });
});
