import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { api, member, post, refused, slaacModes } from './harness.ts';

/** What ports tell Nova, DNS and operators. */
export function describePortHints(): void {
  const red = member('hints-red');
  const change = (id: unknown, changes: object, headers: Record<string, string> = {}) =>
    api.call('PUT', `/v2.0/ports/${id}`, { port: changes }, headers);
  const changed = async (
    id: unknown,
    changes: object,
    headers: Record<string, string> = {},
  ): Promise<Body> => {
    const { status, body } = await change(id, changes, headers);
    assert.equal(status, 200, JSON.stringify(body));
    return body.port as Body;
  };
  const shown = async (id: unknown) => (await api.call('GET', `/v2.0/ports/${id}`)).body.port as Body;

  describe('what ports tell others', () => {
    it('is what they are tagged with when they are made, one and many', async () => {
      const network = await api.make('network', {}, red);
      const wish = (tags?: unknown) => ({ network_id: network.id, ...(tags !== undefined && { tags }) });
      const ports = [wish(['blue', 'old']), wish(['blue']), wish()];
      const made = await post('ports', { ports }, red);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const tags = (made.body.ports as Body[]).map((one) => one.tags as unknown);
      assert.deepEqual(tags, [['blue', 'old'], ['blue'], []]);
      const count = async (query: string) =>
        (
          (await api.call('GET', `/v2.0/ports?network_id=${network.id}&${query}`, undefined, red)).body
            .ports as Body[]
        ).length;
      assert.deepEqual([await count('tags=blue'), await count('tags=blue,old')], [2, 1]);
      const one = await api.make('port', wish(['new']), red);
      assert.deepEqual([(await shown(one.id)).tags, await count('tags=new')], [['new'], 1]);
      for (const wrong of [['a,b'], [''], [7], 'blue', ['twice', 'twice']])
        await refused(() => post('ports', { port: wish(wrong) }, red), 400, 'HTTPBadRequest', 'tags');
      const many = Array.from({ length: 51 }, (_, index) => `t${index}`);
      await refused(() => post('ports', { port: wish(many) }, red), 400, 'HTTPBadRequest', 'tags');
      await refused(() => change(one.id, { tags: ['x'] }, red), 400, 'HTTPBadRequest', 'tags');
      await refused(() => post('networks', { network: { tags: ['x'] } }, red), 400, 'HTTPBadRequest', 'tags');
    });

    it('is a domain of their own, on networks of their own', async () => {
      const network = await api.make('network', { dns_domain: 'net.example.' }, red);
      await api.make(
        'subnet',
        { network_id: network.id, ...slaacModes, ip_version: 6, cidr: 'fd00:d0::/64' },
        red,
      );
      const wish = { network_id: network.id, dns_name: 'web', dns_domain: 'shop.example.' };
      const port = await api.make('port', wish, red);
      assert.equal(port.dns_domain, 'shop.example.');
      assert.equal(port.dns_assignment?.[0]?.fqdn, 'web.net.example.');
      assert.equal((await changed(port.id, { dns_domain: '' }, red)).dns_domain, '');
      await refused(() => change(port.id, { dns_domain: 7 }, red), 400, 'HTTPBadRequest', 'dns_domain');
      const shared = await api.make('network', { shared: true });
      // Others on a network would be told the name.
      const foreign = { network_id: shared.id, dns_name: 'www', dns_domain: 'example.org' };
      await refused(() => post('ports', { port: foreign }, red), 403, 'PolicyNotAuthorized', 'dns_domain');
      const guest = await api.make('port', { network_id: shared.id, dns_domain: '' }, red);
      const taken = { dns_domain: 'example.org' };
      await refused(() => change(guest.id, taken, red), 403, 'PolicyNotAuthorized', 'dns_domain');
      assert.equal((await changed(guest.id, taken)).dns_domain, 'example.org');
    });

    it('is kept for Nova, and members set what is theirs', async () => {
      const network = await api.make('network', {}, red);
      const port = await api.make(
        'port',
        { network_id: network.id, propagate_uplink_status: true, numa_affinity_policy: 'socket' },
        red,
      );
      const names = [
        'propagate_uplink_status',
        'numa_affinity_policy',
        'device_profile',
        'data_plane_status',
      ] as const;
      const values = (of: Body) => names.map((name) => of[name] as unknown);
      assert.deepEqual(values(port), [true, 'socket', null, null]);
      assert.deepEqual(values(await changed(port.id, { numa_affinity_policy: null }, red)), [
        true,
        null,
        null,
        null,
      ]);
      assert.deepEqual(values(await changed(port.id, { data_plane_status: 'DOWN' })), [
        true,
        null,
        null,
        'DOWN',
      ]);
      await refused(
        () => change(port.id, { data_plane_status: 'UP' }),
        400,
        'HTTPBadRequest',
        'data_plane_status',
      );
      await refused(() => change(port.id, { data_plane_status: null }, red), 403, 'PolicyNotAuthorized');
      await refused(
        () => post('ports', { port: { network_id: network.id, device_profile: 'gpu' } }, red),
        403,
        'PolicyNotAuthorized',
      );
      await refused(
        () => post('ports', { port: { network_id: network.id, numa_affinity_policy: 'near' } }, red),
        400,
        'HTTPBadRequest',
        'numa_affinity_policy',
      );
      await refused(
        () => change(port.id, { propagate_uplink_status: false }),
        400,
        'HTTPBadRequest',
        'propagate_uplink_status',
      );
      const accelerated = await api.make('port', { network_id: network.id, device_profile: 'gpu' });
      assert.equal((await shown(accelerated.id)).device_profile, 'gpu');
    });

    it('dns_assignment: the name of each address, as the network’s DNS tells it', async () => {
      const network = await api.make('network', { dns_domain: 'red.example.' });
      await api.make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:71::/64' });
      await api.make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.71.0.0/24' });
      const fixed = [{ ip_address: 'fd00:71::5' }, { ip_address: '10.71.0.5' }];
      const port = await api.make('port', { network_id: network.id, dns_name: 'web', fixed_ips: fixed });
      const assigned = (hostname: string, ip_address: string) => ({
        hostname,
        ip_address,
        fqdn: `${hostname}.red.example.`,
      });
      assert.deepEqual(port.dns_assignment, [assigned('web', 'fd00:71::5'), assigned('web', '10.71.0.5')]);
      assert.deepEqual((await shown(port.id)).dns_assignment, port.dns_assignment);
      const unnamed = await changed(port.id, { dns_name: '', fixed_ips: [{ ip_address: 'fd00:71::6' }] });
      assert.deepEqual(unnamed.dns_assignment, [assigned('host-fd00-71--6', 'fd00:71::6')]);
      await api.call('PUT', `/v2.0/networks/${network.id}`, { network: { dns_domain: '' } });
      assert.deepEqual((await shown(port.id)).dns_assignment, [
        { hostname: 'host-fd00-71--6', ip_address: 'fd00:71::6', fqdn: 'host-fd00-71--6.' },
      ]);
    });

    it('lists know addresses by what clients join with commas', async () => {
      const network = await api.make('network', {});
      const wish = { network_id: network.id, ip_version: 6 };
      const subnets = [];
      for (const cidr of ['fd00:73::/64', 'fd00:74::/64'])
        subnets.push(await api.make('subnet', { ...wish, cidr }));
      const port = await api.make('port', {
        network_id: network.id,
        fixed_ips: [{ ip_address: 'fd00:73::5' }],
      });
      const found = async (filter: string) =>
        ((await api.call('GET', `/v2.0/ports?fixed_ips=${filter}`)).body.ports ?? []).map(({ id }) => id);
      const [own, other] = subnets.map(({ id }) => `subnet_id=${id}`);
      assert.deepEqual(await found(`ip_address=fd00:73::5,${own}`), [port.id]);
      assert.deepEqual(await found(`ip_address_substr=73::5,${own}`), [port.id]);
      assert.deepEqual(await found(`ip_address=fd00:73::5,${other}`), []);
      await refused(
        () => api.call('GET', `/v2.0/ports?fixed_ips=${own},address=5`),
        400,
        'HTTPBadRequest',
        'address=5',
      );
    });

    it('a MAC address of null makes a new one, and SLAAC addresses follow', async () => {
      const network = await api.make('network', {}, red);
      const place = { network_id: network.id, ip_version: 6, cidr: 'fd00:72::/64', ...slaacModes };
      await api.make('subnet', place, red);
      const port = await api.make('port', { network_id: network.id, mac_address: null }, red);
      assert.match(String(port.mac_address), /^fa:16:3e:/);
      await refused(() => change(port.id, { mac_address: null }, red), 403, 'PolicyNotAuthorized');
      const moved = await changed(port.id, { mac_address: null });
      assert.match(String(moved.mac_address), /^fa:16:3e:/);
      assert.notEqual(moved.mac_address, port.mac_address);
      assert.notDeepEqual(moved.fixed_ips, port.fixed_ips);
      assert.deepEqual((await shown(port.id)).fixed_ips, moved.fixed_ips);
      await refused(() => change(port.id, { mac_address: '' }), 400, 'HTTPBadRequest', 'mac_address');
    });
  });
}
