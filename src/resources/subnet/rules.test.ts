import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Ipv6Mode } from '../../addressing/index.ts';
import { Prefix } from '../../addressing/index.ts';
import { RequestError } from '../../errors/index.ts';
import type { SubnetCreate } from './definition.ts';
import { isAutoAddress } from './modes.ts';
import { defaultPools, hostRange, subnetShapeOf } from './rules.ts';

const request = (wish: Partial<SubnetCreate>): SubnetCreate => ({
  network_id: '00000000-0000-0000-0000-000000000001',
  name: '',
  description: '',
  ip_version: 6,
  cidr: 'fd00:1::/64',
  enable_dhcp: true,
  ipv6_ra_mode: null,
  ipv6_address_mode: null,
  host_routes: [],
  dns_nameservers: [],
  dns_search_domains: [],
  preferred_lifetime: null,
  valid_lifetime: null,
  ra_router_lifetime: null,
  ra_router_preference: 'medium',
  ra_prefer_delegation: false,
  pref64: null,
  service_types: [],
  use_default_subnetpool: false,
  ...wish,
});

/** The status and the words that a refusal must have. */
const refused = (wish: Partial<SubnetCreate>, status: number, ...words: string[]): void => {
  assert.throws(
    () => subnetShapeOf(request(wish)),
    (error) => {
      assert.ok(error instanceof RequestError, String(error));
      assert.equal(error.status, status, error.message);
      for (const word of words) assert.ok(error.message.includes(word), `'${error.message}' lacks '${word}'`);
      return true;
    },
  );
};

describe('ipv6_ra_mode and ipv6_address_mode', () => {
  const modes = [null, 'slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'] as const;
  const autoModes: readonly (Ipv6Mode | null)[] = ['slaac', 'dhcpv6-stateless'];
  for (const ra of modes) {
    for (const address of modes) {
      const legal = ra === null || address === null || ra === address;
      it(`${ra} with ${address} is ${legal ? 'accepted' : 'refused'}`, () => {
        const wish = { ipv6_ra_mode: ra, ipv6_address_mode: address };
        if (!legal) return refused(wish, 400, 'ipv6_ra_mode', 'ipv6_address_mode', 'same value');
        assert.equal(subnetShapeOf(request(wish)).prefix.toString(), 'fd00:1::/64');
        const auto = autoModes.includes(ra) || autoModes.includes(address);
        assert.equal(isAutoAddress({ ...wish, ip_version: 6 }), auto);
        // Only SLAAC ties the prefix length (RFC 4862 section 5.5.3, RFC 7421).
        if (auto) refused({ ...wish, cidr: 'fd00:1::/63' }, 400, '/64');
        else assert.equal(subnetShapeOf(request({ ...wish, cidr: 'fd00:1::/80' })).prefix.length, 80);
        if (ra !== null || address !== null) {
          refused({ ...wish, enable_dhcp: false }, 400, 'enable_dhcp');
          refused({ ...wish, ip_version: 4, cidr: '10.0.0.0/24' }, 400, 'ip_version');
        }
      });
    }
  }
});

describe('prefixes', () => {
  for (const [cidr, ...words] of [
    ['ff00::/64', 'multicast'],
    ['::1/128', 'loopback'],
    ['fe80::/64', 'link-local'],
    ['fd00:a9fe:a9fe::/64', 'services'],
    ['::/64', 'unspecified'],
    ['::/0', 'prefix length of 0'],
    ['::ffff:10.0.0.0/112', 'IPv4-mapped'],
    ['fd00::/127', 'DHCP'],
    ['fd00::/128', 'DHCP'],
  ] as const) {
    it(`${cidr} is refused as ${words[0]}`, () => refused({ cidr }, 400, 'cidr', ...words));
  }
  it('of the other family are refused', () => refused({ cidr: '10.0.0.0/24' }, 400, 'ip_version'));
  it('of one or two addresses are fine without DHCP', () => {
    assert.equal(
      subnetShapeOf(request({ cidr: 'fd00::/128', enable_dhcp: false, gateway_ip: null })).pools.length,
      1,
    );
  });
});

describe('gateways', () => {
  const gatewayOf = (wish: Partial<SubnetCreate>) => subnetShapeOf(request(wish)).gateway?.toString();
  it('are the first address when left out, and none when null', () => {
    assert.equal(gatewayOf({}), 'fd00:1::');
    assert.equal(gatewayOf({ ip_version: 4, cidr: '10.0.0.0/24' }), '10.0.0.1');
    assert.equal(gatewayOf({ gateway_ip: null }), undefined);
  });
  it('may be link-local or outside the prefix', () => {
    assert.equal(gatewayOf({ gateway_ip: 'fe80::1' }), 'fe80::1');
    assert.equal(gatewayOf({ gateway_ip: 'fd00:9::1' }), 'fd00:9::1');
  });
  it('of the other family, multicast, or IPv4 network and broadcast addresses are refused', () => {
    refused({ gateway_ip: '10.0.0.1' }, 400, 'gateway_ip');
    refused({ gateway_ip: 'ff02::1' }, 400, 'gateway_ip');
    refused({ ip_version: 4, cidr: '10.0.0.0/24', gateway_ip: '10.0.0.255' }, 400, 'gateway_ip');
  });
});

describe('allocation pools', () => {
  const pools = (...list: [string, string][]) => ({
    allocation_pools: list.map(([start, end]) => ({ start, end })),
  });
  it('leave out network, broadcast and gateway when left out themselves', () => {
    const shape = subnetShapeOf(request({ ip_version: 4, cidr: '10.0.0.0/29', gateway_ip: '10.0.0.3' }));
    assert.deepEqual(shape.pools.map(String), ['10.0.0.1-10.0.0.2', '10.0.0.4-10.0.0.6']);
  });
  it('are refused out of bounds, reversed, overlapping, or with the gateway in them', () => {
    refused(pools(['fd00:2::1', 'fd00:2::9']), 400, 'allocation_pools');
    refused(pools(['fd00:1::9', 'fd00:1::1']), 400, 'start');
    refused(pools(['fd00:1::1', 'fd00:1::9'], ['fd00:1::5', 'fd00:1::f']), 409, 'overlapping');
    refused({ ...pools(['fd00:1::1', 'fd00:1::9']), gateway_ip: 'fd00:1::5' }, 409, 'fd00:1::5');
  });
  it('and the gateway make up the host addresses of any prefix', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 96, max: 126 }),
        fc.bigInt({ min: 0n, max: 2n ** 32n }),
        (length, offset) => {
          const prefix = Prefix.parse(`fd00:1::/${length}`);
          const gateway = prefix.at(offset % prefix.size);
          const total = defaultPools(prefix, gateway).reduce((sum, range) => sum + range.size, 0n);
          assert.equal(total, hostRange(prefix).size - (hostRange(prefix).contains(gateway) ? 1n : 0n));
        },
      ),
    );
  });
});

describe('DNS servers and host routes', () => {
  it('of the other family are refused, with their place', () => {
    refused({ dns_nameservers: ['fd00::53', '10.0.0.53'] }, 400, 'dns_nameservers[1]', '10.0.0.53');
    refused({ host_routes: [{ destination: '10.0.0.0/8', nexthop: 'fd00:1::1' }] }, 400, 'host_routes[0]');
  });
});
