/** A router with two ways out: flows over both, each with the right source, and what becomes of them when one dies. */
import { Address, linkLocalAddress, Mac, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { DhcpClient, type LabInstance, Pinger, type TcpEcho, tcpProbe, waitUntil } from '../../lab/index.ts';
import {
  configured,
  type Evidence,
  ipv6Of,
  pingFails,
  pingPasses,
  pingPassesSoon,
  type Tenant,
  type Trial,
} from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const HOW = 'two gateways';
const TCP_PORT = 7042;
/** So many connections all leave by one of two with a probability of less than 1 in 30,000. */
const FLOWS = 16;
/** What is told to hosts of a busy machine has happened there by then. */
const SETTLED_MS = 60_000;
/** Both upstreams lead there, each to a host of its own that has the address: so it is seen which a flow went by. */
const ANYWHERE = { 4: Address.parse('192.0.2.99'), 6: Address.parse('fd51:ffff::99') } as const;
const NAT64_PREFIX = Prefix.parse('fd51:64::/96');
const FORWARDING = ['ipv4/conf/all/forwarding', 'ipv6/conf/all/forwarding'] as const;

/** One of the two ways out. */
interface Uplink {
  readonly network: Answered<'network'>;
  readonly outside: Outside;
  readonly echo: TcpEcho;
  /** The router's addresses there: of IPv4, and the one that is always there. */
  readonly own: { readonly 4: Address; readonly linkLocal: Address };
}

interface World {
  readonly tenant: Tenant;
  readonly router: Answered<'router'>;
  readonly guest: LabInstance;
  readonly port: Answered<'port'>;
  readonly ways: readonly [Uplink, Uplink];
}

/** What is beyond an external network: one of IPv4, whose routers learn the way out by IPv6. */
async function outsideOf(trial: Trial, tenant: Tenant, number: number) {
  const network = await tenant.network(`outside-${number}`, 'vlan', { 'router:external': true });
  const link = Prefix.parse(`198.18.${number}.0/24`);
  const upstream = link.at(1n);
  await tenant.subnet4(network, `${link}`, { gateway_ip: `${upstream}`, enable_dhcp: false });
  const [router, host] = [1, 2].map((last) => Address.parse(`198.19.${number}.${last}`));
  const outside = await Outside.start(trial, network, {
    ...{ beyond: Prefix.parse(`fd51:${number}::/64`), number, beyond4: { router: router!, host: host! } },
    ...{ onLink: [[upstream, 24]], advertised: { routerLifetime: 1800, options: [] } },
  });
  const far = outside.beyond.interface('eth0');
  far.addAddress(ANYWHERE[4], 32);
  far.addAddress(ANYWHERE[6], 128);
  const lead = (to: Address, via: Address) =>
    outside.upstream.run('ip', 'route', 'add', `${to}`, 'via', `${via}`, 'dev', 'eth1');
  await lead(ANYWHERE[4], host!);
  await lead(ANYWHERE[6], outside.host);
  return { network, outside, echo: await trial.tcpEcho(outside.beyond, TCP_PORT) };
}

async function build(trial: Trial): Promise<World> {
  const tenant = trial.tenant('multihomed');
  const outer = [await outsideOf(trial, tenant, 0x51), await outsideOf(trial, tenant, 0x52)];
  const made = await tenant.make('router', { name: 'edge' });
  const network = await tenant.network('inside');
  await tenant.attach(made, await tenant.subnet6(network, 'fd51:1::/64', 'slaac'));
  await tenant.attach(made, await tenant.subnet4(network, '10.51.0.0/24'));
  const port = await tenant.port(network);
  const guest = await trial.instance('guest', port);
  await configured([guest.interface('eth0'), ipv6Of(port)]);
  await DhcpClient.dhclient(guest.interface('eth0'), 'ipv4');
  await tenant.client.act('router', made.id, 'add_external_gateways', {
    router: { external_gateways: outer.map(({ network: { id } }) => ({ network_id: id })) },
  });
  const router = await tenant.client.show('router', made.id);
  const gateways = router.external_gateways ?? [];
  trial.show({
    what: `${HOW}: external_gateways of the router, the first of them external_gateway_info`,
    expected: outer.map(({ network: { id } }) => id).join(', '),
    seen: gateways.map(({ network_id }) => network_id).join(', '),
    ok:
      gateways.map(({ network_id }) => network_id).join() === outer.map(({ network }) => network.id).join() &&
      router.external_gateway_info?.network_id === outer[0]?.network.id,
  });
  const ports = await trial.listAsAdmin('port', {
    device_id: router.id,
    device_owner: 'network:router_gateway',
  });
  const ways = outer.map((one): Uplink => {
    const gateway = ports.find(({ network_id }) => network_id === one.network.id);
    const address = Address.parse(gateway?.fixed_ips?.[0]?.ip_address ?? '');
    const linkLocal = linkLocalAddress(Mac.parse(gateway?.mac_address ?? ''));
    return { ...one, own: { 4: address, linkLocal } };
  });
  for (const { outside, own } of ways)
    await outside.leadTo(router.upstream_routes.filter(({ nexthop }) => nexthop === `${own.linkLocal}`));
  return { tenant, router, guest, port, ways: ways as [Uplink, Uplink] };
}

/** The clients that each host beyond had of so many connections, and how many came about. */
async function flows({ guest, ways }: World, target: Address) {
  const before = ways.map(({ echo }) => echo.clients.length);
  const outcomes = await Promise.all(Array.from({ length: FLOWS }, () => tcpProbe(guest, target, TCP_PORT)));
  const clients = ways.map(({ echo }, index) => echo.clients.slice(before[index]));
  return { clients, connected: outcomes.filter(({ outcome }) => outcome === 'connected').length };
}

/** Where connections go, and with which source they arrive there. */
async function goes(
  world: World,
  family: 4 | 6,
  what: string,
  by: 'first' | 'second' | 'both',
  sourceOf: (way: Uplink) => Address = (way) => (family === 4 ? way.own[4] : ipv6Of(world.port)),
  target: Address = ANYWHERE[family],
): Promise<Evidence> {
  const wanted = [by !== 'second', by !== 'first'];
  const expected = world.ways
    .flatMap((way, index) => (wanted[index] ? `by the ${ORDER[index]} from ${sourceOf(way)}` : []))
    .join(', ');
  const once = async (): Promise<Evidence> => {
    const { clients, connected } = await flows(world, target);
    const seen = clients.flatMap((own, index) => {
      const sources = [...new Set(own.map(String))].join(' and ');
      return own.length === 0 ? [] : `${own.length} by the ${ORDER[index]} from ${sources}`;
    });
    const ok =
      connected === FLOWS &&
      clients.every((own, index) => own.length > 0 === wanted[index]) &&
      clients.every((own, index) => own.every((client) => client.equals(sourceOf(world.ways[index]!))));
    return {
      ...{ what: `${HOW}: ${FLOWS} connections by IPv${family}, ${what}`, expected, core: true },
      ...{ seen: `${connected} came about: ${seen.join(', ')}`, ok },
    };
  };
  let last = await once();
  // What the API says, hosts do a little later.
  await waitUntil(async () => {
    if (!last.ok) last = await once();
    return last.ok;
  }, SETTLED_MS);
  return last;
}

const ORDER = ['first', 'second'] as const;

/** Sets what administrators may. */
const spread = (trial: Trial, { router }: World): Promise<void> =>
  trial.changeAsAdmin(
    'router',
    router.id,
    { enable_default_route_ecmp: true },
    { enable_default_route_ecmp: false },
  );

/** Has an upstream router forward nothing any more, or again; whatever else speaks for it goes on. */
function forward({ outside }: Uplink, isOn: boolean): void {
  for (const setting of FORWARDING) outside.upstream.setSetting(setting, isOn ? 1 : 0);
}

/** The way by which requests leave that are being sent. */
async function carrierOf(trial: Trial, { ways }: World, pinger: Pinger): Promise<Uplink> {
  const captures = ways.map(({ outside }) => trial.capture(outside.device));
  await pinger.getsMore();
  const [first = 0, second = 0] = captures.map(
    (capture) =>
      capture.received(({ network }) => network.kind === 'ipv6' && network.destination.equals(ANYWHERE[6]))
        .length,
  );
  return ways[first >= second ? 0 : 1];
}

/** What is spread to an upstream that forwards nothing any more is lost, as long as it goes on being a router. */
async function dying(trial: Trial, world: World): Promise<void> {
  const pinger = await Pinger.start(world.guest, ANYWHERE[6]);
  const carrier = await carrierOf(trial, world, pinger);
  await pinger.stop();
  forward(carrier, false);
  const what = `${HOW}: pings, while the upstream that they go by is dead, and nobody knows`;
  trial.show(await pingFails({ what, core: true }, world.guest, ANYWHERE[6]));
  const { connected } = await flows(world, ANYWHERE[6]);
  trial.show({
    what: `${HOW}: ${FLOWS} connections meanwhile`,
    expected: 'some come about, by the other, and some do not',
    seen: `${connected} came about`,
    ok: connected > 0 && connected < FLOWS,
  });
  forward(carrier, true);
  trial.show(await pingPassesSoon({ what: `${HOW}: when it is back` }, world.guest, ANYWHERE[6]));
}

/** A floating IP leads out by the gateway on its own network, and in. */
async function byFloatingIp(trial: Trial, world: World): Promise<void> {
  const [, second] = world.ways;
  const fixed = world.port.fixed_ips?.find(({ ip_address }) => ip_address?.includes('.'))?.ip_address;
  const floating = await world.tenant.make('floatingip', {
    floating_network_id: second.network.id,
    ...{ port_id: world.port.id, fixed_ip_address: fixed ?? null },
  });
  const address = Address.parse(floating.floating_ip_address);
  trial.show(await goes(world, 4, 'of an address with a floating IP on the second', 'second', () => address));
  const what = `${HOW}: a host beyond the second reaches the floating IP`;
  trial.show(await pingPasses({ what, core: true }, second.outside.beyond, address, { count: 10 }));
  await world.tenant.client.delete('floatingip', floating.id);
  trial.show(await goes(world, 4, 'when it has none any more', 'both'));
}

/** What the translator on the host of the first gateway makes of IPv6 leaves by both, and comes back by both. */
async function byNat64(trial: Trial, world: World): Promise<void> {
  const { network_id: id } = world.port;
  await world.tenant.client.update('network', id, { nat64_prefix: `${NAT64_PREFIX}` });
  const target = NAT64_PREFIX.at(ANYWHERE[4].value);
  trial.show(await goes(world, 6, 'to IPv4 by NAT64', 'both', ({ own }) => own[4], target));
}

/** Several gateways of one router, on two external networks. */
export async function trySeveralGateways(trial: Trial): Promise<void> {
  const world = await build(trial);
  trial.show(await goes(world, 6, 'as it is by itself', 'first'));
  trial.show(await goes(world, 4, 'as it is by itself', 'first'));
  const reached = { what: `${HOW}: a host beyond the first reaches the instance` };
  trial.show(await pingPasses(reached, world.ways[0].outside.beyond, ipv6Of(world.port)));
  await spread(trial, world);
  trial.show(await goes(world, 6, 'with enable_default_route_ecmp', 'both'));
  trial.show(await goes(world, 4, 'with enable_default_route_ecmp', 'both'));
  await byFloatingIp(trial, world);
  await byNat64(trial, world);
  await dying(trial, world);
  world.ways[1].outside.advertiser?.change({ routerLifetime: 0 });
  trial.show(await goes(world, 6, 'when the second upstream gives up as a router (lifetime 0)', 'first'));
}
