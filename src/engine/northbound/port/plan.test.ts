import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedIp, network, port, slaac, stateful, subnet } from '../../../../test/support/records.ts';
import { Mac, Prefix } from '../../../addressing/index.ts';
import { type PlannedRow, RowRef } from '../../reconciler/plan.ts';
import { planPort } from './plan.ts';
import type { PortRecord } from './record.ts';

const settings = { packetTooBigBelow: 1422 };
const columnsOf = (facts: Partial<PortRecord>) => planPort(port(facts), settings)[0]!.columns;
const dhcp = (id: string) => new RowRef('DHCP_Options', `subnet/${id}`, 'dhcp');

const lla = 'fe80::f816:3eff:fe00:1';
const v4 = subnet('10.0.0.0/24');
const auto = subnet('fd00:a::/64', slaac);
const given = subnet('fd00:b::/64', stateful);

test('an instance’s port: its addresses, link-local first, its groups, its switch', () => {
  const [{ facts, ...row }, ...others] = planPort(
    port({
      fixedIps: [fixedIp('10.0.0.5', v4), fixedIp('fd00:a::f816:3eff:fe00:1', auto)],
      securityGroups: ['aa-bb', 'cc-dd'],
    }),
    settings,
  ) as [PlannedRow, ...PlannedRow[]];
  assert.deepEqual(others, []);
  assert.ok(facts, 'hosts are told of it');
  assert.deepEqual(row, {
    table: 'Logical_Switch_Port',
    key: 'port',
    columns: {
      name: 'p1',
      type: '',
      addresses: [`fa:16:3e:00:00:01 ${lla} 10.0.0.5 fd00:a::f816:3eff:fe00:1`],
      port_security: [`fa:16:3e:00:00:01 ${lla} 10.0.0.5 fd00:a::f816:3eff:fe00:1 fe80::/64 fd00:a::/64`],
      enabled: true,
      dhcpv4_options: dhcp('10.0.0.0/24'),
    },
    parent: new RowRef('Logical_Switch', 'network/n1', 'switch'),
    memberOf: [
      new RowRef('Port_Group', 'security_group/aa-bb', 'group'),
      new RowRef('Port_Group', 'security_group/cc-dd', 'group'),
    ],
  });
});

test('hardware is external, on whichever host serves its network', () => {
  const { type, ha_chassis_group: group, ...columns } = columnsOf({ isHardware: true, host: 'h1' });
  assert.equal(type, 'external');
  assert.equal(`${group}`, 'HA_Chassis_Group group of serving_hosts/n1');
  assert.deepEqual([columns.port_security, columns.options], [undefined, undefined]);
});

test('a port that is bound to a host works there alone', () => {
  assert.equal(columnsOf({}).options, undefined);
  assert.deepEqual(columnsOf({ host: 'h1' }).options, { 'requested-chassis': 'h1' });
});

test('where OVN sees switches as they are, a port is that of what the guard let through', () => {
  const optionsOf = (facts: Partial<PortRecord>) =>
    planPort(port(facts), { ...settings, seesSwitches: true })[0]!.columns.options;
  assert.deepEqual(optionsOf({}), { 'iface-id-ver': 'guarded' });
  assert.deepEqual(optionsOf({ host: 'h1' }), { 'requested-chassis': 'h1', 'iface-id-ver': 'guarded' });
  assert.equal(optionsOf({ isHardware: true }), undefined, 'nothing of it is on a switch');
});

test('a port that its host did not take works nowhere', () => {
  assert.deepEqual(columnsOf({ host: 'h1', isRefused: true, furtherHosts: ['h2'] }).options, {
    'requested-chassis': '-',
  });
});

test('a port whose instance moves works on both hosts, on the further ones once it says that it is there', () => {
  assert.deepEqual(columnsOf({ host: 'h1', furtherHosts: ['h2', 'h3'] }).options, {
    'requested-chassis': 'h1,h2,h3',
    'activation-strategy': 'rarp',
  });
  assert.equal(columnsOf({ furtherHosts: ['h2'] }).options, undefined, 'it may be anywhere');
});

test('a port without addresses still has its link-local one', () => {
  assert.deepEqual(columnsOf({ addressPolicy: 'strict' }).port_security, [`fa:16:3e:00:00:01 ${lla}`]);
});

test('a tokenised address on a SLAAC subnet may be used as a source', () => {
  const facts = { addressPolicy: 'strict', fixedIps: [fixedIp('fd00:a::7', auto)] } as const;
  const [entry] = columnsOf(facts).port_security as string[];
  assert.match(entry!, / fd00:a::7$/);
});

test('a router may send what others sent; a delegated prefix is the port’s', () => {
  const strict = { addressPolicy: 'strict' } as const;
  assert.deepEqual(columnsOf({ ...strict, role: 'router' }).port_security, [
    `fa:16:3e:00:00:01 ${lla} ::/0 0.0.0.0/0`,
  ]);
  const delegatedPrefixes = [Prefix.parse('2001:db8:d::/56')];
  assert.deepEqual(columnsOf({ ...strict, delegatedPrefixes }).port_security, [
    `fa:16:3e:00:00:01 ${lla} 2001:db8:d::/56`,
  ]);
});

test('allowed address pairs join the port’s own entry, or get one of their MAC’s with link-local addresses', () => {
  const columns = columnsOf({
    fixedIps: [fixedIp('fd00:b::5', given)],
    allowedAddressPairs: [
      { mac: undefined, address: 'fd00:b::99' },
      { mac: Mac.parse('fa:16:3e:00:00:01'), address: '2001:db8:1::/48' },
      { mac: Mac.parse('02:00:00:00:02:01'), address: 'fd00:b::100' },
    ],
  });
  assert.deepEqual(columns.port_security, [
    `fa:16:3e:00:00:01 ${lla} fd00:b::5 fd00:b::99 2001:db8:1::/48 fe80::/64`,
    `02:00:00:00:02:01 fe80::ff:fe00:201 fd00:b::100 ${lla} fe80::/64`,
  ]);
  assert.deepEqual(columns.addresses, [`fa:16:3e:00:00:01 ${lla} fd00:b::5`, '02:00:00:00:02:01']);
});

test('which port has a virtual router’s MAC address, OVN learns: it does so of ports without its port security', () => {
  const columns = columnsOf({
    fixedIps: [fixedIp('fd00:b::5', given)],
    allowedAddressPairs: [{ mac: Mac.parse('00:00:5e:00:02:01'), address: 'fd00:b::100' }],
  });
  assert.deepEqual(columns.addresses, [`fa:16:3e:00:00:01 ${lla} fd00:b::5`, 'unknown']);
  assert.deepEqual(columns.port_security, []);
});

test('without port security: any source, any destination, no group', () => {
  const [row] = planPort(port({ portSecurity: false, securityGroups: [] }), settings);
  assert.deepEqual(row?.columns.port_security, []);
  assert.deepEqual(row?.columns.addresses, [`fa:16:3e:00:00:01 ${lla}`, 'unknown']);
  assert.deepEqual(row?.memberOf?.map(String), ['Port_Group group of open_group/all']);
});

test('a protected port without groups is in none, and so cut off', () => {
  assert.deepEqual(planPort(port(), settings)[0]?.memberOf, []);
});

test('a port is up when both it and its network are', () => {
  assert.equal(columnsOf({ adminStateUp: false }).enabled, false);
  assert.equal(columnsOf({ network: network({ adminStateUp: false }) }).enabled, false);
});

test('OVN serves the first IPv4 subnet with DHCP; hosts serve IPv6', () => {
  const off = subnet('10.0.0.0/24', { enableDhcp: false });
  const on = subnet('10.0.1.0/24');
  const fixedIps = [fixedIp('fd00:b::1', given), fixedIp('10.0.0.5', off), fixedIp('10.0.1.5', on)];
  const { dhcpv4_options, dhcpv6_options } = columnsOf({ fixedIps });
  assert.deepEqual([dhcpv4_options, dhcpv6_options], [dhcp(on.id), undefined]);
  assert.equal(columnsOf({ fixedIps, deviceOwner: 'network:dhcp' }).dhcpv4_options, undefined);
});

test('routers of the network lead a delegated prefix to the port’s link-local address', () => {
  const [, ...routes] = planPort(
    port({
      delegatedPrefixes: [Prefix.parse('2001:db8:1::/56')],
      routersToDelegated: [{ portId: 'rp', routerId: 'r1' }],
    }),
    settings,
  );
  assert.deepEqual(routes, [
    {
      table: 'Logical_Router_Static_Route',
      key: 'delegated/rp/2001:db8:1::/56',
      columns: { ip_prefix: '2001:db8:1::/56', nexthop: lla, output_port: 'lrp-rp' },
      parent: new RowRef('Logical_Router', 'router/r1', 'router'),
    },
    {
      table: 'Logical_Router_Policy',
      key: 'delegated/rp/2001:db8:1::/56/out',
      columns: { priority: 31_001, match: 'ip6.src == 2001:db8:1::/56', action: 'allow' },
      parent: new RowRef('Logical_Router', 'router/r1', 'router'),
    },
  ]);
});
