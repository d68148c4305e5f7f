import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, post, refused, slaacModes } from './harness.ts';

/** What is wrong is refused, with its name, and changes nothing. */
export function describeBadRequests(): void {
  describe('bad requests', () => {
    let network: Body;
    before(async () => {
      network = await api.make('network', { name: 'bad' });
    });

    const network_id = () => String(network.id);
    const subnetOf = (wish: Record<string, unknown>) => () =>
      post('subnets', { subnet: { network_id: network_id(), ip_version: 6, ...wish } });

    for (const [what, body, ...words] of [
      ['malformed JSON', '{"network":', 'JSON'],
      ['no object', '[]', 'JSON object'],
      ['the wrong key', { net: {} }, "'network'"],
      ['an unknown attribute', { network: { nme: 'x' } }, "'nme'"],
      ['an attribute that nobody sets', { network: { status: 'ACTIVE' } }, "'status'"],
      ['a number for a name', { network: { name: 5 } }, 'name', '5'],
      ['a name that is too long', { network: { name: 'x'.repeat(256) } }, 'name', '255'],
      ['a boolean that is none', { network: { admin_state_up: 'maybe' } }, 'admin_state_up', 'maybe'],
      ['an MTU out of range', { network: { mtu: 9 } }, 'mtu', '68'],
      ['an MTU over what tunnels carry', { network: { mtu: 1500 } }, 'mtu', '1422'],
      ['an empty list', { networks: [] }, 'networks'],
      ['an item that is no object', { networks: [{}, 7] }, 'networks[1]'],
      ['half a surrogate pair', '{"network":{"name":"\\ud800"}}', 'name', 'Unicode'],
      ['endless nesting', `{"network":{"name":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`, 'nested'],
      ['a __proto__', '{"network":{"__proto__":{"shared":true}}}', '__proto__'],
    ] as const) {
      it(`${what}: 400`, () => refused(() => post('networks', body), 400, 'HTTPBadRequest', ...words));
    }

    it('a body over the limit: 413', () =>
      refused(
        () => post('networks', { network: { name: 'x'.repeat(9_000_000) } }),
        413,
        'HTTPBadRequest',
        'too large',
      ));

    for (const [what, wish, type, ...words] of [
      ['an IPv4-mapped prefix', { cidr: '::ffff:1.2.3.0/120' }, 'InvalidInput', 'cidr'],
      ['a zone id', { cidr: 'fe80::%eth0/64' }, 'HTTPBadRequest', 'cidr'],
      ['a multicast prefix', { cidr: 'ff02::/64' }, 'InvalidInput', 'cidr', 'multicast'],
      ['a link-local prefix', { cidr: 'fe80::/64' }, 'InvalidInput', 'cidr', 'link-local'],
      [
        'an IPv4-mapped gateway',
        { cidr: 'fd00:1::/64', gateway_ip: '::ffff:1.2.3.4' },
        'HTTPBadRequest',
        'gateway_ip',
      ],
      [
        'a gateway with a zone',
        { cidr: 'fd00:1::/64', gateway_ip: 'fe80::1%eth0' },
        'HTTPBadRequest',
        'gateway_ip',
      ],
      ['no prefix', {}, 'HTTPBadRequest', 'cidr'],
      ['a /63 for SLAAC', { cidr: 'fd00::/63', ...slaacModes }, 'InvalidInput', '/64'],
      [
        'an unknown mode',
        { cidr: 'fd00::/64', ipv6_ra_mode: 'on' },
        'HTTPBadRequest',
        'ipv6_ra_mode',
        'slaac',
      ],
      [
        'a DNS server that is no address',
        { cidr: 'fd00::/64', dns_nameservers: ['ns1'] },
        'HTTPBadRequest',
        'dns_nameservers[0]',
      ],
      [
        'a search domain that is none',
        { cidr: 'fd00::/64', dns_search_domains: ['a..b'] },
        'HTTPBadRequest',
        'dns_search_domains[0]',
      ],
      [
        'addresses preferred longer than they are valid',
        { cidr: 'fd00::/64', preferred_lifetime: 61, valid_lifetime: 60 },
        'InvalidInput',
        'preferred_lifetime 61',
      ],
      [
        'a PREF64 that nobody would advertise',
        { cidr: 'fd00::/64', pref64: '64:ff9b::/96' },
        'InvalidInput',
        'pref64',
        'ipv6_ra_mode',
      ],
    ] as const) {
      it(`a subnet with ${what}: 400`, () => refused(subnetOf(wish), 400, type, ...words));
    }

    it('an overlapping subnet: 400 that names the other', async () => {
      await api.make('subnet', { network_id: network_id(), ip_version: 6, cidr: 'fd00:5::/64' });
      await refused(subnetOf({ cidr: 'fd00:5::/80' }), 400, 'InvalidInput', 'fd00:5::/64');
    });

    it('a required attribute left out: 400 with its name', () =>
      refused(() => post('ports', { port: {} }), 400, 'HTTPBadRequest', "'network_id'"));

    it('an unknown network: 404', () =>
      refused(() => post('ports', { port: { network_id: absent } }), 404, 'NetworkNotFound', absent));

    it('one bad item among many: nothing is made', () =>
      refused(
        () =>
          post('ports', {
            ports: [{ network_id: network_id() }, { network_id: network_id(), mac_address: 'zz' }],
          }),
        400,
        'HTTPBadRequest',
        'ports[1].mac_address',
      ));

    it('one item in conflict among many: nothing is made', () => {
      const twin = { network_id: network_id(), mac_address: 'fa:16:3e:00:00:77' };
      return refused(
        () => post('ports', { ports: [twin, { network_id: network_id() }, twin] }),
        409,
        'MacAddressInUse',
        'fa:16:3e:00:00:77',
      );
    });

    it('a DHCPv6 option that cannot be sent: 400', () => {
      const option = { opt_name: 'ntp-server', opt_value: '192.0.2.1:123', ip_version: 6 };
      return refused(
        () => post('ports', { port: { network_id: network_id(), extra_dhcp_opts: [option] } }),
        400,
        'HTTPBadRequest',
        'extra_dhcp_opts[0]',
        '192.0.2.1:123',
      );
    });

    it('a multicast MAC: 400', () =>
      refused(
        () => post('ports', { port: { network_id: network_id(), mac_address: '01:00:5e:00:00:01' } }),
        400,
        'HTTPBadRequest',
        'mac_address',
        'multicast',
      ));

    it('an unknown path: 404 in Neutron’s form', () =>
      refused(() => api.call('GET', '/v2.0/nets'), 404, 'HTTPNotFound'));

    it('a change of what cannot be changed: 400', async () => {
      const subnet = await api.make('subnet', {
        network_id: network_id(),
        ip_version: 6,
        cidr: 'fd00:6::/64',
        ...slaacModes,
      });
      const put = (wish: object) => () => api.call('PUT', `/v2.0/subnets/${subnet.id}`, { subnet: wish });
      await refused(put({ ipv6_ra_mode: null }), 400, 'HTTPBadRequest', 'read-only', 'ipv6_ra_mode');
      await refused(put({ enable_dhcp: false }), 400, 'InvalidInput', 'enable_dhcp');
      await refused(put({ cidr: 'fd00:7::/64' }), 400, 'HTTPBadRequest', 'cidr');
    });
  });

  describe('what is in use', () => {
    it('is not deleted: 409 that names the user', async () => {
      const network = await api.make('network', {});
      const subnet = await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd01::/64' });
      const port = await api.make('port', { network_id: network.id });
      const group = String(port.security_groups?.[0]);
      const router = await api.make('router', {});
      const attach = (action: string) =>
        api.call('PUT', `/v2.0/routers/${router.id}/${action}`, { subnet_id: subnet.id });
      assert.equal((await attach('add_router_interface')).status, 200);
      const remove = (path: string) => () => api.call('DELETE', `/v2.0/${path}`);
      await refused(remove(`networks/${network.id}`), 409, 'NetworkInUse', String(port.id));
      await refused(remove(`subnets/${subnet.id}`), 409, 'SubnetInUse');
      await refused(remove(`security-groups/${group}`), 409, 'SecurityGroupInUse', String(port.id));
      await refused(remove(`routers/${router.id}`), 409, 'RouterInUse');
      const { body } = await api.call('GET', `/v2.0/ports?device_id=${router.id}`);
      await refused(remove(`ports/${body.ports?.[0]?.id}`), 409, 'ServicePortInUse', String(router.id));
      await refused(() => attach('add_router_interface'), 400, 'HTTPBadRequest', String(subnet.id));

      assert.equal((await attach('remove_router_interface')).status, 200);
      for (const path of [
        `routers/${router.id}`,
        `ports/${port.id}`,
        `subnets/${subnet.id}`,
        `networks/${network.id}`,
      ]) {
        assert.equal((await remove(path)()).status, 204, path);
      }
      await refused(remove(`ports/${port.id}`), 404, 'PortNotFound', String(port.id));
    });
  });
}
