import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sextant } from '../../../test/support/command.ts';
import { type Received, serve } from '../../../test/support/http-server.ts';
import { definitions } from '../../resources/registry.ts';

/** The present state of every resource in these tests. */
const current = {
  id: 'ID',
  revision_number: 7,
  tags: ['old'],
  dns_nameservers: ['2001:db8::53'],
  host_routes: [],
  fixed_ips: [
    { subnet_id: 'S1', ip_address: '2001:db8::1' },
    { subnet_id: 'S2', ip_address: '2001:db8:2::1' },
  ],
  allowed_address_pairs: [{ ip_address: '2001:db8::100', mac_address: 'fa:16:3e:00:00:01' }],
  security_groups: ['G1', 'G2'],
  routes: [{ destination: '2001:db8:9::/48', nexthop: 'fe80::1' }],
  'binding:profile': { a: 1 },
};

/**
 * An API in which every name is known, and has `id of NAME` as its id.
 * @returns what was sent beside the look-ups
 */
async function requestsOf(t: TestContext, line: string): Promise<[string, string, unknown][]> {
  const { endpoint, received } = await serve(t, ({ method, url }) => {
    const { pathname, searchParams } = new URL(url, 'http://api');
    const definition = Object.values(definitions).find(({ path }) => pathname.startsWith(`/v2.0/${path}`))!;
    if (method !== 'GET') return [200, { [definition.name]: current }];
    const name = searchParams.get('name');
    return [
      200,
      { [definition.collection]: name === null ? [] : [{ ...current, id: `id of ${name}`, name }] },
    ];
  });
  const { status, err } = await sextant(endpoint, line);
  assert.equal(status, 0, err);
  return received.filter((one) => !isLookup(one)).map(({ method, url, body }) => [method, url, body]);
}

const isLookup = ({ method, url }: Received): boolean => method === 'GET' && /\?name=[^&]*$/.test(url);

/** The attributes in the one request that a command sends. */
async function attributesOf(t: TestContext, line: string): Promise<unknown> {
  const [request, ...more] = await requestsOf(t, line);
  assert.deepEqual(more, [], line);
  const [attributes] = Object.values(request?.[2] ?? {});
  return attributes;
}

test('create: flags of every kind become attributes', async (t) => {
  const expected: Record<string, unknown> = {
    'network create blue': { name: 'blue' },
    'network create --disable --share --external --mtu 1400 --provider-network-type vlan --provider-physical-network fabric --provider-segment 42 blue':
      {
        name: 'blue',
        admin_state_up: false,
        shared: true,
        'router:external': true,
        mtu: 1400,
        'provider:network_type': 'vlan',
        'provider:physical_network': 'fabric',
        'provider:segmentation_id': 42,
      },
    'subnet create --network blue --subnet-range 2001:db8::/64 --ipv6-ra-mode slaac --ipv6-address-mode slaac --no-dhcp v6':
      {
        name: 'v6',
        network_id: 'id of blue',
        cidr: '2001:db8::/64',
        ip_version: 6,
        ipv6_ra_mode: 'slaac',
        ipv6_address_mode: 'slaac',
        enable_dhcp: false,
      },
    'subnet create --network blue --subnet-range 10.0.0.0/24 --gateway none --allocation-pool start=10.0.0.2,end=10.0.0.9 --allocation-pool start=10.0.0.20,end=10.0.0.29 --dns-nameserver 10.0.0.3 --host-route destination=10.1.0.0/16,gateway=10.0.0.4 v4':
      {
        name: 'v4',
        network_id: 'id of blue',
        cidr: '10.0.0.0/24',
        ip_version: 4,
        gateway_ip: null,
        allocation_pools: [
          { start: '10.0.0.2', end: '10.0.0.9' },
          { start: '10.0.0.20', end: '10.0.0.29' },
        ],
        dns_nameservers: ['10.0.0.3'],
        host_routes: [{ destination: '10.1.0.0/16', nexthop: '10.0.0.4' }],
      },
    'subnet create --network blue --ip-version 6 --gateway auto v6': {
      name: 'v6',
      network_id: 'id of blue',
      ip_version: 6,
    },
    'port create --network blue --fixed-ip subnet=v6,ip-address=2001:db8::9 --fixed-ip ip-address=10.0.0.7 --mac-address fa:16:3e:00:00:02 --security-group web --security-group ssh --allowed-address ip-address=::1,mac-address=fa:16:3e:00:00:03 --device d --host h1 p':
      {
        name: 'p',
        network_id: 'id of blue',
        fixed_ips: [{ subnet_id: 'id of v6', ip_address: '2001:db8::9' }, { ip_address: '10.0.0.7' }],
        mac_address: 'fa:16:3e:00:00:02',
        security_groups: ['id of web', 'id of ssh'],
        allowed_address_pairs: [{ ip_address: '::1', mac_address: 'fa:16:3e:00:00:03' }],
        device_id: 'd',
        'binding:host_id': 'h1',
      },
    'port create --network blue --no-fixed-ip --no-security-group --disable-port-security --binding-profile a=b --binding-profile {"c":[1]} --extra-dhcp-option name=mtu,value=1400,ip-version=6 p':
      {
        name: 'p',
        network_id: 'id of blue',
        fixed_ips: [],
        security_groups: [],
        port_security_enabled: false,
        'binding:profile': { a: 'b', c: [1] },
        extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400', ip_version: 6 }],
      },
    'router create --external-gateway net --fixed-ip subnet=ext,ip-address=2001:db8::2 --disable-snat edge': {
      name: 'edge',
      external_gateway_info: {
        network_id: 'id of net',
        external_fixed_ips: [{ subnet_id: 'id of ext', ip_address: '2001:db8::2' }],
        enable_snat: false,
      },
    },
    'security group create --stateless --description "no state" web': {
      name: 'web',
      stateful: false,
      description: 'no state',
    },
    'security group rule create --protocol tcp --dst-port 80:443 --remote-ip 2001:db8::/32 web': {
      security_group_id: 'id of web',
      direction: 'ingress',
      ethertype: 'IPv6',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 443,
      remote_ip_prefix: '2001:db8::/32',
    },
    'security group rule create --egress --protocol any --remote-group db web': {
      security_group_id: 'id of web',
      direction: 'egress',
      ethertype: 'IPv4',
      protocol: null,
      remote_group_id: 'id of db',
    },
    'security group rule create --protocol ipv6-icmp --icmp-type 128 --icmp-code 0 web': {
      security_group_id: 'id of web',
      direction: 'ingress',
      ethertype: 'IPv6',
      protocol: 'ipv6-icmp',
      port_range_min: 128,
      port_range_max: 0,
    },
    'security group rule create --protocol udp --dst-port 53 --ethertype ipv6 web': {
      security_group_id: 'id of web',
      direction: 'ingress',
      ethertype: 'IPv6',
      protocol: 'udp',
      port_range_min: 53,
      port_range_max: 53,
    },
  };
  for (const [line, attributes] of Object.entries(expected)) {
    assert.deepEqual(await attributesOf(t, line), attributes, line);
  }
});

test('set: lists grow, --no-… clears first, and nothing else is sent', async (t) => {
  const expected: Record<string, unknown> = {
    'network set --name red --enable blue': { name: 'red', admin_state_up: true },
    'subnet set --dns-nameserver 2001:db8::54 v6': { dns_nameservers: ['2001:db8::53', '2001:db8::54'] },
    'subnet set --dns-nameserver 2001:DB8:0::53 v6': { dns_nameservers: ['2001:db8::53'] },
    'subnet set --no-dns-nameservers --dns-nameserver 2001:db8::54 v6': { dns_nameservers: ['2001:db8::54'] },
    'subnet set --no-dns-nameserver v6': { dns_nameservers: [] },
    'subnet set --gateway none v6': { gateway_ip: null },
    'port set --fixed-ip subnet=v6 p': { fixed_ips: [...current.fixed_ips, { subnet_id: 'id of v6' }] },
    'port set --no-security-group p': { security_groups: [] },
    'port set --binding-profile b=2 p': { 'binding:profile': { a: 1, b: '2' } },
    'port set --no-binding-profile --binding-profile b=2 p': { 'binding:profile': { b: '2' } },
    'router set --no-route --route destination=::/0,gateway=fe80::2 edge': {
      routes: [{ destination: '::/0', nexthop: 'fe80::2' }],
    },
    'router set --external-gateway net --qos-policy gentle edge': {
      external_gateway_info: { network_id: 'id of net', qos_policy_id: 'id of gentle' },
    },
    'router set --external-gateway net --no-qos-policy edge': {
      external_gateway_info: { network_id: 'id of net', qos_policy_id: null },
    },
    'router set --external-gateway net --enable-snat edge': {
      external_gateway_info: { network_id: 'id of net', enable_snat: true },
    },
  };
  for (const [line, attributes] of Object.entries(expected)) {
    assert.deepEqual(await attributesOf(t, line), attributes, line);
  }
});

test('unset: takes off what is named, however it is written', async (t) => {
  const expected: Record<string, unknown> = {
    'subnet unset --dns-nameserver 2001:DB8:0::53 v6': { dns_nameservers: [] },
    'subnet unset --gateway v6': { gateway_ip: null },
    'port unset --fixed-ip ip-address=2001:db8::1 p': { fixed_ips: [current.fixed_ips[1]] },
    'port unset --allowed-address ip-address=2001:db8:0::100 p': { allowed_address_pairs: [] },
    'port unset --binding-profile a --host p': { 'binding:profile': {}, 'binding:host_id': '' },
    'router unset --external-gateway edge': { external_gateway_info: null },
    'router unset --route destination=2001:db8:9::/48,gateway=fe80::1 edge': { routes: [] },
  };
  for (const [line, attributes] of Object.entries(expected)) {
    assert.deepEqual(await attributesOf(t, line), attributes, line);
  }
});

test('tags go by a request of their own', async (t) => {
  assert.deepEqual(await requestsOf(t, 'network create --tag a --tag b blue'), [
    ['POST', '/v2.0/networks', { network: { name: 'blue' } }],
    ['PUT', '/v2.0/networks/ID/tags', { tags: ['a', 'b'] }],
  ]);
  const blue = '/v2.0/networks/id%20of%20blue';
  const expected: Record<string, unknown> = {
    'network set --tag new blue': { tags: ['old', 'new'] },
    'network set --no-tag --tag new blue': { tags: ['new'] },
    'network unset --tag old blue': { tags: [] },
    'network unset --all-tag blue': { tags: [] },
  };
  for (const [line, body] of Object.entries(expected)) {
    assert.deepEqual(await requestsOf(t, line), [['PUT', `${blue}/tags`, body]], line);
  }
});

test('list: filters become parameters', async (t) => {
  const expected: Record<string, string> = {
    'network list': '/v2.0/networks',
    'network list --long --external --disable': '/v2.0/networks?admin_state_up=false&router%3Aexternal=true',
    'network list --tags a,b --not-any-tags c': '/v2.0/networks?tags=a%2Cb&not-tags-any=c',
    'subnet list --network blue --ip-version 6 --dhcp':
      '/v2.0/subnets?network_id=id+of+blue&ip_version=6&enable_dhcp=true',
    'port list --router edge --status ACTIVE': '/v2.0/ports?status=ACTIVE&device_id=id+of+edge',
    'port list --fixed-ip subnet=v6,ip-address=::1 --security-group web':
      '/v2.0/ports?fixed_ips=subnet_id%3Did+of+v6&fixed_ips=ip_address%3D%3A%3A1&security_groups=id+of+web',
    'security group rule list --ingress --protocol tcp web':
      '/v2.0/security-group-rules?direction=ingress&protocol=tcp&security_group_id=id+of+web',
  };
  for (const [line, url] of Object.entries(expected)) {
    const [request] = await requestsOf(t, line);
    // The order of parameters means nothing.
    const parameters = (text: string) => [...new URL(text, 'http://api').searchParams].sort();
    assert.deepEqual(parameters(request?.[1] ?? ''), parameters(url), line);
    assert.equal(request?.[1].split('?')[0], url.split('?')[0], line);
  }
});

test('routers: subnets, ports and gateways are attached and detached', async (t) => {
  const edge = '/v2.0/routers/id%20of%20edge';
  const expected: Record<string, [string, unknown]> = {
    'router add subnet edge v6': ['add_router_interface', { subnet_id: 'id of v6' }],
    'router add port edge p': ['add_router_interface', { port_id: 'id of p' }],
    'router remove subnet edge v6': ['remove_router_interface', { subnet_id: 'id of v6' }],
    'router remove port edge p': ['remove_router_interface', { port_id: 'id of p' }],
    'router add gateway edge net': [
      'add_external_gateways',
      { router: { external_gateways: [{ network_id: 'id of net' }] } },
    ],
    'router remove gateway edge net --fixed-ip ip-address=192.0.2.9': [
      'remove_external_gateways',
      {
        router: {
          external_gateways: [{ network_id: 'id of net', external_fixed_ips: [{ ip_address: '192.0.2.9' }] }],
        },
      },
    ],
  };
  for (const [line, [action, body]] of Object.entries(expected)) {
    assert.deepEqual(await requestsOf(t, line), [['PUT', `${edge}/${action}`, body]], line);
  }
});

test('BGP speakers: peers and networks come and go', async (t) => {
  const outside = '/v2.0/bgp-speakers/id%20of%20outside';
  const expected: Record<string, [string, unknown]> = {
    'bgp speaker add peer outside up': ['add_bgp_peer', { bgp_peer_id: 'id of up' }],
    'bgp speaker remove peer outside up': ['remove_bgp_peer', { bgp_peer_id: 'id of up' }],
    'bgp speaker add network outside net': ['add_gateway_network', { network_id: 'id of net' }],
    'bgp speaker remove network outside net': ['remove_gateway_network', { network_id: 'id of net' }],
  };
  for (const [line, [action, body]] of Object.entries(expected)) {
    assert.deepEqual(await requestsOf(t, line), [['PUT', `${outside}/${action}`, body]], line);
  }
});

test('what cannot be meant is a usage error that says how to write it, and sends nothing', async (t) => {
  const { endpoint, received } = await serve(t, () => [
    200,
    { networks: [{ id: 'n', name: 'blue' }], security_groups: [{ id: 'g', name: 'web' }] },
  ]);
  const expected: Record<string, RegExp> = {
    'network create': /missing required argument 'name'/,
    'network create --mtu big blue': /--mtu takes a whole number, not "big"/,
    'network frobnicate': /unknown command 'frobnicate'/,
    'network list --colour': /unknown option '--colour'/,
    'network list -f xml': /Allowed choices are table, json, yaml, value/,
    'network list -c Colour': /There is no column Colour. There are: ID, Name, Subnets/,
    'subnet create --network blue v6': /Give --subnet-range or --ip-version/,
    'subnet create --subnet-range ::/64 v6': /required option '--network <network>' not specified/,
    'port create p': /required option '--network <network>' not specified/,
    'router create --disable-snat edge': /need --external-gateway beside them/,
    'security group rule create --dst-port 1:2:3 web': /--dst-port takes PORT or FIRST:LAST, not "1:2:3"/,
    '--endpoint nowhere network list': /"nowhere" is not a URL/,
    '--endpoint http://[::1] --cloud lab network list': /exclude each other/,
  };
  for (const [line, message] of Object.entries(expected)) {
    const { status, out, err } = await sextant(endpoint, line);
    assert.equal(status, 2, `${line}: ${err}`);
    assert.match(err, message, line);
    assert.equal(out, '', line);
  }
  const sent = received.filter((one) => !isLookup(one));
  assert.deepEqual(sent, []);
});

test('objects on the command line: unknown and missing keys are named', async (t) => {
  const { endpoint } = await serve(t, ({ url }) => {
    const name = new URL(url, 'http://api').searchParams.get('name');
    return [200, { networks: [{ id: 'n', name }], routers: [{ id: 'r', name }] }];
  });
  const expected: Record<string, RegExp> = {
    'subnet create --network n --subnet-range ::/64 --allocation-pool start=::1 s':
      /--allocation-pool lacks end=: write it as start=…,end=…/,
    'subnet create --network n --subnet-range ::/64 --host-route destination=::/0,via=::1 s':
      /--host-route does not understand "via=::1": write it as destination=…,gateway=…/,
    'port create --network n --binding-profile text p': /--binding-profile does not understand "text"/,
    'router set edge': /Nothing to change was named/,
  };
  for (const [line, message] of Object.entries(expected)) {
    const { status, err } = await sextant(endpoint, line);
    assert.equal(status, 2, `${line}: ${err}`);
    assert.match(err, message, line);
  }
});

test('set and unset: what comes and goes by actions is not rewritten', async (t) => {
  assert.deepEqual(
    await requestsOf(t, 'address group set --name p --address 2001:db8::1 --address 10.0.0.0/8 partners'),
    [
      ['PUT', '/v2.0/address-groups/id%20of%20partners', { address_group: { name: 'p' } }],
      [
        'PUT',
        '/v2.0/address-groups/id%20of%20partners/add_addresses',
        { addresses: ['2001:db8::1', '10.0.0.0/8'] },
      ],
    ],
  );
  assert.deepEqual(await requestsOf(t, 'address group unset --address 2001:db8::1 partners'), [
    ['PUT', '/v2.0/address-groups/id%20of%20partners/remove_addresses', { addresses: ['2001:db8::1'] }],
  ]);
});

test('resources whose commands are not called as they are, or that have no name', async (t) => {
  const log = 'network log create --resource-type security_group --resource web --target www --event DROP';
  assert.deepEqual(await requestsOf(t, `${log} --disable dropped`), [
    [
      'POST',
      '/v2.0/log/logs',
      {
        log: {
          name: 'dropped',
          resource_type: 'security_group',
          resource_id: 'id of web',
          target_id: 'id of www',
          event: 'DROP',
          enabled: false,
        },
      },
    ],
  ]);
  const rule = 'default security group rule create --protocol tcp --dst-port 22 --remote-group PARENT';
  assert.deepEqual(await attributesOf(t, `${rule} --ethertype IPv6 --for-default-sg --not-for-custom-sg`), {
    direction: 'ingress',
    ethertype: 'IPv6',
    protocol: 'tcp',
    port_range_min: 22,
    port_range_max: 22,
    remote_group_id: 'PARENT',
    used_in_default_sg: true,
    used_in_non_default_sg: false,
  });
});
