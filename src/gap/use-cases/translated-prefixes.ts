/** A tenant's prefix that another one stands for outside, both ways and without state (RFC 6296). */
import { Address, isNptv6Possible, Prefix, translateNptv6 } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import {
  type Capture,
  type LabInstance,
  type Observation,
  Pinger,
  ping,
  waitUntil,
} from '../../lab/index.ts';
import { type Frame, IP_PROTOCOL, transportChecksum } from '../../packets/index.ts';
import {
  configured,
  ipv6Of,
  LiveConnection,
  packetTooBig,
  pingFails,
  pingPasses,
  pingPassesSoon,
  type Tenant,
  type Trial,
  tcpPasses,
  udpPasses,
} from '../kit/index.ts';
import { Outside } from './outside-network.ts';

const HOW = 'by NPTv6';
const PORT = 7041;
/** Where nobody listens. */
const CLOSED_PORT = 7042;
const BULK = 100_000;
/** In which hosts do what the API says. */
const SOON_MS = 20_000;
/** Of the link beyond the router upstream, when it is narrow. */
const NARROW_MTU = 1300;
const LARGE = 1400;
/** In which a gateway is on another host when the one that had it fails. */
const OUTAGE_MS = 1_000;
const ECHO_MS = 10_000;
const MOVED_MS = 60_000;

/** An instance, and what it is known by outside. */
interface Guest {
  readonly port: Answered<'port'>;
  readonly instance: LabInstance;
  readonly inner: Address;
  readonly outer: Address;
}

interface World {
  readonly tenant: Tenant;
  readonly outside: Outside;
  readonly external: Answered<'network'>;
  readonly router: Answered<'router'>;
  readonly guests: readonly [Guest, Guest];
  /** Has the prefix translated, and what is outside lead to what stands for it. */
  translate(): Promise<Answered<'nptv6_translation'>>;
}

interface BuildOptions {
  /** Is done when all is plugged in, before there is a gateway. */
  readonly ready?: () => Promise<void>;
  /** Whether what is outside is of an address scope, of which what is inside is not. */
  readonly isScoped?: boolean;
}

/**
 * Two subnets of a tenant behind a router, in one prefix.
 * @param number tells it from others, and is in its prefixes
 */
async function build(
  trial: Trial,
  number: number,
  { ready = async () => {}, isScoped = false }: BuildOptions = {},
): Promise<World> {
  const hex = number.toString(16);
  const [internal, external] = [`fd${hex}:b:c::/48`, `fd${hex}:e::/48`].map((text) => Prefix.parse(text)) as [
    Prefix,
    Prefix,
  ];
  const link = Prefix.parse(`fd${hex}:a:0:1::/64`);
  const tenant = trial.tenant('translated');
  const network = await tenant.network('outside', 'vlan', { 'router:external': true });
  const upstream = link.at(1n);
  const address_scope_id = isScoped
    ? (await trial.makeAsAdmin('address_scope', { name: 'outside', ip_version: 6, shared: true })).id
    : null;
  const poolOf = (prefix: Prefix, more: object = {}) =>
    trial.makeAsAdmin('subnetpool', {
      ...{ name: 'outside', prefixes: [`${prefix}`], min_prefixlen: 48, shared: true, address_scope_id },
      ...more,
    });
  await tenant.subnet6(network, `${link}`, undefined, {
    ...{ subnetpool_id: (await poolOf(link, { min_prefixlen: 64 })).id },
    ...{ gateway_ip: `${upstream}`, enable_dhcp: false },
  });
  const outside = await Outside.start(trial, network, {
    ...{ beyond: Prefix.parse(`fd${hex}:0:0:ff::/64`), number, onLink: [[upstream, 64]] as const },
  });
  const pool = await poolOf(external);
  const made = await tenant.make('router', { name: 'edge' });
  const guest = async (name: string, cidr: string): Promise<Guest> => {
    const inside = await tenant.network(name);
    await tenant.attach(made, await tenant.subnet6(inside, cidr, 'slaac'));
    const port = await tenant.port(inside);
    const instance = await trial.instance(name, port);
    const inner = ipv6Of(port);
    await configured([instance.interface('eth0'), inner]);
    return { port, instance, inner, outer: translateNptv6(inner, internal, external)! };
  };
  const guests = [
    await guest('translated', `fd${hex}:b:c:1::/64`),
    await guest('neighbour', `fd${hex}:b:c:fffe::/64`),
  ] as const;
  await ready();
  const router = await tenant.client.update('router', made.id, {
    external_gateway_info: { network_id: network.id },
  });
  const translate = async () => {
    const wish = {
      ...{ router_id: router.id, subnetpool_id: pool.id, internal_prefix: `${internal}` },
      external_prefix: `${external}`,
    };
    const translation = await tenant.make('nptv6_translation', wish);
    const { upstream_routes: routes } = await tenant.client.show('router', router.id);
    const said = routes.map(({ destination }) => destination).join(', ');
    trial.show({
      what: `${HOW}: what must lead back to the router`,
      expected: `${external}`,
      seen: said,
      ok: said === `${external}` && isNptv6Possible(internal, external),
    });
    await outside.leadTo(routes);
    return translation;
  };
  return { tenant, outside, external: network, router, guests, translate };
}

const six = ({ network }: Frame) => (network.kind === 'ipv6' ? network : undefined);

/** Sources of what came out to the external network for a host beyond. */
const sourcesIn = (capture: Capture, to: Address): string[] => [
  ...new Set(
    capture
      .received((frame) => six(frame)?.destination.equals(to) === true)
      .map(({ frame }) => `${six(frame)?.source}`),
  ),
];

export async function tryTranslatedPrefixes(trial: Trial): Promise<void> {
  const world = await build(trial, 0x4d);
  const { tenant, outside, guests } = world;
  const [guest, neighbour] = guests;
  await withoutTranslation(trial, world, 'before there is a translation');
  const translation = await world.translate();
  await bothWays(trial, world);
  await errorsBothWays(trial, world);
  await amongThemselves(trial, guest, neighbour);
  await besideFloating(trial, world);
  await tenant.client.delete('nptv6_translation', translation.id);
  await waitUntil(async () => (await ping(outside.beyond, guest.outer, QUICK)).received === 0, SOON_MS);
  await withoutTranslation(trial, world, 'once it is gone');
}

const QUICK = { count: 1, patienceMs: 500 } as const;

/** What the host beyond would see of an instance, and cannot answer; nobody is where its other address was. */
async function withoutTranslation(
  trial: Trial,
  { outside, guests: [guest] }: World,
  when: string,
): Promise<void> {
  const capture = trial.capture(outside.device);
  // Gateways are there a little after the API says so.
  await waitUntil(async () => {
    await ping(guest.instance, outside.host, QUICK);
    return sourcesIn(capture, outside.host).length > 0;
  }, SOON_MS);
  trial.show(await pingFails({ what: `${HOW}, ${when}: out, as control` }, guest.instance, outside.host));
  await capture.settle();
  const sources = sourcesIn(capture, outside.host).join(', ') || 'nothing';
  trial.show({
    what: `${HOW}, ${when}: the source outside, as control`,
    expected: `${guest.inner}`,
    seen: sources,
    ok: sources === `${guest.inner}`,
  });
  trial.show(await pingFails({ what: `${HOW}, ${when}: in, as control` }, outside.beyond, guest.outer));
}

async function bothWays(trial: Trial, { outside, guests: [guest] }: World): Promise<void> {
  // Sums are to be whole in what is looked at.
  for (const on of [guest.instance, outside.beyond]) await on.run('ethtool', '-K', 'eth0', 'tx', 'off');
  const out = { what: `${HOW}: a host beyond is reached`, core: true };
  trial.show(await pingPassesSoon(out, guest.instance, outside.host));
  const capture = trial.capture(outside.device);
  const back = { what: `${HOW}: a host beyond begins`, core: true };
  trial.show(await pingPasses(back, outside.beyond, guest.outer));
  const [there, here] = [
    await trial.tcpEcho(outside.beyond, PORT),
    await trial.tcpEcho(guest.instance, PORT),
  ];
  const tcp = (way: string) => ({ what: `${HOW}: TCP ${way}`, core: true });
  trial.show(await tcpPasses(tcp('out'), guest.instance, outside.host, PORT, BULK));
  trial.show(await tcpPasses(tcp('in'), outside.beyond, guest.outer, PORT, BULK));
  trial.show({
    what: `${HOW}: whom the host beyond has TCP from, and the instance`,
    expected: `${guest.outer}, ${outside.host}`,
    seen: `${there.clients.at(-1)}, ${here.clients.at(-1)}`,
    ok:
      there.clients.at(-1)?.equals(guest.outer) === true &&
      here.clients.at(-1)?.equals(outside.host) === true,
  });
  trial.udpEcho(outside.beyond, PORT);
  trial.udpEcho(guest.instance, PORT);
  const udp = (what: string) => ({ what: `${HOW}: UDP ${what}` });
  trial.show(await udpPasses(udp('out'), guest.instance, outside.host, PORT));
  trial.show(await udpPasses(udp('in'), outside.beyond, guest.outer, PORT));
  await capture.settle();
  await showSums(trial, capture, guest);
}

/** What a command says, whatever becomes of it. */
const outputOf = (on: LabInstance, [command, ...rest]: readonly string[]): Promise<string> =>
  on.run(command ?? '', ...rest).catch((error: unknown) => String(error));

/** What the sums are of packets outside: those that the instance wrote for other addresses. */
async function showSums(trial: Trial, capture: Capture, guest: Guest): Promise<void> {
  const looked = capture.observations.flatMap(sumOf).filter(({ ends }) => ends.includes(`${guest.outer}`));
  const kinds = [...new Set(looked.map(({ protocol }) => protocol))].sort((one, other) => one - other);
  const wrong = looked.filter(({ isRight }) => !isRight);
  const ofInner = capture.observations.filter(({ frame }) =>
    [six(frame)?.source, six(frame)?.destination].some((one) => one?.equals(guest.inner)),
  );
  trial.show(
    await trial.proven(
      {
        what: `${HOW}: sums of the packets outside, of the protocols ${kinds.join(', ')}; and its own address there`,
        expected: 'all right; nowhere',
        seen: `${wrong.length} of ${looked.length} wrong; in ${ofInner.length}`,
        ok: wrong.length === 0 && looked.length > 10 && kinds.length === 3 && ofInner.length === 0,
        core: true,
      },
      capture,
      'sums',
    ),
  );
}

/** Of a packet that is whole. */
function sumOf({ octets }: Observation) {
  const [at, protocol] = [54, octets[20] ?? 0];
  const checksumAt = { [IP_PROTOCOL.tcp]: 16, [IP_PROTOCOL.udp]: 6, [IP_PROTOCOL.icmpv6]: 2 }[protocol];
  if (checksumAt === undefined || octets[12] !== 0x86 || octets[13] !== 0xdd) return [];
  const view = Buffer.from(octets);
  const address = (from: number) => Address.of(6, BigInt(`0x${view.toString('hex', from, from + 16)}`));
  const [source, destination] = [address(22), address(38)];
  const segment = view.subarray(at, at + view.readUInt16BE(18));
  const found = segment.readUInt16BE(checksumAt);
  segment.writeUInt16BE(0, checksumAt);
  const sum = transportChecksum(source, destination, protocol, segment);
  // Of UDP, zero would be none.
  const isRight = found === sum || (protocol === IP_PROTOCOL.udp && sum === 0 && found === 0xffff);
  return [{ protocol, ends: [`${source}`, `${destination}`], isRight }];
}

/** Errors name the packet that they are about as its sender knows it. */
async function errorsBothWays(trial: Trial, { outside, guests: [guest] }: World): Promise<void> {
  const { upstream, beyond } = outside;
  const setMtu = (mtu: number) => upstream.run('ip', 'link', 'set', 'eth1', 'mtu', String(mtu));
  await setMtu(NARROW_MTU);
  trial.show(
    await packetTooBig(
      { what: `${HOW}: a packet that is too big for a link outside`, core: true },
      guest.instance,
      outside.host,
      { packetSize: LARGE, mtu: NARROW_MTU },
    ),
  );
  trial.show(
    await tcpPasses({ what: `${HOW}: TCP through that link` }, guest.instance, outside.host, PORT, BULK),
  );
  await setMtu(1500);
  const capture = trial.capture(beyond.interface('eth0'));
  await outputOf(beyond, ['bash', '-c', `echo . > /dev/udp/${guest.outer}/${CLOSED_PORT}`]);
  const error = await capture.waitFor((frame) => errorIn(frame) !== undefined, SOON_MS);
  const named = error && errorIn(error.frame);
  const seen = named === undefined ? 'nothing' : `${named.from} of a packet to ${named.to}`;
  trial.show({
    what: `${HOW}: what a host beyond hears of a port where nobody listens`,
    expected: `${guest.outer} of a packet to ${guest.outer}`,
    seen,
    ok: seen === `${guest.outer} of a packet to ${guest.outer}`,
  });
}

/** Who says that a destination is unreachable, and which. */
function errorIn(frame: Frame): { from: Address; to: Address } | undefined {
  const packet = six(frame);
  if (packet?.upper.kind !== 'icmpv6') return undefined;
  const { message } = packet.upper;
  if (message.kind !== 'destination-unreachable') return undefined;
  const to = Buffer.from(message.invoking).toString('hex', 24, 40);
  return { from: packet.source, to: Address.of(6, BigInt(`0x${to}`)) };
}

/** Behind one router, by what they are known by outside. */
async function amongThemselves(trial: Trial, guest: Guest, neighbour: Guest): Promise<void> {
  const echo = await trial.tcpEcho(neighbour.instance, PORT);
  const what = `${HOW}: another instance of the router, by what it is outside`;
  trial.show(await tcpPasses({ what }, guest.instance, neighbour.outer, PORT, BULK));
  trial.show({
    what: `${HOW}: the source that it sees`,
    expected: `${guest.outer}`,
    seen: `${echo.clients.at(-1) ?? 'none'}`,
    ok: echo.clients.at(-1)?.equals(guest.outer) === true,
  });
}

/** Who has a floating IP is known by that. */
async function besideFloating(trial: Trial, world: World): Promise<void> {
  const { tenant, outside, external, guests } = world;
  const wish = { floating_network_id: external.id, port_id: guests[1].port.id };
  const floating = await tenant.make('floatingip', wish);
  const address = Address.parse(floating.floating_ip_address);
  const there = { what: `${HOW}: beside it, an instance with a floating IP is reached by that` };
  trial.show(await pingPassesSoon(there, outside.beyond, address));
  const capture = trial.capture(outside.device);
  trial.show(
    await pingPasses({ what: `${HOW}: it reaches a host beyond` }, guests[1].instance, outside.host),
  );
  await capture.settle();
  const sources = sourcesIn(capture, outside.host).join(', ') || 'nothing';
  trial.show({
    what: `${HOW}: the source of that`,
    expected: `${address}`,
    seen: sources,
    ok: sources === `${address}`,
  });
  await tenant.client.delete('floatingip', floating.id);
}

/** The gateway goes to another host, and connections stay: several hosts, of which the first has what is outside. */
export async function tryMovedTranslation(trial: Trial): Promise<void> {
  const [home, ...others] = trial.hosts;
  const homeId = (await trial.listAsAdmin('agent')).find(({ host }) => host === home?.name)?.id ?? '';
  const enable = { admin_state_up: true };
  // Whoever was here before may have left it disabled.
  await trial.changeAsAdmin('agent', homeId, enable, enable);
  // Gateways come there last.
  const world = await build(trial.on(home!), 0x4e, {
    ready: () => trial.changeAsAdmin('agent', homeId, { admin_state_up: false }, enable),
    isScoped: true,
  });
  const { outside, guests, router } = world;
  const [guest] = guests;
  await world.translate();
  const holder = async () =>
    (await trial.showAsAdmin('router', router.id)).gateway_hosts[0]?.host ?? 'nobody';
  const before = await holder();
  const { mishaps } = others.find(({ name }) => name === before) ?? {};
  trial.show(
    await pingPassesSoon(
      { what: `${HOW}: from beyond, by the gateway on ${before}` },
      outside.beyond,
      guest.outer,
    ),
  );
  await trial.tcpEcho(outside.beyond, PORT);
  await trial.tcpEcho(guest.instance, PORT);
  const open = [
    await LiveConnection.open(guest.instance, outside.host, PORT),
    await LiveConnection.open(outside.beyond, guest.outer, PORT),
  ];
  const pinger = await Pinger.start(outside.beyond, guest.outer);
  pinger.mark();
  mishaps?.killSwitch();
  await waitUntil(async () => (await holder()) !== before, MOVED_MS);
  const { outageMs, lost } = await pinger.result();
  await pinger.stop();
  const after = await holder();
  trial.show({
    what: `${HOW}: requests every 20 ms from beyond, while the switch of ${before} was killed`,
    expected: `${OUTAGE_MS} ms without an answer at most`,
    seen: `${outageMs} ms, ${lost} lost; the gateway is on ${after}`,
    ok: outageMs <= OUTAGE_MS && after !== before,
    core: true,
  });
  const echoed = await Promise.all(open.map((one) => one.echoes(ECHO_MS)));
  trial.show({
    what: `${HOW}: TCP connections out and in that were open before`,
    expected: 'go on',
    seen: echoed.map((is) => (is ? 'goes on' : 'is silent')).join(', '),
    ok: echoed.every((is) => is),
    core: true,
  });
  for (const one of open) one.close();
}
