import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Address, eui64Address, Mac, Prefix } from '../addressing/index.ts';
import type { Machine, MachinePort, MachineSubnet } from './machine.ts';
import { metadataAt } from './metadata.ts';
import { networkData } from './network-data.ts';

const mac = Mac.parse('fa:16:3e:00:00:01');
const prefix6 = Prefix.parse('2001:db8:1::/64');

const slaac: MachineSubnet = {
  prefix: prefix6,
  gateway: prefix6.at(1),
  enableDhcp: true,
  raMode: 'slaac',
  addressMode: 'slaac',
  dnsServers: [Address.parse('2001:db8::53')],
  routes: [{ destination: Prefix.parse('2001:db8:9::/48'), nexthop: prefix6.at(9) }],
};
const dhcp4: MachineSubnet = {
  ...slaac,
  prefix: Prefix.parse('10.0.0.0/24'),
  gateway: Address.parse('10.0.0.1'),
  raMode: null,
  addressMode: null,
  dnsServers: [Address.parse('0.0.0.0')],
  routes: [],
};

const port = (...addresses: (readonly [Address, MachineSubnet])[]): MachinePort => ({
  id: '0f0e0d0c-1111-4222-8333-444444444444',
  mac,
  networkId: 'N',
  mtu: 1422,
  addresses: addresses.map(([address, subnet]) => ({ address, subnet })),
});

const eui64 = [eui64Address(prefix6, mac), slaac] as const;
const machine: Machine = {
  id: 'I',
  projectId: 'P',
  name: 'Web server',
  hostname: 'web',
  domain: 'example.org',
  availabilityZone: 'nova',
  userData: Buffer.from('#cloud-config\n'),
  publicKeys: [{ name: 'ann', key: 'ssh-ed25519 AAAA ann' }],
  metadata: { role: 'front' },
  ports: [port(eui64, [Address.parse('10.0.0.5'), dhcp4])],
};
const seed = Buffer.from('seed');

function read(path: string, of = machine): string | undefined {
  const body = metadataAt(of, seed, path)?.body;
  return body === undefined || typeof body === 'string' ? body : Buffer.from(body).toString();
}

test('the OpenStack layout: versions, files, documents', () => {
  assert.equal(read('/openstack')?.split('\n').at(-1), 'latest');
  assert.deepEqual(read('/openstack/2018-08-27/')?.split('\n'), [
    'meta_data.json',
    'user_data',
    'vendor_data.json',
    'vendor_data2.json',
    'network_data.json',
  ]);
  const meta = JSON.parse(read('/openstack/latest/meta_data.json')!);
  assert.equal(meta.uuid, 'I');
  assert.equal(meta.hostname, 'web.example.org');
  assert.deepEqual(meta.public_keys, { ann: 'ssh-ed25519 AAAA ann' });
  assert.deepEqual(meta.meta, { role: 'front' });
  assert.equal(Buffer.from(meta.random_seed, 'base64').toString(), 'seed');
  assert.equal(read('/openstack/latest/user_data'), '#cloud-config\n');
});

test('the EC2 layout: folders have a slash, keys a number and a name', () => {
  assert.equal(read('/latest/'), 'meta-data/\nuser-data');
  assert.match(read('/2009-04-04/meta-data/')!, /^public-keys\/$/m);
  assert.equal(read('/latest/meta-data/public-keys'), '0=ann');
  assert.equal(read('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-ed25519 AAAA ann');
  assert.equal(read('/latest/meta-data/instance-id'), 'I');
  assert.equal(read('/latest/meta-data/local-ipv4'), '10.0.0.5');
  assert.equal(read('/latest/meta-data/ipv6'), '2001:db8:1:0:f816:3eff:fe00:1');
  assert.equal(
    read(`/latest/meta-data/network/interfaces/macs/${mac}/ipv6s`),
    '2001:db8:1:0:f816:3eff:fe00:1',
  );
});

test('what is not there is not listed either', () => {
  const bare = { ...machine, userData: undefined, publicKeys: [], ports: [] };
  assert.equal(read('/openstack/latest/user_data', bare), undefined);
  assert.equal(read('/latest', bare), 'meta-data/');
  assert.doesNotMatch(read('/latest/meta-data', bare)!, /keys|mac$|ipv/m);
});

test('paths with tricks lead nowhere, nor does any other text fail', () => {
  const tricks = [
    '',
    'openstack',
    '//openstack',
    '/openstack//latest',
    '/openstack/../openstack',
    '/openstack/latest/./user_data',
    '/openstack/latest/user_data//',
    '/%6fpenstack',
    '/__proto__',
    '/constructor',
    '/openstack/toString',
  ];
  for (const path of tricks) assert.equal(read(path), undefined, path);
  fc.assert(fc.property(fc.string(), (path) => void read(`/${path}`)));
});

test('network data: the link, and how each address is come by', () => {
  const { links, networks, services } = networkData(machine);
  assert.deepEqual(links, [
    {
      id: 'tap0f0e0d0c-11',
      type: 'ovs',
      vif_id: machine.ports[0]?.id,
      mtu: 1422,
      ethernet_mac_address: `${mac}`,
    },
  ]);
  assert.deepEqual(networks, [
    {
      id: 'network0',
      link: 'tap0f0e0d0c-11',
      network_id: 'N',
      type: 'ipv6_slaac',
      ip_address: '2001:db8:1:0:f816:3eff:fe00:1',
      routes: [{ network: '2001:db8:9::', netmask: 'ffff:ffff:ffff::', gateway: '2001:db8:1::9' }],
      services: [{ type: 'dns', address: '2001:db8::53' }],
    },
    {
      id: 'network1',
      link: 'tap0f0e0d0c-11',
      network_id: 'N',
      type: 'ipv4_dhcp',
      ip_address: '10.0.0.5',
      routes: [],
      services: [],
    },
  ]);
  assert.deepEqual(services, [{ type: 'dns', address: '2001:db8::53' }]);
});

test('network data: types by mode', () => {
  const subnets: [Partial<MachineSubnet>, string][] = [
    [{ raMode: null, addressMode: 'slaac' }, 'ipv6_slaac'],
    [{ raMode: 'dhcpv6-stateless', addressMode: 'dhcpv6-stateless' }, 'ipv6_dhcpv6-stateless'],
    [{ raMode: 'dhcpv6-stateful', addressMode: 'dhcpv6-stateful' }, 'ipv6_dhcpv6-stateful'],
    [{ raMode: null, addressMode: null }, 'ipv6_dhcp'],
    [{ raMode: null, addressMode: null, enableDhcp: false }, 'ipv6'],
  ];
  for (const [mode, type] of subnets) {
    const ports = [port([eui64[0], { ...slaac, ...mode }])];
    assert.equal(networkData({ ...machine, ports }).networks[0]?.type, type);
  }
  const fixed = { ...dhcp4, enableDhcp: false };
  const [network] = networkData({ ...machine, ports: [port([Address.parse('10.0.0.5'), fixed])] }).networks;
  assert.equal(network?.type, 'ipv4');
  assert.equal(network?.netmask, '255.255.255.0');
  assert.deepEqual(network?.routes, [{ network: '0.0.0.0', netmask: '0.0.0.0', gateway: '10.0.0.1' }]);
});

test('network data: an address that SLAAC would not yield comes with its token, and as a static one where that serves', () => {
  const chosen = [prefix6.at(0x42), slaac] as const;
  const networkOf = (...addresses: (readonly [Address, MachineSubnet])[]) =>
    networkData({ ...machine, ports: [port(...addresses)] }).networks[0];
  const alone = networkOf(chosen);
  assert.equal(alone?.ipv6_token, '::42');
  assert.equal(alone?.type, 'ipv6');
  assert.equal(alone?.netmask, 'ffff:ffff:ffff:ffff::');
  assert.equal(alone?.gateway, '2001:db8:1::1');
  const beside = networkOf(chosen, [
    eui64Address(Prefix.parse('2001:db8:2::/64'), mac),
    { ...slaac, prefix: Prefix.parse('2001:db8:2::/64') },
  ]);
  assert.equal(beside?.ipv6_token, '::42');
  assert.equal(beside?.type, 'ipv6_slaac');
  assert.equal(networkOf([chosen[0], { ...slaac, gateway: undefined }])?.type, 'ipv6_slaac');
  assert.equal(networkOf(eui64)?.ipv6_token, undefined);
});
