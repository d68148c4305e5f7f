/** What instances are told about themselves, over IPv6 alone and beside IPv4, and that nobody else is told it. */
import {
  type Address,
  Mac,
  Prefix,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
  SERVICE_PREFIX,
} from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import { DhcpClient, type InstanceInterface, type LabInstance, waitUntil } from '../../../lab/index.ts';
import {
  configured,
  defineUseCase,
  type Evidence,
  ipv4Of,
  ipv6Of,
  metadataOf,
  readsMetadata,
  type Tenant,
  type Trial,
  UntriableError,
} from '../../kit/index.ts';
import { tryBootedServers } from './booted-servers.ts';
import { type CloudInitFound, crawlWithCloudInit } from './cloud-init.ts';
import { tryNames } from './instance-names.ts';
import { tryFaults } from './misuse.ts';

/** The same addresses, and the same MAC address, in the networks of two tenants. */
const PREFIX = 'fd12::/64';
const PREFIX_V4 = '10.12.0.0/24';
const MAC = Mac.parse('fa:16:3e:12:00:01');
const DOMAIN = 'metadata.test';
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3sS3mOLcSm8oC2ZfGQWzKvN2kqbTTk0q1oE6v0uC5x ann@example';
const CLIENT_MS = 20_000;
const TOLD_BY_WHO_BOOTS =
  'Metadata is about instances that a compute service boots, and the instances here are none: it would have nothing to tell.';

export const metadataUseCase = defineUseCase({
  id: 'metadata',
  title: 'cloud-init on IPv6-only interfaces',
  claim: 'yes',
  missing: [],
  async gather(trial) {
    if (trial.hasServers) return tryBootedServers(trial);
    if (!trial.can('instance')) throw new UntriableError(TOLD_BY_WHO_BOOTS);
    await trial.each([tryIpv6Alone, tryTenants], (part, attempt) => attempt(part));
  },
});

async function tryTenants(trial: Trial): Promise<void> {
  const [red, blue] = await Promise.all([start(trial, 'red'), start(trial, 'blue')]);
  await tryAddresses(trial, red, blue);
  await tryOtherTellers(trial, red, blue);
  await tryDisguises(trial, red, blue);
  await tryNames(trial, { ...red, domain: DOMAIN }, blue.device.instance);
  await tryFaults(trial, red.device, blue.device, userDataOf('blue'));
}

/** A tenant with an instance on a dual-stack network. */
interface Running {
  readonly name: string;
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  readonly described: Answered<'instance'>;
  readonly port: Answered<'port'>;
  /** A port without a name. */
  readonly unnamed: Answered<'port'>;
  readonly device: InstanceInterface;
}

const userDataOf = (tenant: string): string => `#cloud-config\n# for ${tenant} alone\n`;

async function start(trial: Trial, name: string): Promise<Running> {
  const tenant = trial.tenant(name);
  const network = await tenant.network('dual-stack', 'tenant', { dns_domain: `${DOMAIN}.` });
  await tenant.router('router', [await tenant.subnet6(network, PREFIX, 'slaac')]);
  await tenant.subnet4(network, PREFIX_V4);
  const described = await tenant.make('instance', {
    name: `The machine of ${name}`,
    hostname: `${name}-machine`,
    user_data: userDataOf(name),
    public_keys: [{ name: 'ann', key: KEY }],
    metadata: { tenant: name },
  });
  const unnamed = await tenant.port(network);
  const port = await tenant.port(network, {
    mac_address: MAC.toString(),
    device_id: described.id,
    dns_name: name,
  });
  const instance = await trial.instance(name, port);
  const device = instance.interface('eth0');
  await configured([device, ipv6Of(port)]);
  return { name, tenant, network, described, port, unnamed, device };
}

/** Link-local, unique local and IPv4: two instances with the same addresses are each told what is theirs. */
async function tryAddresses(trial: Trial, ...both: readonly Running[]): Promise<void> {
  for (const { device } of both) await DhcpClient.dhclient(device, 'ipv4');
  for (const { name, described, port, device } of both) {
    const own = `${name}'s own, though another tenant's instance has the same MAC and addresses`;
    const expected = userDataOf(name);
    const path = '/openstack/latest/user_data';
    const reads = (to: Address, label: string) =>
      readsMetadata({ what: `${label}: user data, ${own}`, core: true }, device, { to, path }, expected);
    trial.show(await reads(SERVICE_LINK_LOCAL, 'link-local address'));
    await onLink(device);
    trial.show(await reads(SERVICE_ADDRESS, 'unique local address'));
    await configured([device, ipv4Of(port)]);
    await onLink(device, Prefix.of(SERVICE_ADDRESS_V4, 32));
    trial.show(await reads(SERVICE_ADDRESS_V4, 'IPv4, by the route that DHCP tells'));
    const ec2 = await metadataOf(device, SERVICE_LINK_LOCAL, '/latest/meta-data/instance-id');
    trial.show(is(`EC2 layout: instance id, ${name}'s own`, described.id, ec2));
  }
  const [{ device, described }] = both as [Running];
  const told = JSON.parse(
    (await metadataOf(device, SERVICE_ADDRESS, '/openstack/latest/meta_data.json')) || '{}',
  );
  trial.show({
    ...is(
      'meta_data.json: id, host name, key, words of the owner',
      [described.id, `red-machine.${DOMAIN}`, KEY, 'red'].join(' '),
      [told.uuid, told.hostname, told.public_keys?.ann, told.meta?.tenant].join(' '),
    ),
    core: true,
  });
  const key = await metadataOf(device, SERVICE_LINK_LOCAL, '/2009-04-04/meta-data/public-keys/0/openssh-key');
  trial.show(is('EC2 layout: SSH key', KEY, key));
}

/** Waits for what the network tells: that the unique local address, or the one of IPv4, is on the link. */
async function onLink(device: InstanceInterface, prefix = SERVICE_PREFIX): Promise<void> {
  await waitUntil(
    () => device.routes().some(({ destination }) => destination.equals(prefix)) || undefined,
    CLIENT_MS,
  );
}

const is = (what: string, expected: string, seen: string): Evidence => ({
  what,
  expected,
  seen: seen || 'nothing',
  ok: seen === expected,
});

/** Ports that nobody described, and one that names another tenant's instance as its own. */
async function tryOtherTellers(trial: Trial, red: Running, blue: Running): Promise<void> {
  const plain = await red.tenant.port(red.network, { dns_name: 'plain' });
  const thief = await blue.tenant.port(blue.network, { device_id: red.described.id });
  const [plainDevice, thiefDevice] = await Promise.all(
    [plain, thief].map(async (port, index) => {
      const device = (await trial.instance(['plain', 'thief'][index]!, port)).interface('eth0');
      await configured([device, ipv6Of(port)]);
      return device;
    }),
  );
  const told = JSON.parse(
    (await metadataOf(plainDevice!, SERVICE_LINK_LOCAL, '/openstack/latest/meta_data.json')) || '{}',
  );
  trial.show(
    is(
      'a port that no instance describes: id and host name',
      `${plain.id} plain.${DOMAIN}`,
      `${told.uuid} ${told.hostname}`,
    ),
  );
  trial.show({
    ...(await readsMetadata(
      { what: "a port whose device_id is another tenant's instance: user data" },
      thiefDevice!,
      { to: SERVICE_LINK_LOCAL, path: '/latest/user-data' },
      404,
    )),
    core: true,
  });
}

/** Headers that proxies of metadata send, and another's MAC and IP addresses. */
async function tryDisguises(trial: Trial, red: Running, blue: Running): Promise<void> {
  const headers = {
    'X-Instance-ID': blue.described.id,
    'X-Instance-ID-Signature': '0'.repeat(64),
    'X-Tenant-ID': blue.tenant.projectId,
    'X-Sextant-Port-Id': blue.port.id,
    'X-Forwarded-For': ipv6Of(blue.port).toString(),
    Forwarded: `for="[${ipv6Of(blue.port)}]"`,
  };
  trial.show(
    await readsMetadata(
      { what: "with headers that name another tenant's instance: user data", core: true },
      red.device,
      { to: SERVICE_LINK_LOCAL, path: '/latest/user-data', headers },
      userDataOf('red'),
    ),
  );
  const neighbour = await red.tenant.port(red.network);
  const instance = await trial.instance('neighbour', neighbour);
  await configured([instance.interface('eth0'), ipv6Of(neighbour)]);
  await onLink(instance.interface('eth0'));
  trial.show(
    await readsMetadata(
      { what: 'a neighbour, from its own address: its instance id' },
      instance.interface('eth0'),
      { to: SERVICE_ADDRESS, path: '/latest/meta-data/instance-id' },
      neighbour.id,
    ),
  );
  await asAnother(trial, instance, red);
}

/** A neighbour of red's instance takes its address, and then its MAC address too. */
async function asAnother(trial: Trial, instance: LabInstance, red: Running): Promise<void> {
  const device = instance.interface('eth0');
  const victim = Prefix.of(ipv6Of(red.port), 64);
  const request = { to: SERVICE_ADDRESS, path: '/latest/user-data' };
  await instance.run('ip', '-6', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
  device.addAddress(ipv6Of(red.port), victim.length);
  await instance.run('ip', '-6', 'route', 'replace', `${SERVICE_PREFIX}`, 'dev', 'eth0');
  trial.show(await readsMetadata({ what: "from a neighbour's address" }, device, request, 'silence'));
  device.down();
  await instance.run('ip', 'link', 'set', 'eth0', 'address', red.device.mac.toString());
  device.setIpv6('accept_dad', 0);
  device.up();
  device.addAddress(ipv6Of(red.port), victim.length);
  await instance.run('ip', '-6', 'route', 'replace', `${SERVICE_PREFIX}`, 'dev', 'eth0');
  trial.show(
    await readsMetadata(
      { what: "from a neighbour's address and MAC address", core: true },
      device,
      request,
      'silence',
    ),
  );
}

/** cloud-init's own OpenStack data source, on a network without IPv4. */
async function tryIpv6Alone(trial: Trial): Promise<void> {
  const tenant = trial.tenant('ipv6-only');
  const network = await tenant.network('ipv6-only');
  await tenant.router('router-ipv6-only', [await tenant.subnet6(network, 'fd13::/64', 'slaac')]);
  const described = await tenant.make('instance', {
    name: 'six',
    hostname: 'six',
    user_data: userDataOf('six'),
    public_keys: [{ name: 'ann', key: KEY }],
  });
  const port = await tenant.port(network, { device_id: described.id });
  const instance = await trial.instance('six', port);
  const device = instance.interface('eth0');
  await configured([device, ipv6Of(port)]);
  await onLink(device);
  for (const [label, url] of [
    ['unique local', `http://[${SERVICE_ADDRESS}]`],
    ['link-local', `http://[${SERVICE_LINK_LOCAL}%eth0]`],
  ] as const) {
    const found = await crawlWithCloudInit(instance, url);
    trial.show({ ...cloudInitEvidence(label, described.id, found), core: true });
  }
  trial.show({
    what: 'IPv4 addresses and routes of that instance',
    expected: 'none',
    seen: String(
      device.usable(4).length +
        device.routes().filter(({ destination }) => destination.family === 4).length || 'none',
    ),
    ok: device.usable(4).length === 0,
  });
}

function cloudInitEvidence(label: string, id: string, found: CloudInitFound | string): Evidence {
  const expected = `${id}, six, user data, 1 key, ipv6_slaac`;
  const seen =
    typeof found === 'string'
      ? found
      : [
          found.id,
          found.hostname,
          found.userData === userDataOf('six') ? 'user data' : 'no user data',
          `${found.keys.length} key`,
          found.networkTypes.join(' '),
        ].join(', ');
  return {
    what: `cloud-init's OpenStack data source on an instance without IPv4, ${label} address`,
    expected,
    seen,
    ok: seen === expected,
  };
}
