import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

/** Subnets that take their prefixes from pools. */
export function describeSubnetPools(): void {
  const red = member('pools-red');
  const blue = member('pools-blue');

  const pool = (prefixes: string[], wish: object = {}, headers = red) =>
    api.make('subnetpool', { name: 'p', prefixes, ...wish }, headers);
  const network = (headers = red) => api.make('network', {}, headers);
  const wishFor = async (wish: object, headers = red) => ({
    subnet: { network_id: (await network(headers)).id, ip_version: 6, ...wish },
  });
  /** Makes a subnet on a network of its own. */
  const take = async (wish: object, headers = red): Promise<Body> => {
    const { status, body } = await post('subnets', await wishFor(wish, headers), headers);
    assert.equal(status, 201, JSON.stringify(body));
    return body.subnet!;
  };
  const refuses = async (wish: object, status: number, type: string, ...words: string[]) => {
    const body = await wishFor(wish);
    await refused(() => post('subnets', body, red), status, type, ...words);
  };
  const act = (id: unknown, action: string, body: object, headers = red) =>
    api.call('PUT', `/v2.0/subnetpools/${id}/${action}`, body, headers);
  const remove = async (path: string, status = 204, headers = red) =>
    assert.equal((await api.call('DELETE', `/v2.0/${path}`, undefined, headers)).status, status);

  describe('subnet pools', () => {
    it('have as few prefixes as possible, of one IP version, and bounds as is usual', async () => {
      const made = await pool(['fd00:a:0:1::/64', 'fd00:a::/64', 'fd00:b::/48']);
      assert.deepEqual(made.prefixes, ['fd00:a::/63', 'fd00:b::/48']);
      assert.deepEqual(
        ['ip_version', 'min_prefixlen', 'default_prefixlen', 'max_prefixlen', 'default_quota'].map(
          (name) => made[name],
        ),
        [6, 64, 64, 128, null],
      );
      const ipv4 = await pool(['10.0.0.0/8'], { default_prefixlen: '24' });
      assert.deepEqual([ipv4.min_prefixlen, ipv4.default_prefixlen, ipv4.max_prefixlen], [8, 24, 32]);
      for (const [wish, type] of [
        [{ prefixes: [] }, 'EmptySubnetPoolPrefixList'],
        [{ prefixes: ['fd00::/48', '10.0.0.0/8'] }, 'PrefixVersionMismatch'],
        [{ prefixes: ['fd00::/48'], min_prefixlen: 70, max_prefixlen: 69 }, 'IllegalSubnetPoolPrefixBounds'],
        [{ prefixes: ['fd00::/48'], default_prefixlen: 63 }, 'IllegalSubnetPoolPrefixBounds'],
        [{ prefixes: ['10.0.0.0/8'], max_prefixlen: 33 }, 'IllegalSubnetPoolPrefixBounds'],
        [{ prefixes: ['fd00::1/48'] }, 'HTTPBadRequest'],
        [{ prefixes: ['fd00::/48', '::/0'] }, 'InvalidInput'],
        [{ prefixes: ['fd00:a9fe:a9fe::/48'] }, 'InvalidInput'],
        [{ prefixes: ['224.0.0.0/3'] }, 'InvalidInput'],
        [{ prefixes: ['192.0.0.0/24'] }, 'InvalidInput'],
      ] as const)
        await refused(() => post('subnetpools', { subnetpool: { name: 'p', ...wish } }, red), 400, type);
    });

    it('have as many prefixes as one may, together in a request', async () => {
      const prefixes = (pool: number, count: number) =>
        Array.from({ length: count }, (_, index) => `fd77:${pool}:${index.toString(16)}::/48`);
      const make = (...counts: number[]) =>
        post(
          'subnetpools',
          { subnetpools: counts.map((count, pool) => ({ name: 'p', prefixes: prefixes(pool, count) })) },
          red,
        );
      await refused(() => make(500, 501), 400, 'HTTPBadRequest', '1001', '1000');
      assert.equal((await make(999, 1)).status, 201);
    });

    it('give prefixes of the length asked for, until there is none, and take them back', async () => {
      const { id } = await pool(['fd00:c::/62']);
      const cidrs = async () => {
        const taken = [];
        for (let count = 0; count < 4; count++) taken.push(await take({ subnetpool_id: id, ...slaacModes }));
        return taken;
      };
      const first = await cidrs();
      assert.deepEqual(first.map(({ cidr }) => cidr).sort(), [
        'fd00:c:0:1::/64',
        'fd00:c:0:2::/64',
        'fd00:c:0:3::/64',
        'fd00:c::/64',
      ]);
      assert.deepEqual([first[0]?.subnetpool_id, first[0]?.gateway_ip], [id, 'fd00:c::1']);
      assert.equal('prefixlen' in first[0]!, false);
      await refuses({ subnetpool_id: id }, 409, 'SubnetAllocationError', '/64', String(id));
      await remove(`subnetpools/${id}`, 400);
      // With its network, or alone.
      await remove(`networks/${first[0]?.network_id}`);
      for (const { id: subnet } of first.slice(1)) await remove(`subnets/${subnet}`);
      assert.deepEqual((await cidrs()).map(({ cidr }) => cidr).sort(), first.map(({ cidr }) => cidr).sort());
    });

    it('use what is left of smaller ones before they break larger ones', async () => {
      const { id } = await pool(['fd00:d::/48'], { max_prefixlen: 80 });
      const taken = [];
      for (const prefixlen of [80, 64, 80]) taken.push((await take({ subnetpool_id: id, prefixlen })).cidr);
      assert.deepEqual(taken, ['fd00:d::/80', 'fd00:d:0:1::/64', 'fd00:d:0:0:1::/80']);
      await refuses({ subnetpool_id: id, prefixlen: 63 }, 400, 'MinPrefixSubnetAllocationError', '63', '64');
      await refuses({ subnetpool_id: id, prefixlen: 81 }, 400, 'MaxPrefixSubnetAllocationError', '81', '80');
    });

    it('give a prefix that is asked for, once', async () => {
      const { id } = await pool(['fd00:e::/48']);
      const asked = { subnetpool_id: id, cidr: 'fd00:e:0:ff::/64' };
      const subnet = await take({
        ...asked,
        allocation_pools: [{ start: 'fd00:e:0:ff::5', end: 'fd00:e:0:ff::9' }],
      });
      assert.equal(subnet.cidr, asked.cidr);
      await refuses(asked, 409, 'SubnetAllocationError', asked.cidr);
      await refuses({ ...asked, cidr: 'fd00:f::/64' }, 409, 'SubnetAllocationError', 'fd00:f::/64');
      await remove(`subnets/${subnet.id}`);
      assert.equal((await take(asked)).cidr, asked.cidr);
    });

    it('say what is wrong with a request', async () => {
      const { id } = await pool(['fd00:10::/48']);
      const ipv4 = await pool(['10.0.0.0/8']);
      await refuses({}, 400, 'HTTPBadRequest', 'subnetpool', 'cidr');
      await refuses({ prefixlen: 64 }, 400, 'HTTPBadRequest', 'subnetpool_id');
      await refuses(
        { subnetpool_id: id, prefixlen: 64, cidr: 'fd00:10::/64' },
        400,
        'HTTPBadRequest',
        'cidr',
      );
      await refuses({ subnetpool_id: absent }, 404, 'SubnetPoolNotFound', absent);
      await refuses({ subnetpool_id: ipv4.id }, 400, 'HTTPBadRequest', 'IPv6', 'IPv4');
      await refuses({ subnetpool_id: 'prefix_delegation' }, 400, 'HTTPBadRequest', 'slaac');
      await refuses({ subnetpool_id: id, use_default_subnetpool: true }, 400, 'HTTPBadRequest', 'both');
      await refuses(
        { subnetpool_id: id, allocation_pools: [{ start: 'fd00::1', end: 'fd00::2' }] },
        400,
        'HTTPBadRequest',
        'allocation_pools',
      );
      await refuses({ subnetpool_id: id, prefixlen: 65, ...slaacModes }, 400, 'InvalidInput', '/64');
      assert.equal((await take({ subnetpool_id: null, cidr: 'fd00:10::/64' })).subnetpool_id, null);
    });

    it('are those of all subnets of an IP version on a network', async () => {
      const one = await pool(['fd00:11::/48']);
      const other = await pool(['fd00:12::/48']);
      const { network_id } = await take({ subnetpool_id: one.id });
      const on = (wish: object) => () =>
        post('subnets', { subnet: { network_id, ip_version: 6, ...wish } }, red);
      for (const wish of [{ subnetpool_id: other.id }, { cidr: 'fd00:13::/64' }])
        await refused(on(wish), 400, 'NetworkSubnetPoolAffinityError', String(one.id));
      assert.equal((await on({ subnetpool_id: one.id })()).status, 201);
      assert.equal((await on({ ip_version: 4, cidr: '10.0.0.0/24' })()).status, 201);
    });

    it('limit what a project has', async () => {
      const { id } = await pool(['fd00:14::/48'], { default_quota: 3, min_prefixlen: 62, max_prefixlen: 65 });
      await take({ subnetpool_id: id, prefixlen: 63 });
      await refuses({ subnetpool_id: id, prefixlen: 63 }, 409, 'SubnetPoolQuotaExceeded', 'pools-red', '3');
      for (const prefixlen of [65, 65]) await take({ subnetpool_id: id, prefixlen });
      await refuses({ subnetpool_id: id, prefixlen: 65 }, 409, 'SubnetPoolQuotaExceeded');
    });

    it('limit it to the last address', async () => {
      const { id } = await pool(['fd00:1e::/48'], { default_quota: 1 });
      await take({ subnetpool_id: id });
      const asked = { subnetpool_id: id, prefixlen: 128, enable_dhcp: false };
      await refuses(asked, 409, 'SubnetPoolQuotaExceeded', '1 of 1');
    });

    it('are not broken into more pieces than can be kept', async () => {
      const holes = Array.from({ length: 20 }, (_, index) => `fd00:1f:${index + 1}::1/128`);
      const { id } = await pool(['fd00:1f::/32'], { max_prefixlen: 128 });
      const asked = () => act(id, 'remove_prefixes', { prefixes: holes });
      await refused(asked, 400, 'HTTPBadRequest', '1000');
      assert.equal((await act(id, 'remove_prefixes', { prefixes: holes.slice(0, 5) })).status, 200);
      const scattered = await pool(holes);
      await refused(
        () => act(scattered.id, 'add_prefixes', { prefixes: ['fd00:1f::/32'] }),
        400,
        'HTTPBadRequest',
        '1000',
      );
    });

    it('are others’ when an administrator shares them', async () => {
      const own = await pool(['fd00:15::/48']);
      const body = await wishFor({ subnetpool_id: own.id }, blue);
      await refused(() => post('subnets', body, blue), 404, 'SubnetPoolNotFound');
      await refused(
        () => post('subnetpools', { subnetpool: { name: 'p', prefixes: ['fd00::/48'], shared: true } }, red),
        403,
        'PolicyNotAuthorized',
        'shared',
      );
      const shared = await pool(['fd00:16::/48'], { shared: true }, {} as typeof red);
      assert.equal((await take({ subnetpool_id: shared.id }, blue)).project_id, 'pools-blue');
      assert.equal((await api.call('GET', `/v2.0/subnetpools/${shared.id}`, undefined, blue)).status, 200);
    });

    it('have one default for each IP version', async () => {
      await refuses({ use_default_subnetpool: true }, 400, 'HTTPBadRequest', 'default');
      const made = await pool(['fd00:17::/48'], { is_default: true, shared: true }, {} as typeof red);
      await refused(
        () =>
          post('subnetpools', { subnetpool: { name: 'p', prefixes: ['fd00:18::/48'], is_default: true } }),
        400,
        'InvalidInput',
        String(made.id),
      );
      assert.equal((await take({ use_default_subnetpool: true })).subnetpool_id, made.id);
      const none = { subnetpool: { is_default: false } };
      assert.equal((await api.call('PUT', `/v2.0/subnetpools/${made.id}`, none)).status, 200);
    });

    it('get prefixes, and lose those that no subnet has', async () => {
      const { id } = await pool(['fd00:19::/64']);
      const added = await act(id, 'add_prefixes', { prefixes: ['fd00:19:0:1::/64', 'fd00:1a::/64'] });
      assert.deepEqual(added.body, { prefixes: ['fd00:19::/63', 'fd00:1a::/64'] });
      const { cidr } = await take({ subnetpool_id: id, cidr: 'fd00:19:0:1::/64' });
      await refused(
        () => act(id, 'remove_prefixes', { prefixes: ['fd00:19::/63'] }),
        400,
        'IllegalSubnetPoolPrefixUpdate',
      );
      assert.equal((await act(id, 'remove_prefixes', { prefixes: ['fd00:19::/64'] })).status, 200);
      const rest = await act(id, 'remove_prefixes', { prefixes: ['fd00:1a::/60', 'fd00:ff::/48'] });
      assert.deepEqual(rest.body, { prefixes: [cidr] });
      await refuses({ subnetpool_id: id }, 409, 'SubnetAllocationError');
      const put = (prefixes: string[]) =>
        api.call('PUT', `/v2.0/subnetpools/${id}`, { subnetpool: { prefixes } }, red);
      await refused(() => put(['fd00:1a::/64']), 400, 'IllegalSubnetPoolPrefixUpdate', String(cidr));
      assert.equal((await put([String(cidr), 'fd00:1b::/64'])).status, 200);
      assert.equal((await take({ subnetpool_id: id })).cidr, 'fd00:1b::/64');
    });

    describe('give prefixes to ports', () => {
      const put = (id: unknown, delegated_prefixes: unknown[], headers = red) =>
        api.call('PUT', `/v2.0/ports/${id}`, { port: { delegated_prefixes } }, headers);
      const prefixesAfter = async (id: unknown, wishes: unknown[]) => {
        const { status, body } = await put(id, wishes);
        assert.equal(status, 200, JSON.stringify(body));
        return body.port?.delegated_prefixes;
      };
      const portWith = async (...delegated_prefixes: unknown[]) =>
        api.make('port', { network_id: (await network()).id, delegated_prefixes }, red);

      it('of the length asked for, or of the usual one, and take them back', async () => {
        const { id } = await pool(['fd00:20::/55'], { min_prefixlen: 48, default_prefixlen: 56 });
        const usual = await portWith({ subnetpool_id: id });
        const longer = await portWith({ subnetpool_id: id, prefixlen: 60 }, 'fd00:21::/64');
        assert.deepEqual(usual.delegated_prefixes, ['fd00:20::/56']);
        assert.deepEqual(longer.delegated_prefixes, ['fd00:20:0:100::/60', 'fd00:21::/64']);
        // Subnets get what is left, and the other way round.
        assert.equal((await take({ subnetpool_id: id, prefixlen: 60 })).cidr, 'fd00:20:0:110::/60');
        const port = { network_id: usual.network_id, delegated_prefixes: [{ subnetpool_id: id }] };
        await refused(() => post('ports', { port }, red), 409, 'SubnetAllocationError', '/56');
        await refused(
          () => act(id, 'remove_prefixes', { prefixes: ['fd00:20::/56'] }),
          400,
          'IllegalSubnetPoolPrefixUpdate',
          'ports',
        );
        await remove(`ports/${usual.id}`);
        assert.deepEqual((await portWith({ subnetpool_id: id })).delegated_prefixes, ['fd00:20::/56']);
      });

      it('again the same to who has one and wishes again', async () => {
        const { id } = await pool(['fd00:22::/48'], { default_prefixlen: 64, min_prefixlen: 48 });
        const wish = { subnetpool_id: id, prefixlen: 60 };
        await portWith(wish);
        const port = await portWith(wish);
        const [own] = port.delegated_prefixes as string[];
        assert.equal(own, 'fd00:22:0:10::/60');
        assert.deepEqual(await prefixesAfter(port.id, [wish]), [own]);
        assert.deepEqual(await prefixesAfter(port.id, [own]), [own]);
        assert.deepEqual(await prefixesAfter(port.id, [own, wish]), [own, 'fd00:22:0:20::/60']);
        assert.deepEqual(await prefixesAfter(port.id, [wish]), [own], 'the first that it had');
        // Of one that is named in part, nobody else gets the rest.
        assert.deepEqual(await prefixesAfter(port.id, ['fd00:22:0:18::/61']), ['fd00:22:0:18::/61']);
        assert.deepEqual((await portWith(wish)).delegated_prefixes, ['fd00:22:0:20::/60']);
        assert.deepEqual(await prefixesAfter(port.id, []), []);
        assert.deepEqual((await portWith(wish)).delegated_prefixes, [own]);
      });

      it('as quotas allow, together with subnets', async () => {
        const { id } = await pool(['fd00:23::/48'], {
          default_quota: 3,
          min_prefixlen: 62,
          default_prefixlen: 64,
        });
        await take({ subnetpool_id: id });
        const port = await portWith({ subnetpool_id: id });
        for (const wishes of [
          [...(port.delegated_prefixes as string[]), { subnetpool_id: id, prefixlen: 63 }],
          [{ subnetpool_id: id, prefixlen: 62 }],
        ])
          await refused(() => put(port.id, wishes), 409, 'SubnetPoolQuotaExceeded', 'pools-red');
        assert.deepEqual(await prefixesAfter(port.id, [{ subnetpool_id: id, prefixlen: 63 }]), [
          'fd00:23:0:2::/63',
        ]);
        await remove(`subnetpools/${id}`, 400);
      });

      it('that an instance can use, to who may have them', async () => {
        const own = await pool(['2001:db8:24::/48'], { max_prefixlen: 80 });
        const shared = await pool(['2001:db8:25::/48'], { shared: true }, {} as typeof red);
        const ipv4 = await pool(['10.0.0.0/8']);
        const port = await portWith();
        for (const [wish, status, type, word] of [
          [{ subnetpool_id: own.id }, 403, 'PolicyNotAuthorized', '2001:db8:24::/64'],
          [{ subnetpool_id: own.id, prefixlen: 80 }, 400, 'HTTPBadRequest', 'delegated_prefixes[0]'],
          [{ subnetpool_id: own.id, prefixlen: 60 }, 400, 'MinPrefixSubnetAllocationError', '60'],
          [{ subnetpool_id: ipv4.id }, 400, 'HTTPBadRequest', 'IPv4'],
          [{ subnetpool_id: absent }, 404, 'SubnetPoolNotFound', absent],
          [{ prefixlen: 64 }, 400, 'HTTPBadRequest', 'subnetpool_id'],
        ] as const)
          await refused(() => put(port.id, [wish]), status, type, word);
        assert.deepEqual(await prefixesAfter(port.id, [{ subnetpool_id: shared.id }]), ['2001:db8:25::/64']);
        const pool6 = await pool(['2001:db8:26::/48'], {}, blue);
        await refused(() => put(port.id, [{ subnetpool_id: pool6.id }]), 404, 'SubnetPoolNotFound');
      });
    });

    it('take subnets in that are there', async () => {
      const { id } = await pool(['fd00:1c::/48']);
      const inside = await take({ cidr: 'fd00:1c::/64' });
      const outside = await take({ cidr: 'fd00:1d::/64' });
      for (const { network_id } of [inside, outside])
        assert.equal((await act(id, 'onboard_network_subnets', { network_id })).status, 200);
      const { body } = await api.call('GET', `/v2.0/subnetpools/${id}`, undefined, red);
      assert.deepEqual(body.subnetpool?.prefixes, ['fd00:1c::/48', 'fd00:1d::/64']);
      assert.equal((await take({ subnetpool_id: id })).cidr, 'fd00:1c:0:1::/64');
      const twice = await take({ cidr: 'fd00:1c::/64' });
      await refused(
        () => act(id, 'onboard_network_subnets', { network_id: twice.network_id }),
        400,
        'IllegalSubnetPoolPrefixUpdate',
        'fd00:1c::/64',
      );
      await remove(`subnets/${outside.id}`);
      assert.equal((await take({ subnetpool_id: id, cidr: 'fd00:1d::/64' })).subnetpool_id, id);
    });
  });
}
