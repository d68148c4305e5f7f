import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses, network, slaac, stateful, stateless, subnet } from '../../../test/support/records.ts';
import { raConfigs } from './ra-configs.ts';
import type { SubnetRecord } from './records.ts';

const a = 'fd00:a::/64';
const b = 'fd00:b::/64';

const cases: [string, SubnetRecord[], string | undefined][] = [
  ['nothing at all', [], undefined],
  ['IPv4', [subnet('10.0.0.0/24')], undefined],
  ['IPv6 without an RA mode', [subnet(a)], undefined],
  ['RA by another router', [subnet(a, { addressMode: 'slaac' })], undefined],
  ['SLAAC', [subnet(a, slaac)], 'slaac'],
  ['SLAAC beside IPv4', [subnet(a, slaac), subnet('10.0.0.0/24')], 'slaac'],
  ['SLAAC, addresses from elsewhere', [subnet(a, { raMode: 'slaac' })], 'slaac'],
  ['stateless', [subnet(a, stateless)], 'dhcpv6_stateless'],
  ['stateful', [subnet(a, stateful)], 'dhcpv6_stateful'],
  ['SLAAC and stateless', [subnet(a, slaac), subnet(b, stateless)], 'dhcpv6_stateless'],
  ['SLAAC and stateful', [subnet(a, slaac), subnet(b, stateful)], 'dhcpv6_stateful'],
  ['stateless and stateful', [subnet(a, stateless), subnet(b, stateful)], 'dhcpv6_stateful'],
  ['SLAAC and one without modes', [subnet(a, slaac), subnet(b)], 'dhcpv6_stateful'],
];

for (const [name, subnets, mode] of cases) {
  test(`${name}: ${mode ?? 'no advertisement'}`, () => {
    const configs = raConfigs(subnets, network());
    assert.equal(configs.address_mode, mode);
    if (mode === undefined) assert.deepEqual(configs, {}, 'not even solicitations are answered');
    else assert.deepEqual([configs.send_periodic, configs.mtu], ['true', '1422']);
  });
}

test('one DNS server only, of IPv6, the first: two would silence OVN', () => {
  const servers = { dnsNameservers: addresses('10.0.0.53', 'fd00::53', 'fd00::54') };
  const configs = raConfigs([subnet(a, slaac), subnet(b, { ...slaac, ...servers })], network());
  assert.equal(configs.rdnss, 'fd00::53');
});

test('the search list is a domain name or is not there', () => {
  const dnssl = (dnsDomain: string) => raConfigs([subnet(a, slaac)], network({ dnsDomain })).dnssl;
  assert.equal(dnssl('example.org.'), 'example.org');
  assert.equal(dnssl('no domain'), undefined);
  assert.equal(dnssl(''), undefined);
});
