import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Address } from '../../../addressing/index.ts';
import type { SubnetRow } from '../../../resources/index.ts';
import { planDistributedAddresses } from './plan.ts';
import type { DistributedAddressesSource, DistributingRouter } from './read.ts';
import { distributedAddresses } from './record.ts';

const subnet = (id: string, cidr: string) =>
  ({
    ...{ id, cidr, ip_version: cidr.includes(':') ? 6 : 4, gateway_ip: null, pref64: null },
    ...{ dns_nameservers: '[]', dns_search_domains: '[]', host_routes: '[]' },
  }) as unknown as SubnetRow;
const fixedIp = (text: string, on: SubnetRow) => ({
  allocation: { port_id: 'p1', subnet_id: on.id, address: Address.parse(text).sortKey },
  subnet: on,
});
const [six, other, four] = [
  subnet('six', 'fd00:1::/64'),
  subnet('other', 'fd00:2::/64'),
  subnet('four', '10.0.0.0/24'),
];
const router = (id: string, ...subnetIds: string[]): DistributingRouter => ({
  ...{ id, subnetIds },
  outside: { id: 'out', provider_physical_network: 'physnet1', provider_segmentation_id: 7 },
});
const row: DistributedAddressesSource['row'] = {
  ...{ id: 'p1', network_id: 'n1', device_owner: 'compute:nova', status: 'ACTIVE' },
  ...{ allowed_address_pairs: '[]', binding_host_id: 'h1', binding_vnic_type: 'normal' },
  ...{ binding_profile: '{}', port_security_enabled: 1 },
};

const recorded = (facts: Partial<DistributedAddressesSource> = {}) =>
  distributedAddresses({
    ...{ id: 'p1', row, otherwise: [], routers: [router('r1', 'six', 'four')] },
    fixedIps: [fixedIp('fd00:1::9', six), fixedIp('10.0.0.9', four)],
    ...facts,
  });
const addresses = (facts: Partial<DistributedAddressesSource> = {}): string[] =>
  recorded(facts).map(({ routerId, address }) => `${address} by ${routerId}`);

test('an address is translated to itself on the host of its port, without state', () => {
  const [planned, ...others] = planDistributedAddresses(recorded());
  assert.deepEqual(others, []);
  assert.equal(`${planned?.parent}`, 'Logical_Router router of router/r1');
  const { external_mac, ...columns } = planned!.columns;
  assert.match(`${external_mac}`, /^0e:/);
  assert.deepEqual(columns, {
    ...{ type: 'dnat_and_snat', external_ip: 'fd00:1::9', logical_ip: 'fd00:1::9' },
    ...{ logical_port: 'p1', options: { stateless: 'true' } },
  });
});

test('outside a port has one MAC address by a router, which is no other port’s', () => {
  const both = recorded({
    fixedIps: [fixedIp('fd00:1::9', six), fixedIp('fd00:2::9', other)],
    routers: [router('r1', 'six', 'other')],
  });
  assert.equal(new Set(both.map(({ mac }) => `${mac}`)).size, 1);
  const apart = [...recorded(), ...recorded({ id: 'p2' }), ...recorded({ routers: [router('r2', 'six')] })];
  assert.equal(new Set(apart.map(({ mac }) => `${mac}`)).size, 3);
});

test('addresses leave by the router of their subnet, by one of several', () => {
  assert.deepEqual(addresses({ routers: [] }), []);
  assert.deepEqual(addresses({ routers: [router('r1', 'other')] }), []);
  assert.deepEqual(
    addresses({ routers: [router('r1', 'other'), router('r2', 'six'), router('r3', 'six')] }),
    ['fd00:1::9 by r2'],
  );
});

test('what something else stands for leaves as that does', () => {
  assert.deepEqual(addresses({ otherwise: ['fd00:1::9'] }), []);
  assert.deepEqual(addresses({ otherwise: ['fd00:1::8'] }), ['fd00:1::9 by r1']);
});

test('only what OVN answers for on the switch of a host leaves there', () => {
  for (const traits of [
    { port_security_enabled: 0 },
    { status: 'DOWN' },
    { device_owner: 'network:dhcp' },
    { binding_vnic_type: 'direct' },
    { allowed_address_pairs: '[{"ip_address":"fd00:1::1","mac_address":"00:00:5e:00:02:01"}]' },
  ] as const)
    assert.deepEqual(addresses({ row: { ...row, ...traits } }), [], JSON.stringify(traits));
  const pair = { allowed_address_pairs: '[{"ip_address":"fd00:1::1"}]' };
  assert.deepEqual(addresses({ row: { ...row, ...pair } }), ['fd00:1::9 by r1']);
});
