import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EmbeddedEngine } from '../../src/engine/embedded/embedded-engine.ts';
import { Northbound } from '../../src/engine/northbound/northbound.ts';
import { recordHeartbeat } from '../../src/resources/agent/heartbeat.ts';
import { PROTOCOL_NUMBERS } from '../../src/resources/security-group-rule/protocol.ts';
import { afterwards } from '../support/afterwards.ts';
import { type Body, startTestApi, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { log } from '../support/ovsdb-server.ts';
import { temporaryStateDir } from './embedded/support.ts';

const auto = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
const stateless = { ipv6_ra_mode: 'dhcpv6-stateless', ipv6_address_mode: 'dhcpv6-stateless' };
const stateful = { ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' };

/** Rules of every kind, some twice as stateless ones. */
async function makeGroups(api: TestApi): Promise<string[]> {
  const other = await api.make('security_group', { name: 'other' });
  const everything = ['::/0', '0.0.0.0/0', '2001:db8::1', '2001:db8::/32', '192.0.2.1', '192.0.2.0/24'];
  const listed = await api.make('address_group', { name: 'listed', addresses: everything });
  const empty = await api.make('address_group', { name: 'empty' });
  const groups = await Promise.all(
    [true, false].map((stateful) => api.make('security_group', { name: `stateful ${stateful}`, stateful })),
  );
  const kinds: object[] = [
    {},
    ...Object.keys(PROTOCOL_NUMBERS).map((protocol) => ({ protocol })),
    { protocol: '0' },
    { protocol: '255' },
    { protocol: 'tcp', port_range_min: 1, port_range_max: 65535 },
    { protocol: 'udp', port_range_min: 53, port_range_max: 53 },
    { protocol: 'sctp', port_range_min: 9, port_range_max: 10 },
    { protocol: 'udplite', port_range_min: 9, port_range_max: 10 },
    { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
    { protocol: 'icmp', port_range_min: 200 },
    { remote_group_id: other.id },
    { remote_address_group_id: listed.id },
    { remote_address_group_id: empty.id },
  ];
  for (const { id } of groups) {
    for (const ethertype of ['IPv4', 'IPv6']) {
      for (const direction of ['ingress', 'egress']) {
        const prefix = ethertype === 'IPv6' ? ['2001:db8::/32', '::/0'] : ['192.0.2.0/24', '0.0.0.0/0'];
        for (const kind of [...kinds, ...prefix.map((remote_ip_prefix) => ({ remote_ip_prefix }))]) {
          const rule = { security_group_id: id, ethertype, direction, ...kind };
          const { status } = await api.call('POST', '/v2.0/security-group-rules', {
            security_group_rule: rule,
          });
          // Some kinds make no sense for a family, or say the same as another.
          assert.ok([201, 400, 409].includes(status), `${status}: ${JSON.stringify(rule)}`);
        }
      }
    }
  }
  return groups.map(({ id }) => String(id));
}

/** Networks of every mode behind a router with a gateway, and a port on each. */
async function makeTopology(api: TestApi, groups: readonly string[]): Promise<string[]> {
  const external = await api.make('network', {
    'router:external': true,
    'provider:network_type': 'vlan',
    'provider:physical_network': 'physnet1',
  });
  await api.make('subnet', { network_id: external.id, ip_version: 4, cidr: '203.0.113.0/24' });
  await api.make('subnet', {
    network_id: external.id,
    ip_version: 6,
    cidr: '2001:db8:e::/64',
    gateway_ip: 'fe80::1',
  });
  const router = await api.make('router', {
    external_gateway_info: { network_id: external.id },
    ipv6_next_hop: 'fe80::1',
    multicast_relay: true,
  });
  const dns_nameservers = { 4: ['10.0.0.53', '10.0.0.54'], 6: ['fd00::53', 'fd00::54'] };
  const ports: Body[] = [];
  for (const [index, modes] of [auto, stateless, stateful, {}].entries()) {
    const network = await api.make('network', {
      mtu: 1300,
      dns_domain: index % 2 === 0 ? 'lab' : 'lab.example.',
      multicast_snooping: index % 2 === 0,
    });
    const subnets = [
      {
        ip_version: 4,
        cidr: `10.${index}.0.0/24`,
        host_routes: [{ destination: '10.99.0.0/16', nexthop: `10.${index}.0.9` }],
      },
      { ip_version: 6, cidr: `fd00:${index}:1::/64`, gateway_ip: 'fe80::1', ...modes },
      { ip_version: 6, cidr: `fd00:${index}:2::/64`, ...modes },
    ] as const;
    for (const wish of subnets) {
      const servers = { dns_nameservers: dns_nameservers[wish.ip_version] };
      const subnet = await api.make('subnet', { network_id: network.id, ...servers, ...wish });
      await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
    }
    const allowed_address_pairs = [
      { ip_address: '::/0' },
      { ip_address: '10.1.0.0/16', mac_address: '00:00:5e:00:02:01' },
    ];
    const foreign = [{ ip_address: 'fd00::/16', mac_address: '02:00:00:00:02:01' }];
    for (const pairs of [allowed_address_pairs, foreign]) {
      const wish = { network_id: network.id, security_groups: groups, allowed_address_pairs: pairs };
      ports.push(await api.make('port', wish));
    }
    const port_ids = ports.slice(-2).map(({ id }) => id);
    await api.make('anycast_address', { router_id: router.id, address: `fd99::${index}`, port_ids });
    ports.push(await api.make('port', { network_id: network.id, port_security_enabled: false }));
  }
  for (const [index, address] of ['203.0.113.99', '2001:db8:e::99'].entries()) {
    const floating = await api.make('floatingip', {
      floating_network_id: external.id,
      floating_ip_address: address,
    });
    const path = `/v2.0/floatingips/${floating.id}/port_forwardings`;
    const ways = [
      { protocol: 'tcp', internal_port_range: '80:89', external_port_range: '8080:8089' },
      { protocol: 'udp', internal_port: 53, external_port: 53 },
    ];
    for (const way of ways) {
      const port_forwarding = { internal_port_id: ports[index]?.id, ...way };
      assert.equal((await api.call('POST', path, { port_forwarding })).status, 201);
    }
  }
  const pool = await api.make('subnetpool', {
    ...{ name: 'outside', prefixes: ['2001:dc0::/31'], min_prefixlen: 32, shared: true },
  });
  for (const internal_prefix of ['fd00::/32', 'fd00:1::/32'])
    await api.make('nptv6_translation', {
      ...{ router_id: router.id, subnetpool_id: pool.id, internal_prefix },
    });
  return ports.map(({ id }) => String(id));
}

/** A router with gateways on two networks, with default routes by all of them, and floating IPs on the second. */
async function makeMultihomed(api: TestApi): Promise<void> {
  const outside = [];
  for (const index of [1, 2]) {
    const network = await api.make('network', {
      'router:external': true,
      'provider:network_type': 'vlan',
      'provider:physical_network': 'physnet1',
    });
    const wish = { network_id: network.id };
    await api.make('subnet', { ...wish, ip_version: 4, cidr: `198.51.${index}.0/24` });
    const cidr = `2001:db8:f${index}::/64`;
    await api.make('subnet', { ...wish, ip_version: 6, cidr, gateway_ip: `2001:db8:f${index}::1` });
    outside.push(network);
  }
  const router = await api.make('router', { enable_default_route_ecmp: true });
  const network = await api.make('network', {});
  for (const wish of [
    { ip_version: 4, cidr: '10.200.0.0/24' },
    { ip_version: 6, cidr: 'fd00:200::/64', ...auto },
  ]) {
    const subnet = await api.make('subnet', { network_id: network.id, ...wish });
    await api.call('PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  }
  const [first, second] = outside.map(({ id }) => ({ network_id: id }));
  const { status, body } = await api.call('PUT', `/v2.0/routers/${router.id}/add_external_gateways`, {
    router: { external_gateways: [first, second, first] },
  });
  assert.equal(status, 200, JSON.stringify(body));
  const port = await api.make('port', { network_id: network.id });
  for (const { ip_address } of port.fixed_ips as unknown as { ip_address: string }[])
    await api.make('floatingip', {
      floating_network_id: second?.network_id,
      floating_ip_address: ip_address.includes(':') ? '2001:db8:f2::99' : '198.51.2.99',
      ...{ port_id: port.id, fixed_ip_address: ip_address },
    });
}

/** What OVN's daemons complained about. */
function complaints(stateDir: string): string[] {
  return globSync('**/*.log', { cwd: stateDir })
    .flatMap((file) => readFileSync(join(stateDir, file), 'utf8').split('\n'))
    .filter((line) => /\|(WARN|ERR|EMER)\|/.test(line))
    .filter((line) => /pars|syntax|invalid|unknown|duplicate|not found|lflow|northd\|/i.test(line))
    .map((line) => line.replace(/^\S+\|\d+\|/, ''));
}

async function startEngine(t: TestContext): Promise<{ engine: EmbeddedEngine; stateDir: string }> {
  const stateDir = temporaryStateDir({ after: (remove) => afterwards(t, async () => remove()) });
  const engine = await EmbeddedEngine.start({
    stateDir,
    physicalNetworks: ['physnet1'],
    namespace: 'own',
    log,
  });
  afterwards(t, () => engine.stop());
  return { engine, stateDir };
}

test('OVN takes everything that plans write, without a word of complaint', async (t) => {
  const { engine, stateDir } = await startEngine(t);
  const api = await startTestApi();
  afterwards(t, () => api.close());
  const northbound = await Northbound.start({
    store: api.store,
    remote: engine.northbound,
    settings: { packetTooBigBelow: 1422 },
    log,
  });
  afterwards(t, () => northbound.stop());
  await api.store.transaction(async (tx) => {
    const configurations = { bridge_mappings: 'physnet1:br-physnet1' };
    await recordHeartbeat(tx, { host: 'here', chassis: engine.chassis, configurations });
  });
  const ports = await makeTopology(api, await makeGroups(api));
  await makeMultihomed(api);
  await northbound.settled();
  assert.deepEqual(northbound.reconciler.failures, []);

  // The controller looks at the flows of networks that it has ports of.
  const vsctl = (...command: string[]) =>
    execFileSync('ovs-vsctl', [`--db=${engine.switchDatabase}`, ...command]);
  for (const [index, id] of ports.entries()) {
    vsctl(
      'add-port',
      'br-int',
      `t${index}`,
      '--',
      'set',
      'Interface',
      `t${index}`,
      'type=internal',
      `external_ids:iface-id=${id}`,
      // Not shown to OVN otherwise.
      'external_ids:"sextant:unguarded"=true',
    );
  }
  await eventually('all ports are active', async () => {
    const { body } = await api.call('GET', '/v2.0/ports?status=ACTIVE&device_owner=');
    return (body.ports as unknown[]).length === ports.length;
  });
  execFileSync('ovn-nbctl', [`--db=${engine.northbound}`, '--wait=hv', 'sync']);
  assert.deepEqual(complaints(stateDir), []);

  // The check would see what it looks for.
  const wrong = 'inport == @sextant_open && icmp6.type >= 130';
  execFileSync('ovn-nbctl', [
    `--db=${engine.northbound}`,
    '--wait=hv',
    'acl-add',
    'sextant_open',
    'from-lport',
    '1',
    wrong,
    'drop',
  ]);
  assert.match(complaints(stateDir).join('\n'), /error parsing match/);
});
