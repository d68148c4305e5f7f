/** Instances with IPv6 alone that reach IPv4: what they are told (DNS64, PREF64, option 108), and NAT64 that gets them there. */
import { Address, embedIpv4, Prefix, SERVICE_ADDRESS } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import {
  type Capture,
  DhcpClient,
  type LabInstance,
  startClat,
  type TcpEcho,
  waitUntil,
} from '../../lab/index.ts';
import {
  advertisementIn,
  configured,
  defineUseCase,
  describeAddresses,
  ipv4Of,
  ipv6Of,
  isAdvertisement,
  isInstalled,
  optionsOf,
  packetTooBig,
  pingFails,
  pingPassesSoon,
  segmentationOffload,
  type Tenant,
  type Trial,
  tcpFails,
  tcpPasses,
  udpPasses,
} from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const NAT64 = Prefix.parse('64:ff9b::/96');
const INSIDE = Prefix.parse('fd64:1::/64');
const BEYOND = Prefix.parse('fd64:0:0:ff::/64');
const LINK4 = Prefix.parse('198.51.100.0/24');
/** Of AS112 (RFC 7535): no translator takes them for private or for documentation. */
const [ROUTER4, HOST4] = [Address.parse('192.31.196.1'), Address.parse('192.31.196.2')];
const HOST = embedIpv4(NAT64, HOST4);
const DOMAIN = 'mostly.test';
const ECHO_PORT = 7064;
/** A few segments: what more of them come to is among what is missing. */
const BULK = 1_000_000;
/** More than a packet, either way. */
const FRAGMENTED = 3_000;
/** Less than the other links'. */
const NARROW_MTU = 1300;
const BIG_PACKET = 1400;
/** In which a client says that it does without IPv4, or gets an address. */
const TOLD_MS = 30_000;
/** In which what the API has said is in every switch and host. */
const SETTLED_MS = 20_000;

export const ipv6MostlyUseCase = defineUseCase({
  id: 'ipv6-mostly',
  title: 'IPv6-mostly networks: IPv6-only instances reach IPv4 by NAT64, DNS64, PREF64 and option 108',
  claim: 'partial',
  missing: [
    'Between hosts with the userspace switch, UDP in fragments does not come through.',
    "Over a link of a smaller MTU, TCP passes without segmentation offload only, unless the switch is the kernel's.",
  ],
  needs: ['network.nat64_prefix', 'router.external_gateway_info'],
  async gather(trial) {
    const world = await build(trial);
    tryAdvertised(trial, world);
    await tryNames(trial, world);
    await tryOption108(trial, world);
    await tryWayOut(trial, world);
    await tryClat(trial, world);
    await tryErrors(trial, world);
    await tryApart(trial, world);
  },
});

interface World {
  readonly tenant: Tenant;
  readonly inside: Answered<'network'>;
  readonly router: Answered<'router'>;
  readonly outside: Outside;
  /** IPv6 alone. */
  readonly six: LabInstance;
  /** From before its device was up. */
  readonly capture: Capture;
  readonly echo: TcpEcho;
}

/** An IPv6-mostly network of both families behind a router with a gateway, and a host beyond with IPv4. */
async function build(trial: Trial): Promise<World> {
  const tenant = trial.tenant('tenant');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const upstream = LINK4.at(1n);
  await tenant.subnet4(network, `${LINK4}`, { gateway_ip: `${upstream}`, enable_dhcp: false });
  const outside = await Outside.start(trial, network, {
    ...{ beyond: BEYOND, number: 0x64, beyond4: { router: ROUTER4, host: HOST4 } },
    onLink: [[upstream, 24]],
  });
  const inside = await tenant.network('inside', 'tenant', {
    nat64_prefix: NAT64.toString(),
    dns_domain: `${DOMAIN}.`,
  });
  const router = await tenant.make('router', {
    name: 'edge',
    external_gateway_info: { network_id: network.id },
  });
  const subnet6 = await tenant.subnet6(inside, `${INSIDE}`, 'slaac');
  await tenant.attach(router, subnet6);
  await tenant.attach(router, await tenant.subnet4(inside, '10.64.0.0/24'));
  const port = await tenant.port(inside, { fixed_ips: [{ subnet_id: subnet6.id }] });
  const six = await trial.bareInstance('six', port);
  const device = six.interface('eth0');
  const capture = trial.capture(device);
  device.up();
  await configured([device, ipv6Of(port)]);
  const echo = await trial.tcpEcho(outside.beyond, ECHO_PORT);
  trial.udpEcho(outside.beyond, ECHO_PORT);
  return { tenant, inside, router, outside, six, capture, echo };
}

function tryAdvertised(trial: Trial, { capture }: World): void {
  const told = capture.observations
    .filter(({ frame }) => isAdvertisement(frame))
    .flatMap(({ frame }) => optionsOf(advertisementIn(frame)!, 'pref64'))
    .map(({ prefix, lifetime }) => `${prefix} for ${lifetime} s`);
  const expected = `${NAT64} for 9000 s`;
  const seen = [...new Set(told)].join(', ') || 'nothing';
  trial.show({
    what: 'PREF64 in router advertisements (RFC 8781)',
    expected,
    seen,
    ok: seen === expected,
    core: true,
  });
}

async function tryNames(trial: Trial, { tenant, inside, six }: World): Promise<void> {
  six.writeFile('/etc/resolv.conf', `nameserver ${SERVICE_ADDRESS}\noptions timeout:2 attempts:2\n`);
  const looks = async (name: string): Promise<string> => {
    const { stdout } = await six.tryRun(['getent', 'ahostsv6', name]);
    return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/)[0] || []))].sort().join(', ');
  };
  const show = async (what: string, name: string, expected: string, core = false): Promise<void> => {
    const seen = (await looks(name)) || 'nothing';
    trial.show({ what, expected, seen, ok: seen === expected, core });
  };
  const wellKnown = ['192.0.0.170', '192.0.0.171'].map((text) => embedIpv4(NAT64, Address.parse(text)));
  await show('addresses of ipv4only.arpa (RFC 7050)', 'ipv4only.arpa', wellKnown.join(', '), true);
  const port = await tenant.port(inside, { dns_name: 'both' });
  await waitUntil(async () => (await looks(`both.${DOMAIN}`)) !== '', SETTLED_MS);
  await show('addresses of a name that has IPv6', `both.${DOMAIN}`, `${ipv6Of(port)}`);
}

async function tryOption108(trial: Trial, { tenant, inside }: World): Promise<void> {
  const start = async (name: string) => {
    const port = await tenant.port(inside);
    return { port, device: (await trial.instance(name, port)).interface('eth0') };
  };
  const [able, plain] = [await start('able'), await start('plain')];
  const client = DhcpClient.dhcpcd(able.device, [4], ['option ipv6_only_preferred']);
  const told = /IPv6-Only Preferred received/;
  await waitUntil(() => told.test(client.output) || able.device.usable(4).length > 0, TOLD_MS);
  const ok = told.test(client.output) && able.device.usable(4).length === 0;
  trial.show({
    what: 'a client that asks for option 108 (RFC 8925)',
    expected: 'is told to do without IPv4, and has none',
    seen: ok ? 'is told to do without IPv4, and has none' : describeAddresses(able.device),
    ok,
    core: true,
  });
  await DhcpClient.dhclient(plain.device, 'ipv4');
  const address = ipv4Of(plain.port);
  const has = await plain.device.has(address, TOLD_MS);
  trial.show({
    what: 'a client that does not ask for it',
    expected: `has ${address}`,
    seen: has ? `has ${address}` : describeAddresses(plain.device),
    ok: has,
    core: true,
  });
}

async function tryWayOut(trial: Trial, world: World): Promise<void> {
  const { tenant, router, six, echo, outside } = world;
  const core = true;
  trial.show(
    await pingPassesSoon({ what: 'an IPv6-only instance reaches a host with IPv4', core }, six, HOST),
  );
  trial.show(await tcpPasses({ what: 'TCP to it', core }, six, HOST, ECHO_PORT, BULK));
  const { external_gateway_info: info } = await tenant.client.show('router', router.id);
  const expected = info?.external_fixed_ips?.map(({ ip_address }) => ip_address).join() ?? 'none';
  const seen = `${echo.clients.at(-1) ?? 'none'}`;
  trial.show({ what: 'the source that it sees', expected, seen, ok: seen === expected, core });
  trial.show(await udpPasses({ what: 'UDP to it', core }, six, HOST, ECHO_PORT, 1000));
  trial.show(await udpPasses({ what: 'UDP in fragments, there and back' }, six, HOST, ECHO_PORT, FRAGMENTED));
  trial.show(await tcpFails({ what: 'TCP to a port that nobody serves there' }, six, HOST, ECHO_PORT + 1));
  const hidden = embedIpv4(NAT64, Address.parse('10.64.0.1'));
  trial.show(
    await pingFails(
      { what: 'a private address by the well-known prefix (RFC 6052 section 3.1)' },
      six,
      hidden,
    ),
  );
  const nobody = embedIpv4(NAT64, LINK4.at(77n));
  trial.show(await pingFails({ what: 'an address outside that nobody has' }, six, nobody));
  // Nobody outside begins anything.
  trial.show(
    await pingFails(
      { what: 'the address of the translator, from outside' },
      outside.beyond,
      Address.parse('192.0.0.2'),
    ),
  );
}

/** A program that knows IPv4 alone, on an instance that has none but by a translator of its own (464XLAT, RFC 6877). */
async function tryClat(trial: Trial, { six }: World): Promise<void> {
  if (!isInstalled('tayga')) return trial.leaveOut('464XLAT: tayga is not installed.');
  const own = { address: INSIDE.at(0xc1a7n), own: INSIDE.at(0xc1a8n) };
  await startClat(six.interface('eth0'), { prefix: NAT64, ...own });
  const how = '464XLAT: with a CLAT in the instance';
  trial.show(await pingPassesSoon({ what: `${how}, IPv4 to the host`, core: true }, six, HOST4));
  trial.show(await tcpPasses({ what: `${how}, TCP by IPv4` }, six, HOST4, ECHO_PORT, BULK));
}

/** What routers on the way say of packets. */
async function tryErrors(trial: Trial, { six, outside }: World): Promise<void> {
  await outside.upstream.run('ip', 'link', 'set', 'eth1', 'mtu', `${NARROW_MTU}`);
  await outside.beyond.run('ip', 'link', 'set', 'eth0', 'mtu', `${NARROW_MTU}`);
  const tooBig = `a packet of ${BIG_PACKET} octets over a link outside with an MTU of ${NARROW_MTU}`;
  const size = { packetSize: BIG_PACKET, mtu: NARROW_MTU + 20 };
  trial.show(await packetTooBig({ what: tooBig }, six, HOST, size));
  const offload = async (state: 'on' | 'off') => {
    for (const instance of [six, outside.beyond]) await segmentationOffload(instance, state);
  };
  await offload('off');
  const what = 'TCP over that link, without segmentation offload';
  trial.show(await tcpPasses({ what }, six, HOST, ECHO_PORT, BULK));
  await offload('on');
}

/** A router without a gateway translates for nobody. */
async function tryApart(trial: Trial, { tenant }: World): Promise<void> {
  const network = await tenant.network('apart', 'tenant', { nat64_prefix: NAT64.toString() });
  await tenant.router('router-apart', [await tenant.subnet6(network, 'fd64:2::/64', 'slaac')]);
  const port = await tenant.port(network);
  const instance = await trial.instance('apart', port);
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  trial.show(await pingFails({ what: 'from behind a router without a gateway' }, instance, HOST));
}
