/** What hosts on other machines are answered: by TLS, each by its certificate, each of its own ports alone. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startTestApi } from '../../test/support/api.ts';
import { eventually } from '../../test/support/eventually.ts';
import { settings } from '../../test/support/operations.ts';
import { quiet } from '../../test/support/stores.ts';
import { Address } from '../addressing/index.ts';
import { SecurityGroupLog } from '../engine/index.ts';
import { CertificateRenewal } from '../host/certificate-renewal.ts';
import { isToEncrypt } from '../host/encryption/index.ts';
import { addressServerBy } from '../host/guard/address-reports.ts';
import { enrol, identityFiles, isHostOf, JoinError } from '../host/joining.ts';
import { ServerChannel } from '../host/server-channel.ts';
import {
  CAN_ENCRYPT,
  type Encryption,
  type EncryptionOrder,
  HOST_API,
  type JoinToken,
  PORT_HEADER,
  parseJoinToken,
} from '../host-contract/index.ts';
import { Authority, readCertificate, requestFor } from '../pki/index.ts';
import { startRemoteHostApi } from './host-api.ts';
import { HostDoor } from './host-door.ts';
import { HostMetrics } from './host-metrics.ts';

/** A service that listens for hosts on loopback, and machines that are directories. */
async function start(t: TestContext, hostDays?: number, encryption: Encryption = 'none') {
  const directory = mkdtempSync(join(tmpdir(), 'sextant-remote-'));
  const authority = await Authority.open(join(directory, 'authority'), hostDays);
  const { fingerprint } = authority;
  const tokenOf = ({ id, secret }: Omit<JoinToken, 'fingerprint'>) => `${id}.${secret}.${fingerprint}`;
  const joining = { server: 'https://[::1]:9697', tokenOf };
  const api = await startTestApi(undefined, { settings: { ...settings, knowsHosts: true, joining } });
  /** Where OVN has ports. */
  const places = new Map<string, string>();
  /** Hosts of which the southbound database was told to hear no more, in its turns. */
  const expelled: string[][] = [];
  const door = new HostDoor({
    authority,
    store: api.store,
    expel: async (chassis) => void expelled.push([...chassis]),
    everyMs: 20,
    log: quiet,
  });
  const controllerLog = join(directory, 'ovn-controller.log');
  const file = join(directory, 'security-group.log');
  const packets = await SecurityGroupLog.start({ store: api.store, controllerLog, file, log: quiet });
  const hostApi = await startRemoteHostApi({
    store: api.store,
    settings,
    hostMetrics: new HostMetrics(),
    address: '::1',
    port: 0,
    namespace: null,
    door,
    packets,
    places: { chassisOf: (portId) => places.get(portId) },
    southboundPort: 6642,
    encryption,
    log: quiet,
  });
  const channels: ServerChannel[] = [];
  t.after(async () => {
    for (const channel of channels) channel.close();
    await hostApi.close();
    await door.stop();
    await packets.stop();
    await api.close();
    rmSync(directory, { recursive: true });
  });
  const server = `https://[::1]:${(hostApi.server.address() as AddressInfo).port}`;
  const placeOf = (machine: string) => join(directory, machine);
  const joinAs = async (machine: string, wish: object = {}, host = machine, ipsec?: string) => {
    const { token } = await api.make('host_token', wish);
    await enrol({ server, token: parseJoinToken(String(token))!, host, ipsec, directory: placeOf(machine) });
    const channel = new ServerChannel(server, identityFiles(placeOf(machine)));
    channels.push(channel);
    return channel;
  };
  return { api, server, places, placeOf, joinAs, authority, expelled, packetLog: file };
}

test('a machine that joins is a host, and southbound databases are where it found the service', async (t) => {
  const { api, server, placeOf } = await start(t);
  const { token, join_command: command } = await api.make('host_token', {});
  assert.equal(String(command), `sextant host join --server https://[::1]:9697 --token ${token}`);
  const directory = placeOf('h1');
  const { southbound, localAddress } = await enrol({
    server,
    token: parseJoinToken(String(token))!,
    host: 'h1',
    directory,
  });
  assert.deepEqual([southbound, localAddress], ['ssl:[::1]:6642', '::1']);
  assert.ok(await isHostOf(server, directory));
  const { body } = await api.call('GET', '/v2.0/agents?host=h1');
  assert.equal(body.agents?.length, 1);
  const { body: tokens } = await api.call('GET', '/v2.0/host-tokens');
  assert.deepEqual(
    tokens.host_tokens?.map(({ used, token: told }) => [used, told]),
    [[1, null]],
    'it is counted, and not told again',
  );
  const rows = await api.store.read.selectFrom('host_tokens').selectAll().execute();
  assert.ok(!JSON.stringify(rows).includes(parseJoinToken(String(token))!.secret));
});

test('a host that is installed anew takes its place with a token for it, and its old certificate counts no more', async (t) => {
  const { api, server, placeOf, joinAs, authority, expelled } = await start(t);
  await joinAs('h1');
  const trusted = authority.trusted;
  const [before] = (await api.call('GET', '/v2.0/agents')).body.agents!;
  await assert.rejects(joinAs('again', {}, 'h1'), /There is a host h1 already/);
  assert.ok(!existsSync(placeOf('again')));
  assert.equal(authority.trusted, trusted, 'who may not join has changed nothing');
  assert.deepEqual(expelled, []);
  await joinAs('again', { host: 'h1' }, 'h1');
  const [after, ...more] = (await api.call('GET', '/v2.0/agents')).body.agents!;
  assert.deepEqual([after?.id, more], [before?.id, []]);
  assert.ok(await isHostOf(server, placeOf('again')));
  assert.ok(!(await isHostOf(server, placeOf('h1'))));
  assert.deepEqual(expelled, [[]], 'connections of the former one end, the chassis stays');
});

test('a host joins with its zones, and keeps them when it joins again without', async (t) => {
  const { api, server, placeOf } = await start(t);
  const join = async (wish: object, zones: object = {}) => {
    const { token } = await api.make('host_token', wish);
    const directory = placeOf('h1');
    await enrol({ server, token: parseJoinToken(String(token))!, host: 'h1', directory, ...zones });
    return (await api.call('GET', '/v2.0/agents')).body.agents?.[0]?.availability_zone;
  };
  assert.equal(await join({}, { availabilityZone: 'east,west' }), 'east, west');
  assert.equal(await join({ host: 'h1' }), 'east, west');
  assert.equal(await join({ host: 'h1' }, { availabilityZone: 'north' }), 'north');
  await assert.rejects(join({ host: 'h1' }, { availabilityZone: 'a b' }), /the name of a zone/);
});

test('a host that was removed is answered no more', async (t) => {
  const { api, server, placeOf, joinAs, authority, expelled } = await start(t);
  const channel = await joinAs('h1');
  await joinAs('h2');
  const ask = () => channel.request({ method: 'GET', path: HOST_API.self });
  assert.equal((await ask()).status, 200);
  const { body } = await api.call('GET', '/v2.0/agents?host=h1');
  await api.call('DELETE', `/v2.0/agents/${body.agents?.[0]?.id}`);
  assert.equal((await ask()).status, 401, 'on a connection that it had');
  assert.ok(!(await isHostOf(server, placeOf('h1'))));
  await eventually('nobody believes its authority', () => authority.hosts().join() === 'h2');
  assert.deepEqual(expelled, [['h1']]);
  assert.ok(await isHostOf(server, placeOf('h2')));
});

test('a certificate is renewed in the last third of its life, and the former one counts until the new one is used', async (t) => {
  // Certificates begin a day ago, for clocks that are behind: of one and two fifths the first is over.
  const { api, server, placeOf, joinAs } = await start(t, 0.4);
  const channel = await joinAs('h1');
  const tls = identityFiles(placeOf('h1'));
  cpSync(placeOf('h1'), placeOf('former'), { recursive: true });
  const serialOf = () => readCertificate(readFileSync(tls.certificate, 'utf8')).serial;
  const before = serialOf();
  const renewal = new CertificateRenewal({ tls, channel, everyMs: 3_600_000, log: quiet });
  t.after(() => renewal.stop());
  await eventually('there is a new certificate', () => serialOf() !== before);
  assert.ok(await isHostOf(server, placeOf('former')), 'the former one counts');
  assert.ok(await isHostOf(server, placeOf('h1')), 'and the new one');
  assert.ok(!(await isHostOf(server, placeOf('former'))), 'which is alone from then on');
  const [agent] = (await api.call('GET', '/v2.0/agents')).body.agents!;
  const { until } = readCertificate(readFileSync(tls.certificate, 'utf8'));
  assert.equal(Date.parse(String(agent?.certificate_expires_at)), until.getTime());
});

test('a certificate that is not due is not renewed, and nobody renews another’s', async (t) => {
  const { server, placeOf, joinAs } = await start(t);
  const channel = await joinAs('h1');
  const request = await requestFor(identityFiles(placeOf('h1')).privateKey, 'h2');
  const early = await channel.request({ method: 'POST', path: HOST_API.renew, body: { request } });
  assert.equal(early.status, 409, `${early.body}`);
  const short = await start(t, 0.4);
  const due = await short.joinAs('h1');
  const { status, body } = await due.request({ method: 'POST', path: HOST_API.renew, body: { request } });
  assert.equal(status, 200);
  const { certificate } = JSON.parse(`${body}`) as { certificate: string };
  assert.equal(readCertificate(certificate).name, 'h1', 'whatever the request says');
  assert.ok(server !== short.server);
});

test('nothing is signed for whoever shows no token', async (t) => {
  const { api, server, placeOf } = await start(t);
  const { token } = await api.make('host_token', {});
  const shown = parseJoinToken(String(token))!;
  const signed = () => readFileSync(join(placeOf('authority'), 'signed'), 'utf8');
  const before = signed();
  const stranger = { ...shown, secret: 'x'.repeat(43) };
  await assert.rejects(
    enrol({ server, token: stranger, host: 'h1', directory: placeOf('h1') }),
    /unknown|no token|not known/i,
  );
  assert.equal(signed(), before);
  await enrol({ server, token: shown, host: 'h1', directory: placeOf('h1') });
  assert.notEqual(signed(), before);
});

test('only administrators make tokens, and see hosts', async (t) => {
  const { api, joinAs } = await start(t);
  await joinAs('h1');
  const member = { 'X-Project-Id': 'p', 'X-Roles': 'member' };
  const { status } = await api.call('POST', '/v2.0/host-tokens', { host_token: {} }, member);
  assert.equal(status, 403);
  assert.deepEqual((await api.call('GET', '/v2.0/agents', undefined, member)).body.agents, []);
});

test('a service that is another than the token’s is told nothing', async (t) => {
  const { server, placeOf } = await start(t);
  const token = { id: randomUUID(), secret: 'x'.repeat(43), fingerprint: 'y'.repeat(43) };
  const joined = enrol({ server, token, host: 'h1', directory: placeOf('h1') });
  await assert.rejects(
    joined,
    (error) => error instanceof JoinError && /Nothing was told/.test(error.message),
  );
});

test('a host learns of its own ports alone, and speaks for itself alone', async (t) => {
  const { api, places, joinAs } = await start(t);
  const [h1, h2] = [await joinAs('h1'), await joinAs('h2')];
  const network = await api.make('network', {});
  const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  await api.make('subnet', { network_id: network.id, cidr: 'fd01::/64', ...slaac });
  const portOn = async (chassis: string, wish: object = {}) => {
    const { id } = await api.make('port', { network_id: network.id, ...wish });
    places.set(String(id), chassis);
    return String(id);
  };
  const found = await portOn('h1');
  // OVN has it where a host says that it is: what an administrator says counts before.
  const bound = await portOn('h2', { 'binding:host_id': 'h1' });
  const metadata = async (channel: ServerChannel, port: string) => {
    const path = `${HOST_API.metadata}/openstack/latest/meta_data.json`;
    return (await channel.request({ method: 'GET', path, headers: { [PORT_HEADER]: port } })).status;
  };
  assert.equal(await metadata(h1, found), 200);
  assert.equal(await metadata(h2, found), 403);
  assert.equal(await metadata(h2, bound), 403);

  const taken = [{ portId: found, address: Address.parse('fd01::abc'), origin: 'solicitation' }] as const;
  const [one, two] = [addressServerBy(h1), addressServerBy(h2)];
  assert.equal((await two.report({ taken, givenUp: [] })).length, 1, 'denied');
  assert.deepEqual(await one.report({ taken, givenUp: [] }), []);
  await two.report({ taken: [], givenUp: taken });
  assert.equal((await one.remembered([found])).length, 1, 'another host gives nothing up for it');
  assert.deepEqual(await two.remembered([found]), []);

  const health = { id: randomUUID(), port_id: found, healthy: false };
  const told = await h2.request({ method: 'POST', path: HOST_API.anycastHealth, body: health });
  assert.equal(told.status, 403);

  const body = { host: 'h1', families: [], configurations: { mark: 'of h2' } };
  assert.equal((await h2.request({ method: 'POST', path: HOST_API.metrics, body })).status, 204);
  const { body: answer } = await api.call('GET', '/v2.0/agents');
  const marks = answer.agents?.map(({ host, configurations }) => [host, configurations?.mark]);
  assert.deepEqual(new Map(marks as [string, unknown][]).get('h2'), 'of h2');
  assert.equal(new Map(marks as [string, unknown][]).get('h1'), undefined);
});

test('a host tells of routers outside on its own networks, and of none that it cannot have heard', async (t) => {
  const { api, joinAs } = await start(t);
  const h1 = await joinAs('h1');
  const alive = { host: 'h1', families: [], configurations: { bridge_mappings: 'physnet1:br-ex' } };
  assert.equal((await h1.request({ method: 'POST', path: HOST_API.metrics, body: alive })).status, 204);
  const external = (segment: number) =>
    api.make('network', {
      ...{ 'router:external': true, 'provider:network_type': 'vlan' },
      ...{ 'provider:physical_network': 'physnet1', 'provider:segmentation_id': segment },
    });
  const [own, other] = [await external(41), await external(42)];
  const router = await api.make('router', { external_gateway_info: { network_id: own.id } });
  const tell = async (...addresses: string[]) => {
    const routers = addresses.map((address) => ({ address, preference: 'high' }));
    const heard = [own, other].map(({ id }) => ({ network_id: id, routers }));
    const body = { host: 'h1', heard };
    const answer = await h1.request({ method: 'POST', path: HOST_API.upstreamRouters, body });
    assert.equal(answer.status, 200, answer.body.toString());
    const { links } = JSON.parse(answer.body.toString()) as { links: { network_id: string }[] };
    assert.deepEqual(
      links.map(({ network_id }) => network_id),
      [own.id],
    );
    const { body: shown } = await api.call('GET', `/v2.0/routers/${router.id}`);
    return (shown.router?.next_hops as unknown as { nexthop: string }[]).map(({ nexthop }) => nexthop);
  };
  assert.deepEqual(await tell('::1', '192.0.2.1', '2001:db8::1', 'ff02::1'), []);
  assert.deepEqual(await tell('2001:db8::1', 'fe80::1'), ['fe80::1']);
});

test('while an instance moves both hosts have to do with its port, and the one where it is speaks for it', async (t) => {
  const { api, joinAs } = await start(t);
  const channels = { h1: await joinAs('h1'), h2: await joinAs('h2'), h3: await joinAs('h3') };
  const network = await api.make('network', {});
  const slaac = { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
  await api.make('subnet', { network_id: network.id, cidr: 'fd01::/64', ...slaac });
  const { id } = await api.make('port', {
    network_id: network.id,
    device_owner: 'compute:nova',
    'binding:host_id': 'h1',
  });
  const port = String(id);
  const bindings = `/v2.0/ports/${port}/bindings`;
  const { status } = await api.call('POST', bindings, { binding: { host: 'h2' } });
  assert.equal(status, 201);
  const serverOf = (host: keyof typeof channels) => addressServerBy(channels[host]);
  const knows = async (host: keyof typeof channels) => (await serverOf(host).remembered([port])).length;
  const given = (text: string) =>
    ({ portId: port, address: Address.parse(text), origin: 'traffic' }) as const;
  for (const [host, text] of [
    ['h1', 'fd01::1'],
    ['h2', 'fd01::2'],
  ] as const)
    assert.deepEqual(await serverOf(host).report({ taken: [given(text)], givenUp: [] }), []);
  assert.deepEqual([await knows('h1'), await knows('h2'), await knows('h3')], [2, 2, 0]);

  await serverOf('h2').report({ taken: [], givenUp: [given('fd01::1')] });
  assert.equal(await knows('h1'), 2, 'its instance is not there yet');
  await api.call('PUT', `${bindings}/h2/activate`);
  await serverOf('h1').report({ taken: [], givenUp: [given('fd01::1')] });
  assert.equal(await knows('h2'), 2, 'its instance is there no more');
  await serverOf('h2').report({ taken: [], givenUp: [given('fd01::1')] });
  assert.equal(await knows('h2'), 1);
  await api.call('DELETE', `${bindings}/h1`);
  assert.deepEqual([await knows('h1'), await knows('h2')], [0, 1]);

  const { status: wrong, body } = await api.call('POST', bindings, { binding: { host: 'h9' } });
  assert.deepEqual([wrong, body.NeutronError?.type], [409, 'PortBindingError']);
});

test('what hosts log of their own ports’ packets is written, and what they say of others’ is not', async (t) => {
  const { api, joinAs, packetLog } = await start(t);
  const [h1, h2] = [await joinAs('h1'), await joinAs('h2')];
  const network = await api.make('network', {});
  const group = await api.make('security_group', { name: 'web' });
  await api.make('log', { resource_type: 'security_group', event: 'DROP', name: 'dropped' });
  const port = await api.make('port', {
    network_id: network.id,
    security_groups: [group.id],
    'binding:host_id': 'h1',
  });
  const flow = `dl_src=fa:16:3e:00:00:01,dl_dst=${port.mac_address},ipv6_src=fd55::1,ipv6_dst=fd55::2,tp_src=1,tp_dst=7`;
  const line = `2026-11-22T07:18:42.963Z|00007|acl_log(ovn_pinctrl0)|INFO|name="group-${group.id}", verdict=drop, severity=info, direction=to-lport: udp6,${flow}`;
  const tell = async (channel: ServerChannel) =>
    (await channel.request({ method: 'POST', path: HOST_API.packetLog, body: { lines: [line, 'else'] } }))
      .status;
  assert.equal(await tell(h2), 204);
  assert.equal(await tell(h1), 204);
  const records = readFileSync(packetLog, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  assert.deepEqual(
    records.map(({ host, port_id, destination_port }) => [host, port_id, destination_port]),
    [['h1', port.id, 7]],
  );
});

test('a port that is bound to no host there is says so, until there is one', async (t) => {
  const { api, joinAs } = await start(t);
  const network = await api.make('network', {});
  const port = await api.make('port', { network_id: network.id, 'binding:host_id': 'h1' });
  assert.equal(port['binding:vif_type'], 'binding_failed');
  await joinAs('h1');
  const { body } = await api.call('GET', `/v2.0/ports/${port.id}`);
  assert.equal(body.port?.['binding:vif_type'], 'ovs');
});

test('where tunnels are encrypted, a machine that cannot do that is told why, and uses up no token', async (t) => {
  const { api, server, placeOf } = await start(t, undefined, 'ipsec');
  const { token, id } = await api.make('host_token', {});
  const join = (ipsec?: string) =>
    enrol({ server, token: parseJoinToken(String(token))!, host: 'h1', ipsec, directory: placeOf('h1') });
  await assert.rejects(join('it has no kernel'), /host h1 cannot have its own so: it has no kernel/);
  await assert.rejects(join(), /its release of Sextant knows nothing of it/);
  await assert.rejects(join('x'.repeat(300)), /ipsec/);
  assert.ok(!existsSync(placeOf('h1')));
  const { body } = await api.call('GET', `/v2.0/host-tokens/${id}`);
  assert.equal(body.host_token?.used, 0);
  assert.equal((await join(CAN_ENCRYPT)).encryption, 'ipsec');
  assert.ok(isToEncrypt(placeOf('h1')), 'it keeps to that from its first start on');
});

test('hosts learn by what they know each other, as hosts come and go, and are not told twice', async (t) => {
  const { api, joinAs, authority, expelled } = await start(t, undefined, 'ipsec');
  const channel = await joinAs('h1', {}, 'h1', CAN_ENCRYPT);
  const ask = (known = '') =>
    channel.request({
      ...{ method: 'GET', path: HOST_API.encryption, headers: { 'if-none-match': known } },
    });
  const told = async () => JSON.parse((await ask()).body.toString()) as EncryptionOrder;
  const first = await ask();
  const { encryption, authorities } = await told();
  assert.equal(encryption, 'ipsec');
  assert.deepEqual(authorities, [{ host: 'h1', certificate: authority.hostAuthorities().get('h1') }]);
  const known = String(first.headers.etag);
  assert.equal((await ask(known)).status, 304);
  await joinAs('h2', {}, 'h2', CAN_ENCRYPT);
  assert.equal((await ask(known)).status, 200);
  assert.deepEqual(
    (await told()).authorities.map(({ host }) => host),
    ['h1', 'h2'],
  );
  const [former] = (await told()).authorities.slice(1);
  await joinAs('h2 again', { host: 'h2' }, 'h2', CAN_ENCRYPT);
  const [, anew] = (await told()).authorities;
  assert.notEqual(anew?.certificate, former?.certificate);
  const { body } = await api.call('GET', '/v2.0/agents?host=h2');
  await api.call('DELETE', `/v2.0/agents/${body.agents?.[0]?.id}`);
  await eventually('it is out', () => expelled.some((hosts) => hosts.includes('h2')));
  await eventually('nobody is told of it', async () => (await told()).authorities.length === 1);
});

test('nothing is to be encrypted where that was not asked for, and nobody is told whom to believe', async (t) => {
  const { joinAs, placeOf, server } = await start(t);
  const channel = await joinAs('h1');
  const { body } = await channel.request({ method: 'GET', path: HOST_API.encryption });
  assert.deepEqual(JSON.parse(body.toString()), { encryption: 'none', authorities: [] });
  assert.ok(!isToEncrypt(placeOf('h1')));
  const stranger = new ServerChannel(server, {
    caCertificate: join(placeOf('h1'), 'ca.pem'),
    privateKey: join(placeOf('authority'), 'service.key'),
    certificate: join(placeOf('authority'), 'service.pem'),
  });
  t.after(() => stranger.close());
  assert.equal((await stranger.request({ method: 'GET', path: HOST_API.encryption })).status, 401);
});

test('a host learns by what those are known that it names, while they are hosts', async (t) => {
  const { api, joinAs, authority } = await start(t);
  const channel = await joinAs('h1');
  await joinAs('h2');
  const ask = async (hosts: unknown, by = channel) => {
    const { status, body } = await by.request({
      method: 'POST',
      path: HOST_API.hostAuthorities,
      body: { hosts },
    });
    return status === 200 ? JSON.parse(body.toString()).authorities : status;
  };
  const certificate = authority.hostAuthorities().get('h2');
  assert.deepEqual(await ask(['h2', 'nobody', '../h2']), [{ host: 'h2', certificate }]);
  for (const wrong of ['h2', [1], [`${'x'.repeat(256)}`], Array.from({ length: 1_001 }, () => 'h2')])
    assert.equal(await ask(wrong), 400);
  const [, second] = (await api.call('GET', '/v2.0/agents')).body.agents!;
  await api.call('DELETE', `/v2.0/agents/${second?.id}`);
  await eventually('nothing is known of it', async () => (await ask(['h2'])).length === 0);
});
