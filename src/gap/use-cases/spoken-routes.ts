/** Tenants' prefixes that a router upstream learns by BGP: nobody gives it a route. */
import { Address, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { BgpRouter, type LabInstance, Pinger, ping, waitUntil } from '../../lab/index.ts';
import {
  configured,
  ipv6Of,
  pingFails,
  pingPasses,
  type Tenant,
  type Trial,
  tcpPasses,
} from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const TCP_PORT = 7041;
const BULK = 100_000;
const AS = { tenants: 64_512, upstream: 64_513 } as const;
const PASSWORD = 'between-friends';
/** In which hosts hear of what is asked, and peers of hosts. */
const SPOKEN_MS = 60_000;
/** Beside them there is the service's own machine, which does not. */
const HOSTS = 2;
/** Routes of nobody, which a peer floods. */
const FLOOD = 2_000;
/** In which a gateway is on another host when the one that had it fails. */
const OUTAGE_MS = 1_000;
const LOOK_MS = 20;

/** A tenant with an instance behind a router, and a router upstream that hears of it by BGP alone. */
interface SpokenWorld {
  readonly tenant: Tenant;
  readonly upstream: BgpRouter;
  readonly outside: Outside;
  readonly external: Answered<'network'>;
  readonly router: Answered<'router'>;
  readonly subnet: Answered<'subnet'>;
  readonly port: Answered<'port'>;
  readonly guest: LabInstance;
  readonly speaker: Answered<'bgp_speaker'>;
  /** What the router upstream is to hear of the tenant. */
  readonly told: string;
}

const HOW = 'by BGP';
const NOTHING = 'nothing';

/**
 * @param number tells it from others, and is in its prefixes
 * @param ready is done when all is plugged in, before there is a gateway
 */
async function speak(
  trial: Trial,
  number: number,
  ready: () => Promise<void> = async () => {},
): Promise<SpokenWorld> {
  const hex = number.toString(16);
  const prefixOf = (letter: string) => `fd${hex}:${letter}:0:1::/64`;
  const link = Prefix.parse(prefixOf('a'));
  const tenant = trial.tenant('spoken');
  const scope = await tenant.make('address_scope', { name: 'routed', ip_version: 6 });
  const pool = (letter: string, address_scope_id: string | null) =>
    tenant.make('subnetpool', { prefixes: [`fd${hex}:${letter}::/48`], address_scope_id });
  const external = await tenant.network('outside', 'vlan', { 'router:external': true });
  const peerAddress = link.at(1n);
  await tenant.subnet6(external, `${link}`, undefined, {
    ...{ subnetpool_id: (await pool('a', scope.id)).id, gateway_ip: `${peerAddress}`, enable_dhcp: false },
  });
  const outside = await Outside.start(trial, external, {
    ...{ beyond: Prefix.parse(`fd${hex}:0:0:ff::/64`), number, onLink: [[peerAddress, 64]] as const },
  });
  const upstream = await BgpRouter.start(outside.upstream, {
    ...{ as: AS.upstream, id: '192.0.2.1', from: link, peersAs: AS.tenants, password: PASSWORD, bfd: true },
  });
  outside.upstream.atStop(() => upstream.stop());
  const network = await tenant.network('inside');
  const subnet = await tenant.subnet6(network, prefixOf('b'), 'slaac', {
    subnetpool_id: (await pool('b', scope.id)).id,
  });
  // What is of no address scope is behind the router as well.
  const unscoped = await tenant.subnet6(await tenant.network('unscoped'), prefixOf('c'), 'slaac', {
    subnetpool_id: (await pool('c', null)).id,
  });
  const made = await tenant.make('router', { name: 'edge' });
  for (const one of [subnet, unscoped]) await tenant.attach(made, one);
  const port = await tenant.port(network);
  const guest = await trial.instance('spoken', port);
  await configured([guest.interface('eth0'), ipv6Of(port)]);
  await ready();
  const router = await tenant.client.update('router', made.id, {
    external_gateway_info: { network_id: external.id },
  });
  trial.show(await pingFails({ what: `${HOW}: before there is a speaker` }, outside.beyond, ipv6Of(port)));
  const speaker = await trial.makeAsAdmin('bgp_speaker', { local_as: AS.tenants, ip_version: 6 });
  const peer = await trial.makeAsAdmin('bgp_peer', {
    ...{ peer_ip: `${peerAddress}`, remote_as: AS.upstream, auth_type: 'md5', password: PASSWORD, bfd: true },
  });
  await trial.actAsAdmin('bgp_speaker', speaker.id, 'add_bgp_peer', { bgp_peer_id: peer.id });
  await trial.actAsAdmin('bgp_speaker', speaker.id, 'add_gateway_network', { network_id: external.id });
  const hop = router.external_gateway_info?.external_fixed_ips?.[0]?.ip_address ?? 'none';
  const world = { tenant, upstream, outside, external, router, subnet, port, guest, speaker };
  return { ...world, told: `${subnet.cidr} by ${hop}` };
}

const heardBy = async ({ upstream }: SpokenWorld): Promise<string> =>
  Array.from(await upstream.heard(), ([prefix, hops]) => `${prefix} by ${hops}`)
    .sort()
    .join(', ') || NOTHING;

/** Whether the kernel of the router upstream leads somewhere what it has heard. */
const isLed = ({ outside }: SpokenWorld, told: string): boolean =>
  outside.upstream.routes().some(({ destination }) => told.split(' ')[0] === `${destination}`);

/** Waits until a host beyond has an answer: what the API says, hosts do a little later. */
const answers = ({ outside }: SpokenWorld, address: Address): Promise<unknown> =>
  waitUntil(
    async () => (await ping(outside.beyond, address, { count: 1, patienceMs: 500 })).received > 0,
    SPOKEN_MS,
  );

/** Waits until the router upstream has heard just this, and does it. */
async function hears(
  trial: Trial,
  world: SpokenWorld,
  what: string,
  expected: string,
  core = false,
): Promise<void> {
  let seen = '';
  await waitUntil(async () => {
    seen = await heardBy(world);
    return seen === expected && (seen === NOTHING || seen.split(', ').every((one) => isLed(world, one)));
  }, SPOKEN_MS);
  trial.show({ what: `${HOW}: ${what}`, expected, seen, ok: seen === expected, core });
}

const hearsOfTenant = (trial: Trial, world: SpokenWorld): Promise<void> =>
  hears(
    trial,
    world,
    'what a router upstream hears, of a subnet that is of the external one’s address scope and one that is not',
    world.told,
    true,
  );

/** How it stands with the peer, on each host that reaches what is outside here. */
async function showSessions(trial: Trial, { speaker }: SpokenWorld, what: string): Promise<void> {
  let seen = '';
  let ok = false;
  await waitUntil(async () => {
    const all = (await trial.showAsAdmin('bgp_speaker', speaker.id)).sessions;
    const sessions =
      trial.hosts.length < HOSTS
        ? all
        : all.filter(({ host }) => trial.hosts.some(({ name }) => name === host));
    seen = sessions.map(({ host, state }) => `${host}: ${state}`).join(', ') || 'none';
    ok = sessions.length > 0 && sessions.every(({ state }) => state === 'established');
    return ok;
  }, SPOKEN_MS);
  trial.show({ what: `${HOW}: the sessions${what}`, expected: 'established', seen, ok });
}

/** Routes come with what they lead to, and go with it. */
export async function trySpokenRoutes(trial: Trial): Promise<void> {
  if (!BgpRouter.isInstalled()) return lacksPeer(trial);
  const world = await speak(trial, 0x4b);
  const { tenant, upstream, outside, external, router, subnet, port, guest, speaker, told } = world;
  const address = ipv6Of(port);
  await hearsOfTenant(trial, world);
  const reached = { what: `${HOW}: a host beyond reaches the instance`, core: true };
  await answers(world, address);
  trial.show(await pingPasses(reached, outside.beyond, address, { count: 10 }));
  await trial.tcpEcho(guest, TCP_PORT);
  const bulk = { what: `${HOW}: TCP from there, and back` };
  trial.show(await tcpPasses(bulk, outside.beyond, address, TCP_PORT, BULK));

  const wish = { floating_network_id: external.id, port_id: port.id };
  const floating = await tenant.make('floatingip', wish);
  const host = `${floating.floating_ip_address}/128 by ${told.split(' by ')[1]}`;
  await hears(trial, world, 'a floating IP', [host, told].sort().join(', '));
  const byHost = { what: `${HOW}: a host beyond reaches the floating IP` };
  const there = Address.parse(floating.floating_ip_address);
  await answers(world, there);
  trial.show(await pingPasses(byHost, outside.beyond, there, { count: 10 }));
  await tenant.client.delete('floatingip', floating.id);
  await hears(trial, world, 'a floating IP that is gone', told);

  const nobodys = (index: number) => Prefix.parse(`fd4b:f:${index.toString(16)}::/48`);
  await upstream.flood(Array.from({ length: FLOOD }, (_, index) => nobodys(index)));
  await showSessions(trial, world, `, while the peer tells of ${FLOOD} routes of nobody`);
  trial.show(await pingPasses({ what: `${HOW}: the instance, meanwhile` }, outside.beyond, address));

  await tenant.client.removeRouterInterface(router.id, { subnet_id: subnet.id });
  await hears(trial, world, 'a subnet that left its router', NOTHING);
  await tenant.attach(router, subnet);
  await hears(trial, world, 'a subnet that is back', told);
  const network = { network_id: external.id };
  await trial.actAsAdmin('bgp_speaker', speaker.id, 'remove_gateway_network', network);
  await hears(trial, world, 'a speaker that has no network any more', NOTHING);
  trial.show(await pingFails({ what: `${HOW}: without it` }, outside.beyond, address));
}

const lacksPeer = (trial: Trial): void =>
  trial.couldNotTry('There is no FRR here that could be the router upstream: apt install frr.');

/** The gateway goes to another host, and the route stays: several hosts, of which the first has what is outside. */
export async function tryMovedSpeaker(trial: Trial): Promise<void> {
  if (!BgpRouter.isInstalled()) return lacksPeer(trial);
  const [home, ...others] = trial.hosts;
  const homeId = (await trial.listAsAdmin('agent')).find(({ host }) => host === home?.name)?.id ?? '';
  // Gateways come there last.
  const world = await speak(trial.on(home!), 0x4c, () =>
    trial.changeAsAdmin('agent', homeId, { admin_state_up: false }, { admin_state_up: true }),
  );
  await hearsOfTenant(trial, world);
  await showSessions(trial, world, ', also on hosts that stand by');
  const holder = async () =>
    (await trial.showAsAdmin('router', world.router.id)).gateway_hosts[0]?.host ?? 'nobody';
  const before = await holder();
  const { mishaps } = others.find(({ name }) => name === before) ?? {};
  await answers(world, ipv6Of(world.port));
  const pinger = await Pinger.start(world.outside.beyond, ipv6Of(world.port));
  await whileWatched(
    trial,
    world,
    `the host process of ${before} was killed, which has the gateway`,
    async () => {
      mishaps?.killAgent();
      // Who came after it tells of what is new.
      const wish = { floating_network_id: world.external.id, port_id: world.port.id };
      const floating = await world.tenant.make('floatingip', wish);
      const host = `${floating.floating_ip_address}/128 by ${world.told.split(' by ')[1]}`;
      await hears(trial, world, 'a floating IP, after that', [host, world.told].sort().join(', '));
      await world.tenant.client.delete('floatingip', floating.id);
    },
  );
  await whileWatched(trial, world, `the switch of ${before} was killed, which has the gateway`, async () => {
    pinger.mark();
    mishaps?.killSwitch();
    await waitUntil(async () => (await holder()) !== before, SPOKEN_MS);
    const { outageMs, lost } = await pinger.result();
    trial.show({
      what: `${HOW}: requests every 20 ms from beyond, while the switch of ${before} was killed`,
      expected: `${OUTAGE_MS} ms without an answer at most`,
      seen: `${outageMs} ms, ${lost} lost; the gateway is on ${await holder()}`,
      ok: outageMs <= OUTAGE_MS && (await holder()) !== before,
      core: true,
    });
    await showSessions(trial, world, `, when ${before} is back`);
  });
  await pinger.stop();
}

/** Looks all the while whether the router upstream has the route. */
async function whileWatched(
  trial: Trial,
  world: SpokenWorld,
  what: string,
  act: () => Promise<void>,
): Promise<void> {
  let missing = 0;
  let looks = 0;
  const looking = setInterval(() => {
    looks++;
    if (!isLed(world, world.told)) missing++;
  }, LOOK_MS);
  try {
    await act();
  } finally {
    clearInterval(looking);
  }
  trial.show({
    what: `${HOW}: the route upstream, while ${what}`,
    expected: 'is there all the while',
    seen: `${missing} of ${looks} looks without it`,
    ok: missing === 0 && looks > 0,
    core: true,
  });
}
