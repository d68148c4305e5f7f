/** BGP speakers and peers in the API. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { recordHeartbeat } from '../../src/resources/index.ts';
import type { Body } from '../support/api.ts';
import { absent, api, member, post, refused, slaacModes } from './harness.ts';

export function describeBgp(): void {
  describe('BGP', () => {
    const red = member('bgp-red');
    let speaker: Body;
    let peer: Body;
    let outside: Body;
    let inside: Body;
    let router: Body;
    const pools: Record<string, Body> = {};

    const act = (action: string, body: unknown, to = speaker) =>
      api.call('PUT', `/v2.0/bgp-speakers/${to.id}/${action}`, body);
    const shown = async (one = speaker) =>
      (await api.call('GET', `/v2.0/bgp-speakers/${one.id}`)).body.bgp_speaker as Body;
    const advertised = async (one = speaker) => {
      const answer = await api.call('GET', `/v2.0/bgp-speakers/${one.id}/get_advertised_routes`);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return (answer.body.advertised_routes as Body[]).map(
        ({ destination, next_hop }) => `${destination} by ${next_hop}`,
      );
    };
    const attach = (one: Body, verb = 'add') =>
      api.call('PUT', `/v2.0/routers/${router.id}/${verb}_router_interface`, { subnet_id: one.id }, red);
    const subnetOf = async (pool: Body, more: object = slaacModes) =>
      api.make(
        'subnet',
        {
          network_id: (await api.make('network', {}, red)).id,
          ...{ ip_version: 6, subnetpool_id: pool.id, prefixlen: 64, ...more },
        },
        red,
      );

    before(async () => {
      const scopes = {
        announced: await api.make('address_scope', { ip_version: 6, shared: true }),
        other: await api.make('address_scope', { ip_version: 6, shared: true }),
        four: await api.make('address_scope', { ip_version: 4, shared: true }),
      };
      const make = async (name: string, prefix: string, scope: Body | null) => {
        const wish = { name, prefixes: [prefix], address_scope_id: scope?.id ?? null, shared: true };
        const shortest = prefix.includes(':') ? 60 : 24;
        pools[name] = await api.make('subnetpool', { ...wish, min_prefixlen: shortest });
      };
      await make('outer', '2001:db8:b0::/48', scopes.announced);
      await make('inner', '2001:db8:b1::/48', scopes.announced);
      await make('other', '2001:db8:b2::/48', scopes.other);
      await make('none', '2001:db8:b3::/48', null);
      await make('outer4', '198.51.100.0/24', scopes.four);
      await make('inner4', '100.64.0.0/16', scopes.four);
      outside = await api.make('network', { 'router:external': true });
      const link = { network_id: outside.id, enable_dhcp: false };
      const from6 = { ip_version: 6, subnetpool_id: pools.outer!.id, prefixlen: 64 };
      await api.make('subnet', { ...link, ...from6 });
      await api.make('subnet', {
        ...{ ...link, ip_version: 4, subnetpool_id: pools.outer4!.id, prefixlen: 25 },
      });
      router = await api.make('router', { external_gateway_info: { network_id: outside.id } }, red);
      inside = await subnetOf(pools.inner!);
      assert.equal((await attach(inside)).status, 200);
    });

    it('has speakers and peers, of administrators', async () => {
      speaker = await api.make('bgp_speaker', { name: 's', local_as: '4200000000', ip_version: 6 });
      assert.deepEqual(
        [speaker.local_as, speaker.ip_version, speaker.peers, speaker.networks, speaker.sessions],
        [4_200_000_000, 6, [], [], []],
      );
      assert.deepEqual(
        [speaker.advertise_tenant_networks, speaker.advertise_floating_ip_host_routes],
        [true, true],
      );
      assert.equal((await shown()).local_as, 4_200_000_000);
      peer = await api.make('bgp_peer', {
        ...{ name: 'p', peer_ip: '2001:DB8:b0::9', remote_as: 64_513, auth_type: 'md5', password: 'secret' },
      });
      assert.deepEqual([peer.peer_ip, peer.auth_type, peer.bfd], ['2001:db8:b0::9', 'md5', false]);
      assert.equal('password' in peer, false);
      const { body } = await api.call('GET', `/v2.0/bgp-peers/${peer.id}`);
      assert.equal(JSON.stringify(body).includes('secret'), false);
      const mine = { bgp_speaker: { local_as: 1, ip_version: 6 } };
      await refused(() => post('bgp-speakers', mine, red), 403, 'PolicyNotAuthorized');
      await refused(
        () => api.call('GET', `/v2.0/bgp-speakers/${speaker.id}`, undefined, red),
        404,
        'BgpSpeakerNotFound',
      );
      for (const wish of [{ local_as: 0 }, { local_as: 2 ** 32 }])
        await refused(
          () => post('bgp-speakers', { bgp_speaker: { ip_version: 6, ...wish } }),
          400,
          'HTTPBadRequest',
        );
      const wish = { local_as: 1, ip_version: 5 };
      await refused(() => post('bgp-speakers', { bgp_speaker: wish }), 400, 'HTTPBadRequest', 'ip_version');
    });

    it('takes passwords where they are used', async () => {
      const wish = { peer_ip: '2001:db8:b0::8', remote_as: 1 };
      const ask = (more: object) => () => post('bgp-peers', { bgp_peer: { ...wish, ...more } });
      const change = (body: object, one = peer) =>
        api.call('PUT', `/v2.0/bgp-peers/${one.id}`, { bgp_peer: body });
      await refused(ask({ auth_type: 'md5' }), 400, 'InvalidBgpPeerMd5Authentication');
      await refused(ask({ auth_type: 'md5', password: 'two words' }), 400, 'InvalidInput');
      await refused(ask({ peer_ip: 'fe80::1' }), 400, 'HTTPBadRequest', 'link-local');
      for (const peer_ip of ['::', '::1', 'ff02::1', '0.0.0.0', '127.0.0.1', '224.0.0.1'])
        await refused(ask({ peer_ip }), 400, 'HTTPBadRequest', 'no router');
      await refused(ask({ peer_ip: 'nowhere' }), 400, 'HTTPBadRequest', 'peer_ip');
      const plain = await api.make('bgp_peer', wish);
      await refused(() => change({ password: 'x' }, plain), 404, 'BgpPeerNotAuthenticated', String(plain.id));
      assert.equal((await change({ name: 'q' }, plain)).status, 200);
      for (const password of [null, ''])
        await refused(() => change({ password }), 400, 'InvalidBgpPeerMd5Authentication');
      assert.equal((await change({ password: 'other', bfd: true })).status, 200);
      const row = await api.store.read
        .selectFrom('bgp_peers')
        .select(['password', 'bfd'])
        .where('id', '=', String(peer.id))
        .executeTakeFirst();
      assert.deepEqual({ ...row }, { password: 'other', bfd: 1 });
      assert.equal((await api.call('DELETE', `/v2.0/bgp-peers/${plain.id}`)).status, 204);
    });

    it('has peers come to a speaker, and go', async () => {
      const id = { bgp_peer_id: peer.id };
      const added = await act('add_bgp_peer', id);
      assert.deepEqual([added.status, added.body], [200, id]);
      assert.deepEqual((await shown()).peers, [peer.id]);
      await refused(() => act('add_bgp_peer', id), 409, 'DuplicateBgpPeerIpException', String(peer.peer_ip));
      await refused(() => act('add_bgp_peer', {}), 400, 'BadRequest', 'bgp_peer_id must be specified');
      await refused(() => act('add_bgp_peer', { bgp_peer_id: 'x' }), 400, 'BadRequest', 'not a valid UUID');
      await refused(() => act('add_bgp_peer', { bgp_peer_id: absent }), 404, 'BgpPeerNotFound');
      assert.equal((await act('remove_bgp_peer', id)).status, 200);
      await refused(() => act('remove_bgp_peer', id), 404, 'BgpSpeakerPeerNotAssociated');
      const gone = await api.make('bgp_peer', { peer_ip: '2001:db8:b0::7', remote_as: 1 });
      assert.equal((await act('add_bgp_peer', { bgp_peer_id: gone.id })).status, 200);
      assert.equal((await api.call('DELETE', `/v2.0/bgp-peers/${gone.id}`)).status, 204);
      assert.deepEqual((await shown()).peers, []);
    });

    it('advertises what is of the external subnet’s address scope, by the router’s address', async () => {
      assert.deepEqual(await advertised(), []);
      const network = { network_id: outside.id };
      assert.deepEqual((await act('add_gateway_network', network)).body, network);
      await refused(() => act('add_gateway_network', network), 409, 'BgpSpeakerNetworkBindingError');
      await refused(() => act('add_gateway_network', { network_id: absent }), 404, 'NetworkNotFound');
      const hops = (router.external_gateway_info!.external_fixed_ips as Body[]).map((one) => one.ip_address!);
      const hop6 = hops.find((address) => address.includes(':'));
      const hop4 = hops.find((address) => address.includes('.'));
      const expected = [`${inside.cidr} by ${hop6}`];
      assert.deepEqual(await advertised(), expected);
      // What is of another scope, or of none, is not.
      for (const pool of [pools.other!, pools.none!]) {
        const foreign = await subnetOf(pool);
        await attach(foreign);
        assert.deepEqual(await advertised(), expected, String(pool.name));
        await attach(foreign, 'remove');
      }
      const port = await api.make('port', { network_id: inside.network_id }, red);
      const delegated = [{ subnetpool_id: pools.inner!.id, prefixlen: 60 }];
      const wish = { network_id: inside.network_id, delegated_prefixes: delegated };
      const routing = await api.make('port', wish);
      const further = `${routing.delegated_prefixes![0]} by ${hop6}`;
      assert.deepEqual(await advertised(), [...expected, further]);
      const ipv4 = await subnetOf(pools.inner4!, { ip_version: 4, prefixlen: 26 });
      await attach(ipv4);
      assert.deepEqual(await advertised(), [...expected, further]);
      const four = await api.make('bgp_speaker', { local_as: 64_512, ip_version: 4 });
      await act('add_gateway_network', network, four);
      assert.deepEqual(await advertised(four), [`${ipv4.cidr} by ${hop4}`]);
      const floating = { floating_network_id: outside.id, port_id: port.id };
      const subnets = (await api.call('GET', `/v2.0/subnets?network_id=${outside.id}&ip_version=6`)).body;
      const fip = await api.make('floatingip', { ...floating, subnet_id: subnets.subnets![0]!.id }, red);
      const host = `${fip.floating_ip_address}/128 by ${hop6}`;
      assert.deepEqual(await advertised(), [host, ...expected, further]);
      const change = (body: object) =>
        api.call('PUT', `/v2.0/bgp-speakers/${speaker.id}`, { bgp_speaker: body });
      await change({ advertise_tenant_networks: false });
      assert.deepEqual(await advertised(), [host]);
      await change({ advertise_tenant_networks: true, advertise_floating_ip_host_routes: false });
      assert.deepEqual(await advertised(), [...expected, further]);
      await api.call('DELETE', `/v2.0/floatingips/${fip.id}`);
      const power = (admin_state_up: boolean) =>
        api.call('PUT', `/v2.0/routers/${router.id}`, { router: { admin_state_up } }, red);
      await power(false);
      assert.deepEqual(await advertised(), []);
      await power(true);
      assert.equal((await advertised()).length, 2);
      assert.deepEqual((await act('remove_gateway_network', network)).body, network);
      await refused(() => act('remove_gateway_network', network), 404, 'BgpSpeakerNetworkNotAssociated');
      assert.deepEqual(await advertised(), []);
    });

    it('says which hosts speak, and has nobody else say it', async () => {
      await act('add_gateway_network', { network_id: outside.id });
      const self = { chassis: 'bgp-1', host: 'bgp-1', configurations: {} };
      await api.store.transaction((tx) => recordHeartbeat(tx, self));
      const { body } = await api.call('GET', '/v2.0/agents?host=bgp-1');
      const agent = (body.agents as Body[])[0]!;
      const hosts = async () => {
        const answer = await api.call('GET', `/v2.0/bgp-speakers/${speaker.id}/bgp-dragents`);
        return (answer.body.agents as Body[]).filter(({ host }) => host === 'bgp-1').map(({ id }) => id);
      };
      const at = `/v2.0/agents/${agent.id}/bgp-drinstances`;
      const spoken = async () =>
        ((await api.call('GET', at)).body.bgp_speakers as Body[])
          .map(({ id }) => id)
          .filter((id) => id === speaker.id);
      const give = () => api.call('POST', at, { bgp_speaker_id: speaker.id });
      const take = () => api.call('DELETE', `${at}/${speaker.id}`);
      assert.deepEqual([await hosts(), await spoken()], [[], []]);
      await refused(give, 404, 'DrAgentInvalid', String(agent.id));
      await refused(take, 404, 'DrAgentNotHostingBgpSpeaker');
      await api.store.transaction(async (tx) => {
        const port = await tx.db
          .selectFrom('routers')
          .select('gateway_port_id')
          .where('id', '=', String(router.id))
          .executeTakeFirstOrThrow();
        const gateway = { router_id: String(router.id), gateway_port_id: String(port.gateway_port_id) };
        const place = { ...gateway, chassis: 'bgp-1', host: 'bgp-1', place: 9, reason: '' };
        await tx.db.insertInto('gateway_hosts').values(place).execute();
      });
      assert.deepEqual([await hosts(), await spoken()], [[agent.id], [speaker.id]]);
      await refused(give, 409, 'DrAgentAssociationError', String(agent.id));
      await refused(take, 409, 'BgpSpeakerRescheduleError', String(speaker.id));
      assert.equal((await api.call('GET', at, undefined, red)).status, 404);
      await api.call('DELETE', `/v2.0/agents/${agent.id}`);
    });
  });
}
