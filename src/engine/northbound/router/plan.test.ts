import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedIp, network, port, router, slaac, subnet } from '../../../../test/support/records.ts';
import { Address, Prefix } from '../../../addressing/index.ts';
import type { PlannedRow } from '../../reconciler/plan.ts';
import { translatorsRef } from '../names.ts';
import { planPort } from '../port/plan.ts';
import type { PortRecord } from '../port/record.ts';
import { NO_SCOPES } from '../records/scopes.ts';
import { planProtection } from './control-plane-plan.ts';
import { planRouter } from './plan.ts';
import type { RouterPortRecord, RouterRecord } from './record.ts';

const settings = { packetTooBigBelow: 1422 };
const inside4 = subnet('10.0.0.0/24');
const inside6 = subnet('fd00:1::/64', slaac);
const outside4 = subnet('203.0.113.0/24', { enableDhcp: false });
const outside6 = subnet('2001:db8:e::/64', { enableDhcp: false });

const rowsOf = (rows: readonly PlannedRow[], table: string) => rows.filter((row) => row.table === table);
const routesOf = (facts: Partial<RouterRecord>) =>
  rowsOf(planRouter(router(facts)), 'Logical_Router_Static_Route').map(({ columns }) => columns);

const inner: RouterPortRecord = {
  portId: 'in',
  networkId: 'n1',
  scopes: NO_SCOPES,
  fixedIps: [fixedIp('10.0.0.1', inside4), fixedIp('fd00:1::1', inside6)],
};
const gateway: RouterPortRecord = {
  portId: 'out',
  networkId: 'ext',
  scopes: NO_SCOPES,
  fixedIps: [fixedIp('203.0.113.7', outside4), fixedIp('2001:db8:e::7', outside6)],
};

test('what a provider delegates and no subnet has leads nowhere', () => {
  assert.deepEqual(routesOf({ delegated: [Prefix.parse('2001:db8::/56')] }), [
    { ip_prefix: '2001:db8::/56', nexthop: 'discard' },
  ]);
});

test('a router of its own is one row, with its limits', () => {
  const [row, ...others] = planRouter(router({ adminStateUp: false }));
  assert.deepEqual(others, planProtection('r1'));
  assert.equal(row?.columns.name, 'neutron-r1');
  assert.equal(row?.columns.enabled, false);
});

test('a static route names its port only when the next hop is link-local', () => {
  const routes = ['10.0.0.9', 'fe80::9'].map((hop) => ({
    destination: Prefix.parse(hop.includes(':') ? 'fd00:9::/48' : '10.9.0.0/16'),
    nexthop: Address.parse(hop),
  }));
  assert.deepEqual(routesOf({ routes, interfaces: [inner] }), [
    { ip_prefix: '10.9.0.0/16', nexthop: '10.0.0.9', output_port: undefined },
    { ip_prefix: 'fd00:9::/48', nexthop: 'fe80::9', output_port: 'lrp-in' },
  ]);
});

test('what is from a subnet comes by the interface there, from the router itself, or from translation', () => {
  const policies = rowsOf(
    planRouter(router({ interfaces: [inner], gateways: [gateway] })),
    'Logical_Router_Policy',
  );
  const expected = (source: string) =>
    policies
      .filter(({ columns: { action, match } }) => action === 'allow' && String(match).includes(source))
      .map(({ columns }) => [columns.priority, columns.match]);
  const dropped = policies.filter(({ columns }) => columns.action === 'drop' && columns.priority === 32_000);
  assert.deepEqual(
    dropped.map(({ columns }) => [columns.priority, columns.match]),
    [
      'ip4.src == 10.0.0.0/24',
      'ip6.src == fd00:1::/64',
      'ip4.src == 203.0.113.0/24',
      'ip6.src == 2001:db8:e::/64',
      'ip6.src == fe80::/10',
      'ip6.src == ::1',
    ].map((match) => [32_000, match]),
  );
  assert.deepEqual(
    expected('fe80::'),
    ['"lrp-in"', '"lrp-out"'].map((port) => [
      32_001,
      `inport == ${port} && outport == ${port} && ip6.src == fe80::/10`,
    ]),
  );
  assert.deepEqual(expected('fd00:1::'), [
    [32_001, 'inport == "lrp-in" && ip6.src == fd00:1::/64'],
    [32_001, 'ip6.src == fd00:1::1'],
  ]);
  assert.deepEqual(expected('10.0.0.'), [
    [32_001, 'inport == "lrp-in" && ip4.src == 10.0.0.0/24'],
    [32_001, 'ip4.src == 10.0.0.1'],
    [32_001, 'inport == "lrp-out" && ip4.src == 10.0.0.0/24'],
  ]);
  assert.deepEqual(expected('203.0.113.'), [
    [32_001, 'inport == "lrp-out" && ip4.src == 203.0.113.0/24'],
    [32_001, 'ip4.src == 203.0.113.7 && outport == "lrp-in"'],
  ]);
});

test('two addresses of one subnet have their policies once', () => {
  const twice = { ...gateway, fixedIps: [...gateway.fixedIps, fixedIp('2001:db8:e::8', outside6)] };
  const keys = rowsOf(
    planRouter(router({ interfaces: [inner], gateways: [twice] })),
    'Logical_Router_Policy',
  ).map(({ key }) => key);
  assert.deepEqual(keys, [...new Set(keys)]);
});

test('nothing leaves by the gateway but what is from the router’s subnets, and from behind them', () => {
  const routes = [
    ['fd00:9::/48', 'fd00:1::9'],
    ['fd00:8::/48', '2001:db8:e::9'],
    ['::/0', 'fd00:1::9'],
    ['2001:db8:9::/48', 'fd00:1::9'],
    ['10.9.0.0/16', '10.0.0.9'],
    ['192.0.2.0/24', '10.0.0.9'],
  ].map(([destination, nexthop]) => ({
    destination: Prefix.parse(destination!),
    nexthop: Address.parse(nexthop!),
  }));
  const outbound = (facts: Partial<RouterRecord>) =>
    rowsOf(planRouter(router({ interfaces: [inner], routes, ...facts })), 'Logical_Router_Policy')
      .filter(({ columns }) => Number(columns.priority) < 32_000)
      .map(({ columns: { priority, match, action } }) => [priority, match, action]);
  assert.deepEqual(outbound({ gateways: [gateway] }), [
    [31_001, 'ip6.src == fd00:9::/48', 'allow'],
    [31_000, 'outport == "lrp-out" && ip4', 'drop'],
    [31_000, 'outport == "lrp-out" && ip6', 'drop'],
  ]);
  const untranslated = outbound({ gateways: [gateway], enableSnat: false }).map(([, match]) => match);
  assert.deepEqual(untranslated.slice(0, 2), ['ip6.src == fd00:9::/48', 'ip4.src == 10.9.0.0/16']);
  assert.deepEqual(outbound({}), []);
});

test('IPv4 from inside is translated, IPv6 never', () => {
  const nat = (facts: Partial<RouterRecord>) =>
    rowsOf(planRouter(router({ interfaces: [inner], gateways: [gateway], ...facts })), 'NAT').map(
      ({ columns }) => columns,
    );
  assert.deepEqual(nat({}), [
    {
      ...{ type: 'snat', external_ip: '203.0.113.7', logical_ip: '10.0.0.0/24' },
      exempted_ext_ips: translatorsRef,
    },
  ]);
  assert.deepEqual(nat({ enableSnat: false }), []);
  assert.deepEqual(nat({ gateways: [] }), []);
  assert.deepEqual(nat({ gateways: [{ ...gateway, fixedIps: gateway.fixedIps.slice(1) }] }), []);
});

test('each of several gateways translates what leaves by it, and leads nothing from one outside to another', () => {
  const other = {
    ...gateway,
    portId: 'out2',
    fixedIps: [fixedIp('198.51.100.7', subnet('198.51.100.0/24'))],
  };
  const rows = planRouter(router({ interfaces: [inner], gateways: [gateway, other] }));
  assert.deepEqual(
    rowsOf(rows, 'NAT').map(({ key, columns }) => [key, columns.external_ip, `${columns.gateway_port}`]),
    [
      ['snat/10.0.0.0/24', '203.0.113.7', 'Logical_Router_Port router-port of port/out'],
      ['snat/10.0.0.0/24/out2', '198.51.100.7', 'Logical_Router_Port router-port of port/out2'],
    ],
  );
  const policies = rowsOf(rows, 'Logical_Router_Policy').map(({ columns: { match, action } }) => [
    match,
    action,
  ]);
  for (const [match, action] of [
    ['inport == "lrp-out" && ip4.src == 203.0.113.0/24 && outport == {"lrp-in", "lrp-out"}', 'allow'],
    ['inport == "lrp-out2" && ip4.src == 198.51.100.0/24 && outport == {"lrp-in", "lrp-out2"}', 'allow'],
    ['inport == "lrp-out2" && ip4.src == 10.0.0.0/24 && outport == {"lrp-in", "lrp-out2"}', 'allow'],
    ['outport == "lrp-out2" && ip6', 'drop'],
  ] as const)
    assert.ok(
      policies.some((one) => one[0] === match && one[1] === action),
      match,
    );
  const keys = rows.map(({ table, key }) => `${table} ${key}`);
  const twice = planRouter(
    router({ interfaces: [inner], gateways: [gateway, { ...gateway, portId: 'out2' }] }),
  );
  for (const all of [keys, twice.map(({ table, key }) => `${table} ${key}`)])
    assert.equal(new Set(all).size, all.length);
});

const interfacePort = (facts: Partial<PortRecord> = {}): PortRecord =>
  port({
    id: 'in',
    deviceOwner: 'network:router_interface',
    deviceId: 'r1',
    portSecurity: false,
    fixedIps: inner.fixedIps,
    ...facts,
  });
const planned = (facts: Partial<PortRecord>, table: string) =>
  rowsOf(planPort(interfacePort(facts), settings), table);

test('a router’s port is two rows that know each other', () => {
  const [inSwitch] = planned({}, 'Logical_Switch_Port');
  const [inRouter] = planned({}, 'Logical_Router_Port');
  assert.equal(inSwitch?.columns.type, 'router');
  assert.deepEqual(inSwitch?.columns.options, { 'router-port': 'lrp-in' });
  assert.deepEqual(inSwitch?.columns.addresses, ['router']);
  assert.equal(inRouter?.columns.name, 'lrp-in');
  assert.deepEqual(inRouter?.columns.networks, ['10.0.0.1/24', 'fd00:1::1/64']);
  assert.equal((inRouter?.columns.ipv6_ra_configs as Record<string, string>).address_mode, 'slaac');
  assert.equal(`${inRouter?.parent}`, 'Logical_Router router of router/r1');
});

test('a link-local gateway is an address of the port', () => {
  const on = subnet('fd00:1::/64', { ...slaac, gateway: Address.parse('fe80::1') });
  const [row] = planned({ fixedIps: [fixedIp('fd00:1::2', on)] }, 'Logical_Router_Port');
  assert.deepEqual(row?.columns.networks, ['fd00:1::2/64', 'fe80::1/64']);
});

test('a router that is not the gateway of its subnets advertises nothing', () => {
  const [row] = planned({ fixedIps: [fixedIp('fd00:1::2', inside6)] }, 'Logical_Router_Port');
  assert.deepEqual(row?.columns.ipv6_ra_configs, {});
});

test('only a network with less than the ordinary MTU answers Packet Too Big', () => {
  const options = (mtu: number) =>
    planned({ network: network({ mtu }) }, 'Logical_Router_Port')[0]?.columns.options;
  assert.deepEqual(options(1300), { gateway_mtu: '1300' });
  assert.deepEqual(options(1422), {});
  assert.deepEqual(options(1500), {});
});

test('a gateway takes what fits into the tunnel by which other hosts reach it', () => {
  const facts = { deviceOwner: 'network:router_gateway', network: network({ mtu: 1500 }) };
  const several = { packetTooBigBelow: Number.POSITIVE_INFINITY, tunnelMtu: 1422 };
  const mtuOf = (more: Partial<PortRecord>) =>
    rowsOf(planPort(interfacePort({ ...facts, ...more }), several), 'Logical_Router_Port')[0]?.columns
      .options;
  assert.deepEqual(mtuOf({}), { gateway_mtu: '1422' });
  assert.deepEqual(mtuOf({ deviceOwner: 'network:router_interface' }), { gateway_mtu: '1500' });
  assert.deepEqual(mtuOf({ network: network({ mtu: 1300 }) }), { gateway_mtu: '1300' });
});

test('a gateway port advertises nothing', () => {
  const facts = { deviceOwner: 'network:router_gateway', fixedIps: [fixedIp('fd00:1::1', inside6)] };
  assert.deepEqual(planned(facts, 'Logical_Router_Port')[0]?.columns.ipv6_ra_configs, {});
});

test('a gateway port on a network without subnets has its link-local address', () => {
  const facts = { deviceOwner: 'network:router_gateway', fixedIps: [] };
  assert.deepEqual(planned(facts, 'Logical_Router_Port')[0]?.columns.networks, ['fe80::f816:3eff:fe00:1/64']);
});

test('one without an IPv6 address there has one of the router inside, for what it says to those outside', () => {
  const facts = { deviceOwner: 'network:router_gateway', routerAddress: Address.parse('fd00:1::1') };
  const networksOf = (more: Partial<PortRecord>) =>
    planned({ ...facts, ...more }, 'Logical_Router_Port')[0]?.columns.networks;
  assert.deepEqual(networksOf({ fixedIps: [] }), ['fe80::f816:3eff:fe00:1/64', 'fd00:1::1/128']);
  const four = [fixedIp('203.0.113.7', outside4)];
  assert.deepEqual(networksOf({ fixedIps: four }), ['203.0.113.7/24', 'fd00:1::1/128']);
  assert.deepEqual(networksOf({ fixedIps: gateway.fixedIps }), ['203.0.113.7/24', '2001:db8:e::7/64']);
});

test('the owner alone makes no router port', () => {
  assert.deepEqual(planned({ deviceId: '' }, 'Logical_Router_Port'), []);
});

test('a router passes multicast on when it is told to', () => {
  const options = (multicastRelay: boolean) =>
    planRouter(router({ multicastRelay }))[0]?.columns.options as Record<string, string>;
  assert.equal(options(true).mcast_relay, 'true');
  assert.equal(options(false).mcast_relay, undefined);
});
