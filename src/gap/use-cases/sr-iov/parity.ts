/** An ordinary instance and one with hardware of its own on the same VLAN: the same is tried on both. */
import {
  Address,
  linkLocalAddress,
  Mac,
  Prefix,
  SERVICE_ADDRESS,
  SERVICE_ADDRESS_V4,
  SERVICE_LINK_LOCAL,
} from '../../../addressing/index.ts';
import type { Answered } from '../../../client/index.ts';
import {
  type Capture,
  DhcpClient,
  type InstanceInterface,
  type LabInstance,
  resolverOf,
  waitUntil,
} from '../../../lab/index.ts';
import {
  addressAppears,
  advertisementIn,
  configured,
  describeAddresses,
  describeAdvertisement,
  ipv4Of,
  ipv6Of,
  isAdvertisement,
  optionsOf,
  pingFails,
  pingPasses,
  readsMetadata,
  type Tenant,
  type Trial,
  tcpPasses,
} from '../../kit/index.ts';

const PREFIX = Prefix.parse('fd16:1::/64');
const PREFIX_V4 = '10.16.1.0/24';
const INNER = 'fd16:2::/64';
const DOMAIN = 'parity.test';
const SERVERS = ['fd16::53', 'fd16::54'];
const SEARCH = ['one.parity.test', 'parity.test'];
/** Of an instance, beside what it forms of its MAC address. */
const NEW_SOURCE = Address.parse('fe80::16:5');
const TCP_PORT = 5216;
const CLIENT_MS = 30_000;
/** Of the subnet, once it is changed: who hears that has been advertised to without having asked. */
const LIFETIME = 1_777;

/** One of the two. */
interface Guest {
  readonly name: 'ordinary' | 'hardware';
  readonly port: Answered<'port'>;
  readonly userData: string | undefined;
  readonly device: InstanceInterface;
  readonly capture: Capture;
}

interface Scene {
  readonly tenant: Tenant;
  readonly network: Answered<'network'>;
  readonly subnet: Answered<'subnet'>;
  readonly routerMac: Mac;
  readonly inner: { readonly instance: LabInstance; readonly address: Address };
}

export async function tryParity(trial: Trial): Promise<void> {
  const scene = await build(trial);
  const guests = [
    await start(trial, scene, 'ordinary', (port) => trial.bareInstance('ordinary', port)),
    await start(trial, scene, 'hardware', (port) => trial.bareHardwareInstance('hardware', port), {
      'binding:vnic_type': 'direct',
    }),
  ];
  for (const guest of guests) {
    await tryConfiguration(trial, guest, scene);
    await tryDhcpv4(trial, guest);
    if (guest.userData !== undefined) await tryMetadata(trial, guest, guest.userData);
    await tryInner(trial, guest, scene);
  }
  const [ordinary, hardware] = guests as [Guest, Guest];
  for (const [one, other] of [
    [ordinary, hardware],
    [hardware, ordinary],
  ] as const) {
    await tryEachOther(trial, one, other);
  }
  if (trial.isSextant) await tryNewSource(trial, hardware);
  await tryGroup(trial, scene, hardware);
  if (trial.can('subnet.preferred_lifetime')) await tryNews(trial, guests, scene);
}

async function build(trial: Trial): Promise<Scene> {
  const tenant = trial.tenant('parity');
  const network = await tenant.network('vlan', 'vlan', { dns_domain: `${DOMAIN}.` });
  const subnet = await tenant.subnet6(network, PREFIX.toString(), 'slaac', {
    dns_nameservers: SERVERS,
    dns_search_domains: SEARCH,
  });
  const subnet4 = await tenant.subnet4(network, PREFIX_V4);
  const overlay = await tenant.network('inner');
  const innerSubnet = await tenant.subnet6(overlay, INNER, 'slaac');
  const router = await tenant.router('router', [subnet, subnet4, innerSubnet]);
  const [interfacePort] = await tenant.client.list('port', {
    device_id: router.id,
    network_id: network.id,
    fixed_ips: `subnet_id=${subnet.id}`,
  });
  const port = await tenant.port(overlay);
  const instance = await trial.instance('inner', port);
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  await trial.tcpEcho(instance, TCP_PORT);
  const routerMac = Mac.parse(interfacePort!.mac_address);
  return { tenant, network, subnet, routerMac, inner: { instance, address: ipv6Of(port) } };
}

async function start(
  trial: Trial,
  { tenant, network }: Scene,
  name: Guest['name'],
  boot: (port: Answered<'port'>) => Promise<LabInstance>,
  wish: object = {},
): Promise<Guest> {
  const userData = trial.can('instance') ? `#cloud-config\n# for ${name} alone\n` : undefined;
  const described =
    userData && (await tenant.make('instance', { name, hostname: name, user_data: userData }));
  const port = await tenant.port(network, {
    ...wish,
    dns_name: name,
    ...(described && { device_id: described.id }),
  });
  const device = (await boot(port)).interface('eth0');
  const capture = trial.capture(device);
  device.up();
  return { name, port, userData, device, capture };
}

/** What the kernel makes of what it is advertised. */
async function tryConfiguration(trial: Trial, guest: Guest, { routerMac }: Scene): Promise<void> {
  const { name, device, port, capture } = guest;
  trial.show(await addressAppears({ what: `${name}: address by SLAAC`, core: true }, device, ipv6Of(port)));
  const heard = await capture.waitFor(isAdvertisement, CLIENT_MS);
  const advertisement = heard && advertisementIn(heard.frame);
  const expected = `M=0 O=0, ${PREFIX} A=1, mtu ${device.ipv6Mtu()}, ${SERVERS.join(' ')}, ${SEARCH.join(' ')}`;
  const seen = advertisement
    ? [
        describeAdvertisement(advertisement),
        optionsOf(advertisement, 'rdnss')
          .flatMap(({ servers }) => servers.map(String))
          .join(' '),
        optionsOf(advertisement, 'dnssl')
          .flatMap(({ domains }) => domains)
          .join(' '),
      ].join(', ')
    : 'no advertisement';
  const evidence = { what: `${name}: what it is advertised`, expected, seen, ok: seen === expected };
  trial.show({ ...(await trial.proven(evidence, capture, `${name}-advertised`)), core: true });
  const via = device.routes().find(({ destination }) => destination.length === 0)?.gateway;
  const router = linkLocalAddress(routerMac);
  trial.show({
    what: `${name}: its default route`,
    expected: `${router}`,
    seen: `${via ?? 'none'}`,
    ok: via?.equals(router) === true,
    core: true,
  });
}

async function tryDhcpv4(trial: Trial, { name, device, port }: Guest): Promise<void> {
  await DhcpClient.dhclient(device, 'ipv4');
  trial.show(await addressAppears({ what: `${name}: address by DHCPv4`, core: true }, device, ipv4Of(port)));
  const toService = () =>
    device
      .routes()
      .find(({ destination }) => destination.contains(SERVICE_ADDRESS_V4) && destination.length === 32);
  await waitUntil(toService, CLIENT_MS);
  const { servers } = await resolverOf(device.instance);
  trial.show({
    what: `${name}: the route to the services by DHCPv4, and its DNS servers`,
    expected: 'a route, and at least one',
    seen: `${toService() ? 'a route' : 'no route'}, ${servers.join(' ') || 'none'}`,
    ok: toService() !== undefined && servers.length > 0,
  });
}

async function tryMetadata(trial: Trial, { name, device, port }: Guest, userData: string): Promise<void> {
  for (const [label, to] of [
    ['link-local address', SERVICE_LINK_LOCAL],
    ['unique local address', SERVICE_ADDRESS],
    ['IPv4', SERVICE_ADDRESS_V4],
  ] as const) {
    const what = `${name}: its own user data, ${label}`;
    const request = { to, path: '/openstack/latest/user_data' };
    trial.show(await readsMetadata({ what, core: true }, device, request, userData));
  }
  device.instance.writeFile(
    '/etc/resolv.conf',
    `nameserver ${SERVICE_ADDRESS}\noptions timeout:2 attempts:3\n`,
  );
  const full = `${name}.${DOMAIN}`;
  const { stdout } = await device.instance.tryRun(['getent', 'ahostsv6', full]);
  const seen = stdout.split(/\s+/)[0] || 'nothing';
  trial.show({
    what: `${name}: DNS over IPv6, address of ${full}`,
    expected: `${ipv6Of(port)}`,
    seen,
    ok: seen === `${ipv6Of(port)}`,
    core: true,
  });
}

/** Who knows where the services are does not ask them, so it is they who have to find where an answer goes. */
async function tryNewSource(trial: Trial, { name, device }: Guest): Promise<void> {
  device.addAddress(NEW_SOURCE, 64);
  const what = `${name}: the services answer an address of its that they have not heard of`;
  const options = { device: device.device, source: NEW_SOURCE };
  trial.show(await pingPasses({ what }, device.instance, SERVICE_LINK_LOCAL, options));
}

/** By the router, to and from an instance on a network of tunnels. */
async function tryInner(trial: Trial, { name, device, port }: Guest, { inner }: Scene): Promise<void> {
  const { instance, address } = inner;
  const core = true;
  trial.show(
    await pingPasses(
      { what: `${name}: reaches an instance behind its router`, core },
      device.instance,
      address,
    ),
  );
  trial.show(
    await pingPasses({ what: `${name}: is reached from behind its router`, core }, instance, ipv6Of(port)),
  );
  const what = `${name}: TCP to an instance behind its router`;
  trial.show(await tcpPasses({ what }, device.instance, address, TCP_PORT, 100_000));
}

async function tryEachOther(trial: Trial, one: Guest, other: Guest): Promise<void> {
  const { device } = one;
  for (const [family, target] of [
    ['IPv6', ipv6Of(other.port)],
    ['IPv4', ipv4Of(other.port)],
  ] as const) {
    const what = `${one.name} reaches ${other.name} by ${family}`;
    trial.show(await pingPasses({ what, core: true }, device.instance, target));
  }
}

/** An ordinary instance lets in what is in its group, hardware too, and nobody else. */
async function tryGroup(trial: Trial, { tenant, network }: Scene, hardware: Guest): Promise<void> {
  const group = await tenant.securityGroup('members', []);
  await tenant.allow(group, { remote_group_id: group.id });
  const port = await tenant.port(network, { security_groups: [group.id] });
  const instance = await trial.instance('protected', port);
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  const from = hardware.device.instance;
  const what = (who: string) => `an instance that lets in its group alone: from hardware ${who}`;
  trial.show(await pingFails({ what: what('that is in another') }, from, ipv6Of(port)));
  await tenant.client.update('port', hardware.port.id, { security_groups: [group.id] });
  const passes = async () => (await pingPasses({ what: what('in it') }, from, ipv6Of(port))).ok;
  const ok = (await waitUntil(passes, CLIENT_MS)) === true;
  trial.show({ what: what('in it'), expected: 'answers', seen: ok ? 'answers' : 'silence', ok });
}

/** What changes is told to those that did not ask. */
async function tryNews(trial: Trial, guests: readonly Guest[], { tenant, subnet }: Scene): Promise<void> {
  await tenant.client.update('subnet', subnet.id, { preferred_lifetime: LIFETIME });
  for (const { name, device, capture } of guests) {
    const news = await capture.waitFor((frame) => {
      const advertisement = advertisementIn(frame);
      return (
        advertisement !== undefined &&
        optionsOf(advertisement, 'prefix-information').some(
          ({ preferredLifetime }) => preferredLifetime === LIFETIME,
        )
      );
    }, CLIENT_MS);
    const evidence = {
      what: `${name}: hears of a change without asking`,
      expected: 'an advertisement of it',
      seen: news ? 'an advertisement of it' : `nothing; it has ${describeAddresses(device)}`,
      ok: news !== undefined,
    };
    trial.show({ ...(await trial.proven(evidence, capture, `${name}-news`)), core: true });
  }
}
