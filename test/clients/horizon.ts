/**
 * OpenStack's dashboard in a browser, against the API: `npm run test:horizon`, as root or with the packages
 * openstack-dashboard and chromium installed. Not among the other tests, as those are many packages. A member of a
 * project does what people do about networks, and each step is looked at by the API. With `--record` behind it the page
 * on compatibility has what it came to.
 */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { type Ask, type IdentityApi, makeUserIn, startIdentityApi } from '../support/identity.ts';
import { HorizonUser } from './horizon/horizon-user.ts';
import { HORIZON, openHorizon } from './horizon/site.ts';
import { record } from './results.ts';

/** What the API has under a path and query, as its list. */
type Listed = (path: string) => Promise<Record<string, unknown>[]>;

const listedBy =
  (ask: Ask): Listed =>
  async (path) => {
    const { status, body } = await ask('GET', `/v2.0/${path}`);
    assert.equal(status, 200);
    return Object.values(body).find((value) => Array.isArray(value)) as unknown as Record<string, unknown>[];
  };

/** An external network of both versions of IP, as administrators make them. */
async function makeExternal({ api, adminToken }: IdentityApi): Promise<string> {
  const headers = { 'x-auth-token': adminToken };
  const outside = await api.make('network', { name: 'outside', 'router:external': true }, headers);
  for (const [ip_version, cidr] of [
    [4, '203.0.113.0/24'],
    [6, 'fd00:ee::/64'],
  ])
    await api.make('subnet', { network_id: outside.id, ip_version, cidr, enable_dhcp: false }, headers);
  return String(outside.id);
}

/** What is tried, in order: each step stands on those before it. */
function stepsOf(horizon: HorizonUser, outside: string, listed: Listed): [string, () => Promise<void>][] {
  const idOf = async (path: string): Promise<string> => String((await listed(path))[0]?.id);
  const network = (name: string, cidr: string, mode: string): [string, () => Promise<void>] => [
    `a network with ${mode}`,
    async () => {
      await horizon.createNetwork({ name, cidr, modes: `${mode}/${mode}` });
      const [subnet] = await listed(`subnets?name=${name}-subnet`);
      assert.equal(subnet?.cidr, cidr);
      assert.deepEqual([subnet?.ipv6_ra_mode, subnet?.ipv6_address_mode], [mode, mode]);
      assert.match(
        (await horizon.rows('/project/networks/')).join('\n'),
        new RegExp(`${name}-subnet ${cidr}`),
      );
    },
  ];
  return [
    ['signing in', () => horizon.signIn('ruth', 'password of ruth')],
    network('plain', 'fd00:1::/64', 'slaac'),
    network('given', 'fd00:2::/64', 'dhcpv6-stateful'),
    network('told', 'fd00:3::/64', 'dhcpv6-stateless'),
    [
      'a port, with an address of SLAAC',
      async () => {
        await horizon.createPort(await idOf('networks?name=plain'), 'one');
        const [port] = await listed('ports?name=one');
        assert.match(JSON.stringify(port?.fixed_ips), /"fd00:1::/);
      },
    ],
    [
      'a security group with a rule of IPv6',
      async () => {
        await horizon.createSecurityGroup('web');
        const id = await idOf('security-groups?name=web');
        await horizon.allowTcp(id, 443, '2001:db8::/32');
        const [rule] = await listed(`security-group-rules?security_group_id=${id}&direction=ingress`);
        assert.deepEqual(
          [rule?.ethertype, rule?.protocol, rule?.port_range_min, rule?.remote_ip_prefix],
          ['IPv6', 'tcp', 443, '2001:db8::/32'],
        );
      },
    ],
    [
      'a router with a gateway, and an interface',
      async () => {
        await horizon.createRouter('edge', outside);
        const id = await idOf('routers?name=edge');
        await horizon.attach(id, await idOf('subnets?name=plain-subnet'));
        const owners = (await listed(`ports?device_id=${id}`)).map((port) => port.device_owner);
        assert.deepEqual(owners, ['network:router_interface']);
      },
    ],
    [
      'a floating IP',
      async () => {
        await horizon.allocateFloatingIp(outside);
        const [floating] = await listed('floatingips');
        const rows = (await horizon.rows('/project/floating_ips/')).join('\n');
        assert.ok(rows.includes(String(floating?.floating_ip_address)), rows);
      },
    ],
    [
      'all pages about networks, without a complaint',
      async () => {
        for (const page of ['network_topology', 'networks', 'routers', 'trunks', 'network_qos'])
          await horizon.rows(`/project/${page}/`);
      },
    ],
    [
      'all of it removed',
      async () => {
        await horizon.remove('/project/floating_ips/', 'floating_ips', [''], 'release');
        await horizon.detachAll(await idOf('routers?name=edge'));
        await horizon.remove('/project/routers/', 'routers');
        await horizon.removePorts(await idOf('networks?name=plain'));
        await horizon.remove('/project/networks/', 'networks', ['plain', 'given', 'told']);
        for (const path of ['floatingips', 'routers', 'networks?router:external=false', 'ports'])
          assert.deepEqual(await listed(path), []);
      },
    ],
  ];
}

const served = await startIdentityApi();
await served.api.app.listen({ host: '::1', port: 0 });
const { port } = served.api.app.server.address() as AddressInfo;
try {
  await using horizon = await openHorizon(`http://[::1]:${port}/identity/v3`);
  const { user, scope } = await makeUserIn(served, 'ruth', 'member');
  const outside = await makeExternal(served);
  const listed = listedBy(served.as(await served.tokenOf(user, scope)));
  let [pass, fail] = [0, 0];
  for (const [what, act] of stepsOf(new HorizonUser(horizon), outside, listed)) {
    try {
      await act();
      pass += 1;
      console.log(`ok ${what}`);
    } catch (error) {
      fail += 1;
      console.log(`not ok ${what}: ${(error as Error).message}`);
    }
  }
  console.log(`${pass} pass, ${fail} fail`);
  process.exitCode = fail === 0 ? 0 : 1;
  if (process.argv.includes('--record')) await record('horizon', HORIZON, { pass, fail, skip: 0 });
} finally {
  await served.close();
}
