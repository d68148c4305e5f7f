import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { startTestApi, type TestApi } from '../support/api.ts';

const run = promisify(execFile);

describe('the openstack command', () => {
  let api: TestApi;
  let directory: string;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    api = await startTestApi();
    await api.app.listen({ host: '::1', port: 0 });
    const { port } = api.app.server.address() as AddressInfo;
    directory = await mkdtemp(join(tmpdir(), 'sextant-openstack-'));
    const clouds = join(directory, 'clouds.yaml');
    const url = `'http://[::1]:${port}'`;
    // `network log` is a command of an older library, which looks for its endpoint elsewhere.
    await writeFile(
      clouds,
      `clouds: {sextant: {auth_type: none, network_endpoint_override: ${url}, endpoint: ${url}}}\n`,
    );
    // The distribution's own Python: packages of another one are not its.
    environment = {
      PATH: '/usr/bin:/bin',
      HOME: directory,
      OS_CLIENT_CONFIG_FILE: clouds,
      OS_CLOUD: 'sextant',
    };
  });
  after(async () => {
    await api.close();
    await rm(directory, { recursive: true });
  });

  /** Runs one command and reads its JSON, if it prints any. */
  async function openstack(...args: string[]): Promise<unknown> {
    const { stdout } = await run('/usr/bin/openstack', args, { env: environment });
    return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  }
  const json = ['-f', 'json'];
  const words = (line: string): string[] => line.split(' ');

  it('makes a dual-stack network with a router and security group rules, and takes it down again', async () => {
    await openstack('network', 'create', ...json, 'n1');
    const slaac = ['--ip-version', '6', '--ipv6-ra-mode', 'slaac', '--ipv6-address-mode', 'slaac'];
    await openstack(
      'subnet',
      'create',
      ...json,
      '--network',
      'n1',
      '--subnet-range',
      'fd00:1::/64',
      ...slaac,
      's6',
    );
    await openstack('subnet', 'create', ...json, '--network', 'n1', '--subnet-range', '10.0.0.0/24', 's4');
    const port = (await openstack('port', 'create', ...json, '--network', 'n1', 'p1')) as {
      fixed_ips: { ip_address: string }[];
    };
    assert.equal(port.fixed_ips.length, 2);
    await openstack('router', 'create', ...json, 'r1');
    await openstack('router', 'add', 'subnet', 'r1', 's6');
    const router = (await openstack('router', 'show', ...json, 'r1')) as {
      interfaces_info: { ip_address: string }[];
    };
    assert.deepEqual(
      router.interfaces_info.map(({ ip_address }) => ip_address),
      ['fd00:1::'],
    );
    await openstack('security', 'group', 'create', ...json, 'web');
    await openstack(
      'security',
      'group',
      'rule',
      'create',
      ...json,
      '--ethertype',
      'IPv6',
      '--protocol',
      'tcp',
      '--dst-port',
      '443',
      'web',
    );
    const rules = (await openstack('security', 'group', 'rule', 'list', ...json, 'web')) as {
      'Port Range': string;
    }[];
    assert.ok(rules.some((rule) => rule['Port Range'] === '443:443'));
    await openstack(...words('address group create -f json --address 2001:db8::/32 partners'));
    await openstack(...words('address group set --address 192.0.2.1 --name friends partners'));
    await openstack(...words('address group unset --address 2001:db8::/32 friends'));
    const friends = (await openstack(...words('address group show -f json friends'))) as {
      addresses: string[];
    };
    assert.deepEqual(friends.addresses, ['192.0.2.1/32']);
    await openstack(
      ...words('security group rule create -f json --protocol tcp --remote-address-group friends web'),
    );
    await assert.rejects(openstack(...words('address group delete friends')), /1 of 1 address groups failed/);
    const log = (await openstack(
      ...words(
        'network log create -f json --resource-type security_group --resource web --event DROP dropped',
      ),
    )) as Record<string, unknown>;
    assert.deepEqual([log.Event, log.Enabled], ['DROP', true]);
    await openstack(...words('network log set --disable dropped'));
    await openstack(...words('network log delete dropped'));
    const range = words(
      'network segment range create -f json --shared --network-type vxlan --minimum 70000 --maximum 70001 few',
    );
    await openstack(...range);
    await openstack(...words('network create -f json --provider-network-type vxlan inside'));
    const few = (await openstack(...words('network segment range show -f json few'))) as Record<
      'used' | 'available',
      unknown
    >;
    assert.deepEqual(few.used, { default: ['70000'] });
    await assert.rejects(openstack(...words('network segment range delete few')), /1 of 1/);
    await openstack(...words('network delete inside'));
    await openstack(...words('network segment range set --minimum 70000 --maximum 70009 few'));
    await openstack(...words('network segment range delete few'));
    await openstack('network', 'set', '--tag', 'red', 'n1');
    const tagged = (await openstack('network', 'list', ...json, '--tags', 'red')) as { Name: string }[];
    assert.deepEqual(
      tagged.map(({ Name }) => Name),
      ['n1'],
    );
    await assert.rejects(openstack('network', 'delete', 'n1'), /409/);
    await openstack('router', 'remove', 'subnet', 'r1', 's6');
    await openstack('router', 'delete', 'r1');
    await openstack('port', 'delete', 'p1');
    await openstack('network', 'delete', 'n1');
    assert.deepEqual(await openstack('subnet', 'list', ...json), []);
  });

  it('forwards ports of a floating IP', async () => {
    const outside = await api.make('network', { 'router:external': true });
    await api.make('subnet', { network_id: outside.id, ip_version: 4, cidr: '198.51.100.0/28' });
    const inside = await api.make('network', { name: 'inside' });
    const subnet = await api.make('subnet', { network_id: inside.id, ip_version: 4, cidr: '10.0.0.0/24' });
    const router = await api.make('router', { external_gateway_info: { network_id: outside.id } });
    const path = `/v2.0/routers/${router.id}/add_router_interface`;
    assert.equal((await api.call('PUT', path, { subnet_id: subnet.id })).status, 200);
    const fixed_ips = [{ ip_address: '10.0.0.9' }];
    await api.make('port', { name: 'web', network_id: inside.id, fixed_ips });
    const { floating_ip_address: address } = await api.make('floatingip', {
      floating_network_id: outside.id,
    });
    const command = (line: string) => openstack(...words(`floating ip port forwarding ${line}`));
    const made = (await command(
      `create -f json --port web --internal-ip-address 10.0.0.9 --internal-protocol-port 80 --external-protocol-port 8080 --protocol tcp ${address}`,
    )) as Record<string, unknown>;
    assert.deepEqual([made.internal_port, made.external_port, made.protocol], [80, 8080, 'tcp']);
    await command(`set --external-protocol-port 8081 ${address} ${made.id}`);
    const listed = (await command(`list -f json --port web ${address}`)) as Record<string, unknown>[];
    assert.deepEqual(
      listed.map((one) => [one.ID, one['External Port']]),
      [[made.id, 8081]],
    );
    const shown = (await command(`show -f json ${address} ${made.id}`)) as Record<string, unknown>;
    assert.equal(shown.internal_ip_address, '10.0.0.9');
    await command(`delete ${address} ${made.id}`);
    assert.deepEqual(await command(`list -f json ${address}`), []);
  });

  it('has a BGP speaker with a peer', async () => {
    const outside = await api.make('network', { name: 'bgp-outside', 'router:external': true });
    const command = (line: string) => openstack(...words(`bgp ${line}`));
    const speaker = (await command('speaker create -f json --local-as 64512 --ip-version 6 s')) as object;
    const peer = (await command(
      'peer create -f json --peer-ip 2001:db8::1 --remote-as 64513 --auth-type md5 --password secret p',
    )) as object;
    assert.partialDeepStrictEqual(speaker, { local_as: 64_512, ip_version: 6 });
    assert.partialDeepStrictEqual(peer, { peer_ip: '2001:db8::1', remote_as: 64_513, auth_type: 'md5' });
    await command('speaker add peer s p');
    await command('speaker add network s bgp-outside');
    const shown = await command('speaker show -f json s');
    assert.partialDeepStrictEqual(shown, {
      peers: [(peer as { id: string }).id],
      networks: [outside.id],
      advertise_tenant_networks: true,
    });
    assert.deepEqual(await command('speaker list advertised routes -f json s'), []);
    assert.deepEqual(await command('dragent list -f json --bgp-speaker s'), []);
    await command('speaker remove peer s p');
  });

  it('limits, shares and carries what it makes', async () => {
    type Row = Record<string, unknown>;
    const command = (line: string) => openstack(...words(line));
    const outside = await api.make('network', { name: 'beyond', 'router:external': true });
    await api.make('subnet', { network_id: outside.id, ip_version: 6, cidr: '2001:db8:c1::/64' });

    await command('network qos policy create -f json gentle');
    const rule = (await command(
      'network qos rule create -f json --type bandwidth-limit --max-kbps 1000 --ingress gentle',
    )) as Row;
    assert.deepEqual([rule.max_kbps, rule.direction], [1000, 'ingress']);
    await command('router create -f json edge');
    await command('router set --external-gateway beyond --qos-policy gentle edge');
    const router = (await command('router show -f json edge')) as { external_gateway_info: Row };
    const { id: policy } = (await command('network qos policy show -f json gentle')) as Row;
    assert.equal(router.external_gateway_info.qos_policy_id, policy);
    const floating = (await command('floating ip create -f json --qos-policy gentle beyond')) as Row;
    assert.equal(floating.qos_policy_id, policy);
    await assert.rejects(command('network qos policy delete gentle'), /1 of 1/);

    await command('address scope create -f json --ip-version 6 everywhere');
    await command(
      'subnet pool create -f json --address-scope everywhere --pool-prefix fd00:c1::/48 --default numbers',
    );
    // It is shared with whom the scope is.
    const share = (type: string, name: string) =>
      command(
        `network rbac create -f json --type ${type} --action access_as_shared --target-all-projects ${name}`,
      );
    await assert.rejects(share('subnetpool', 'numbers'), /address scope/);
    await share('address_scope', 'everywhere');
    await share('subnetpool', 'numbers');

    const carried = await api.make('network', {});
    for (const name of ['parent', 'inner']) await api.make('port', { name, network_id: carried.id });
    const trunk = (await command(
      'network trunk create -f json --parent-port parent --subport port=inner,segmentation-type=vlan,segmentation-id=7 both',
    )) as Row;
    assert.equal(trunk.status, 'DOWN');
    await command('network trunk unset --subport inner both');
    await command('network trunk delete both');

    await command('network set --default beyond');
    // Without an identity service the command cannot say whose: more of it needs one.
    await command('network auto allocated topology create -f json --check-resources');
  });
});
