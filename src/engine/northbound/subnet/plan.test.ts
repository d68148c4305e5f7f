import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, network, slaac, stateful, stateless, subnet } from '../../../../test/support/records.ts';
import { Address, Prefix } from '../../../addressing/index.ts';
import type { NetworkRecord } from '../records/network.ts';
import type { SubnetRecord } from '../records/subnet.ts';
import type { DhcpOptions } from './dhcp-options.ts';
import { planSubnet } from './plan.ts';

function optionsOf(of: SubnetRecord, on: NetworkRecord = network()): DhcpOptions | undefined {
  const [row] = planSubnet(of, on);
  return row?.columns.options as DhcpOptions | undefined;
}

test('IPv4: gateway, MTU and servers, in the form that OVN wants', () => {
  const v4 = subnet('10.0.0.0/24', {
    dnsNameservers: addresses('10.0.0.53', '2001:db8::53', '10.0.0.54'),
  });
  const { server_mac, ...options } = optionsOf(v4, network({ mtu: 1400, dnsDomain: 'example.org.' }))!;
  assert.deepEqual(options, {
    server_id: '10.0.0.1',
    lease_time: '43200',
    mtu: '1400',
    router: '10.0.0.1',
    dns_server: '{10.0.0.53, 10.0.0.54}',
    domain_name: '"example.org"',
    classless_static_route: '{169.254.169.254/32,0.0.0.0, 0.0.0.0/0,10.0.0.1}',
  });
  assert.match(server_mac!, /^0a(:[0-9a-f]{2}){5}$/);
  assert.equal(planSubnet(v4, network())[0]?.columns.cidr, '10.0.0.0/24');
});

test('IPv4: host routes bring the default route along (RFC 3442)', () => {
  const hostRoutes = [{ destination: Prefix.parse('10.9.0.0/16'), nexthop: Address.parse('10.0.0.9') }];
  const withGateway = optionsOf(subnet('10.0.0.0/24', { hostRoutes }))!;
  assert.equal(
    withGateway.classless_static_route,
    '{169.254.169.254/32,0.0.0.0, 10.9.0.0/16,10.0.0.9, 0.0.0.0/0,10.0.0.1}',
  );
  const without = optionsOf(subnet('10.0.0.0/24', { hostRoutes, gateway: undefined }))!;
  assert.equal(without.classless_static_route, '{169.254.169.254/32,0.0.0.0, 10.9.0.0/16,10.0.0.9}');
  assert.equal(without.router, undefined);
  assert.equal(without.server_id, '10.0.0.1', 'OVN needs a server, gateway or not');
});

test('IPv4: metadata is on the link, unless a host route says otherwise', () => {
  const hostRoutes = [
    { destination: Prefix.parse('169.254.169.254/32'), nexthop: Address.parse('10.0.0.9') },
  ];
  assert.equal(
    optionsOf(subnet('10.0.0.0/24', { hostRoutes, gateway: undefined }))!.classless_static_route,
    '{169.254.169.254/32,10.0.0.9}',
  );
});

test('IPv4: without name servers of its own a subnet has the one of its host', () => {
  assert.equal(optionsOf(subnet('10.0.0.0/24'))!.dns_server, '{169.254.169.254}');
});

test('the name server 0.0.0.0 means none', () => {
  assert.equal(
    optionsOf(subnet('10.0.0.0/24', { dnsNameservers: addresses('0.0.0.0') }))!.dns_server,
    undefined,
  );
});

test('nothing where DHCP is switched off, and for IPv6, which hosts serve', () => {
  assert.deepEqual(planSubnet(subnet('10.0.0.0/24', { enableDhcp: false }), network()), []);
  for (const modes of [{}, slaac, stateless, stateful]) {
    assert.deepEqual(planSubnet(subnet('fd00::/64', modes), network()), []);
  }
});

test('a domain that is none is not told', () => {
  assert.equal(
    optionsOf(subnet('10.0.0.0/24'), network({ dnsDomain: 'a", router="x' }))!.domain_name,
    undefined,
  );
});

test('the server’s MAC address stays the same, and differs from subnet to subnet', () => {
  const server = (prefix: string) => optionsOf(subnet(prefix))!.server_mac;
  assert.equal(server('10.0.0.0/24'), server('10.0.0.0/24'));
  assert.notEqual(server('10.0.0.0/24'), server('10.0.1.0/24'));
});
