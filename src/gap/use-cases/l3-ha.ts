/** A router's gateway over several hosts: what is lost when the one that has it fails, and when that is back. */
import { Address, embedIpv4, type Family, linkLocalAddress, Prefix } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { type Capture, DhcpClient, type LabInstance, Pinger, TcpBeat, waitUntil } from '../../lab/index.ts';
import type { Frame } from '../../packets/index.ts';
import {
  configured,
  defineUseCase,
  type HostMishaps,
  ipv4Of,
  ipv6Of,
  pingPassesSoon,
  type Tenant,
  type Trial,
  tcpPasses,
} from '../kit/index.ts';
import { type DualStackOutside, dualStackOutside, leadBack } from './outside-network.ts';

const INSIDE = 'fd47:1::/64';
/** By which what is inside reaches IPv4. Not the well-known one: what is outside has addresses of tests (RFC 6052 section 3.1). */
const NAT64 = Prefix.parse('fd47:64::/96');
const TCP_PORT = 7044;
const ECHO_PORT = 7045;
const BULK = 100_000;
/** With fewer hosts no gateway can move without taking something else along. */
const HOSTS = 3;
/** In which a gateway is on another host when the one that had it fails. */
const OUTAGE_MS = 1_000;
/** TCP repeats what was lost after 0.2, 0.6 and 1.4 s (RFC 6298): what an outage of a second makes of that. */
const TCP_SILENCE_MS = 2_000;
/** What may be missed where nothing fails: the way by another host is another one. */
const STEADY_MS = 200;
/** What that may make of TCP, whose ends are programs that a busy machine keeps waiting. */
const STEADY_TCP_MS = 500;
/** In which hosts are back, and the API knows. */
const SETTLED_MS = 60_000;

export const l3HaUseCase = defineUseCase({
  id: 'l3-ha',
  title: 'Highly available routing for IPv6',
  claim: 'partial',
  missing: [
    'A host whose link outside fails is left by way of the service: not while that is away, and later than in a second when the machines are busy.',
  ],
  needs: ['network.router:external', 'router.external_gateway_info'],
  async gather(trial) {
    if (trial.hosts.length >= HOSTS) return;
    trial.couldNotTry(`There are not ${HOSTS} hosts: sextant gap --hosts ${HOSTS} has them.`);
    const { guest, far } = await build(trial, trial.tenant('single'));
    for (const family of [6, 4] as const) {
      const what = `IPv${family} through the only gateway that there is`;
      trial.show(await pingPassesSoon({ what, core: family === 6 }, guest, far.hosts[family]));
    }
  },
  async gatherAlone(trial) {
    if (trial.hosts.length >= HOSTS) await tryFailures(trial);
  },
});

interface World {
  readonly router: Answered<'router'>;
  readonly inside: Answered<'network'>;
  readonly guest: LabInstance;
  readonly address: Address;
  readonly far: DualStackOutside;
}

/**
 * An instance behind a router with a gateway on an external network of both families.
 * @param ready is done when all is plugged in, before there is a gateway
 */
async function build(
  trial: Trial,
  tenant: Tenant,
  ready: (inside: Answered<'network'>) => Promise<void> = async () => {},
): Promise<World> {
  const far = await dualStackOutside(trial, tenant, 0x47);
  const inside = await tenant.network('inside');
  const { id } = await tenant.router('edge', [
    await tenant.subnet6(inside, INSIDE, 'slaac'),
    await tenant.subnet4(inside, '10.47.0.0/24'),
  ]);
  const { instance: guest, port } = await start(trial, tenant, inside, 'guest');
  const address = ipv6Of(port);
  await ready(inside);
  const router = await tenant.client.update('router', id, {
    external_gateway_info: { network_id: far.network.id },
  });
  await leadBack(far, router, [INSIDE]);
  return { router, inside, guest, address, far };
}

interface Guest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
}

async function start(
  trial: Trial,
  tenant: Tenant,
  inside: Answered<'network'>,
  name: string,
): Promise<Guest> {
  const port = await tenant.port(inside);
  const instance = await trial.instance(name, port);
  await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
  await configured([instance.interface('eth0'), ipv6Of(port)]);
  return { instance, port };
}

/** A host that can fail, with an instance on it that nobody stands by for. */
interface FailingHost {
  readonly mishaps: HostMishaps;
  readonly resident: Address;
}

interface Scene extends World {
  readonly hosts: ReadonlyMap<string, FailingHost>;
  /** What is heard on the external network. */
  readonly capture: Capture;
  readonly traffic: readonly Traffic[];
}

async function tryFailures(trial: Trial): Promise<void> {
  const [home, ...others] = trial.hosts;
  const tenant = trial.tenant('tenant');
  // What is outside, and who talks to it, is on a host that gateways come to last.
  const agents = await trial.listAsAdmin('agent');
  const idOf = (name: string | undefined): string => agents.find(({ host }) => host === name)?.id ?? '';
  const disable = (name: string | undefined) =>
    trial.changeAsAdmin('agent', idOf(name), { admin_state_up: false }, { admin_state_up: true });
  const hosts = new Map<string, FailingHost>();
  let other: Guest | undefined;
  const world = await build(trial.on(home!), tenant, async (inside) => {
    for (const host of others) {
      const port = await tenant.port(inside);
      await trial.on(host).instance(`on-${host.name}`, port);
      hosts.set(host.name!, { mishaps: host.mishaps!, resident: ipv6Of(port) });
    }
    other = await start(trial.on(home!), tenant, inside, 'floating');
    await tenant.client.update('network', inside.id, { nat64_prefix: `${NAT64}` });
    await disable(home!.name);
  });
  const floating = await withFloatingIps(trial, tenant, world, other!);
  for (const server of [world.guest, other!.instance, world.far.outside.beyond])
    TcpBeat.serve(server, TCP_PORT);
  await trial.tcpEcho(world.far.outside.beyond, ECHO_PORT);
  const scene = {
    ...{ ...world, hosts, capture: trial.capture(world.far.outside.device, isAboutNeighbours) },
    traffic: await startTraffic(world, floating),
  };
  await fail(trial, scene, 'its switch was killed', ({ killSwitch }) => killSwitch());
  await fail(trial, scene, 'its link to the other hosts was down', ({ cut }) => cut('underlay'));
  await fail(trial, scene, 'it was gone', ({ cut }) => cut('underlay', 'trunk'));
  const outsideDown = 'its link to the external network was down';
  await fail(trial, scene, outsideDown, ({ cut }) => cut('trunk'), false);
  const drained = await holderOf(trial, scene);
  await during(trial, scene, `${drained} was disabled`, STEADY_MS, async () => {
    await disable(drained);
    await movedFrom(trial, scene, drained);
  });
}

/**
 * Has the host fail that has the gateway, and come back.
 * @param cutsOff whether its own instances are cut off by that
 */
async function fail(
  trial: Trial,
  scene: Scene,
  how: string,
  mishap: (mishaps: HostMishaps) => void,
  cutsOff = true,
): Promise<void> {
  const name = await holderOf(trial, scene);
  const { mishaps, resident } = scene.hosts.get(name)!;
  const control = await Pinger.start(scene.guest, resident);
  const from = scene.capture.observations.length;
  await during(trial, scene, `${name} has the gateway, and ${how}`, OUTAGE_MS, async () => {
    mishap(mishaps);
    await movedFrom(trial, scene, name);
  });
  await announced(trial, scene, from);
  const { guest, far } = scene;
  const anew = { what: `TCP by NAT64, begun when ${name} had failed`, core: true };
  trial.show(await tcpPasses(anew, guest, embedIpv4(NAT64, far.hosts[4]), ECHO_PORT, BULK));
  const holder = await holderOf(trial, scene);
  await during(trial, scene, `${name} came back`, STEADY_MS, async () => {
    mishaps.mend('underlay', 'trunk');
    await control.getsMore();
    await control.getsMore();
  });
  const { outageMs } = await control.end();
  const after = await holderOf(trial, scene);
  trial.show({
    what: `who has the gateway, when ${name} is back`,
    expected: `${holder}, as before`,
    seen: after,
    ok: after === holder,
  });
  const isCutOff = outageMs > 0;
  trial.show({
    what: `an instance on ${name}, meanwhile: nobody stands by for it`,
    expected: cutsOff ? 'is not there for a while' : 'is there: its host is not what failed',
    seen: isCutOff ? `not for ${outageMs} ms` : 'there all the while',
    ok: isCutOff === cutsOff,
  });
}

/** The host that has the gateway, as the API has it. */
const holderOf = async (trial: Trial, { router }: World): Promise<string> =>
  (await trial.showAsAdmin('router', router.id)).gateway_hosts[0]?.host ?? 'nobody';

async function movedFrom(trial: Trial, scene: Scene, name: string): Promise<void> {
  await waitUntil(async () => (await holderOf(trial, scene)) !== name, SETTLED_MS);
}

/** A floating IP of each family for an instance. */
async function withFloatingIps(
  trial: Trial,
  tenant: Tenant,
  { far }: World,
  { port }: Guest,
): Promise<Readonly<Record<Family, Address>>> {
  const floats = async (family: Family, fixed: Address): Promise<Address> => {
    const { floating_ip_address: address } = await tenant.make('floatingip', {
      ...{ floating_network_id: far.network.id, subnet_id: far.subnets[family].id },
      ...{ port_id: port.id, fixed_ip_address: `${fixed}` },
    });
    return Address.parse(address);
  };
  const addresses = { 6: await floats(6, ipv6Of(port)), 4: await floats(4, ipv4Of(port)) };
  for (const family of [6, 4] as const) {
    const what = `IPv${family}, from outside to a floating IP`;
    trial.show(await pingPassesSoon({ what, core: true }, far.outside.beyond, addresses[family]));
  }
  return addresses;
}

/** What goes through the gateway all the while. */
interface Traffic {
  readonly way: string;
  readonly pinger: Pinger;
  readonly beat: TcpBeat;
}

async function startTraffic(
  { guest, address, far }: World,
  floating: Readonly<Record<Family, Address>>,
): Promise<Traffic[]> {
  const { beyond } = far.outside;
  const ways = [
    ['IPv6 out', guest, far.hosts[6], false],
    ['IPv6 in', beyond, address, false],
    ['IPv4 out, translated', guest, far.hosts[4], false],
    ['IPv6 in, to a floating IP', beyond, floating[6], false],
    ['IPv4 in, to a floating IP', beyond, floating[4], false],
    ['IPv6 to IPv4, by NAT64', guest, embedIpv4(NAT64, far.hosts[4]), true],
  ] as const;
  return Promise.all(
    ways.map(async ([way, from, to, listens]) => ({
      way,
      pinger: await Pinger.start(from, to),
      beat: await TcpBeat.start(from, to, TCP_PORT, listens),
    })),
  );
}

/** What is lost while something happens: of requests, of connections that are there, and of new ones. */
async function during(
  trial: Trial,
  { traffic }: Scene,
  what: string,
  atMostMs: number,
  act: () => Promise<void>,
): Promise<void> {
  for (const { pinger, beat } of traffic) {
    pinger.mark();
    beat.mark();
  }
  await act();
  const [keptAtMost, newAtMost] =
    atMostMs === OUTAGE_MS ? [TCP_SILENCE_MS, OUTAGE_MS] : [STEADY_TCP_MS, STEADY_TCP_MS];
  for (const { way, pinger, beat } of traffic) {
    const { outageMs, lost, duplicates } = await pinger.result();
    const shown = (of: string, most: number, silent: number | undefined, more = ''): void =>
      trial.show({
        what: `${way}: ${of}, while ${what}`,
        expected: `${most} ms without an answer at most`,
        seen: silent === undefined ? 'no answer any more' : `${silent} ms${more}`,
        ok: silent !== undefined && silent <= most,
        core: true,
      });
    shown('requests every 20 ms', atMostMs, outageMs, `, ${lost} lost`);
    const { keptMs, newMs, heardMs } = await beat.result();
    shown('a connection that is there', keptAtMost, keptMs);
    shown('new connections', newAtMost, newMs);
    if (heardMs !== 0) shown('a connection on which who is inside only listens', keptAtMost, heardMs);
    trial.show({
      what: `${way}: answers that came twice, while ${what}`,
      expected: 'none',
      seen: `${duplicates}`,
      ok: duplicates === 0,
    });
  }
}

/** Whoever is on the external network is told where the router's addresses are now. */
async function announced(trial: Trial, scene: Scene, from: number): Promise<void> {
  const { capture, router, far } = scene;
  const addresses =
    router.external_gateway_info?.external_fixed_ips?.map(({ ip_address }) => ip_address) ?? [];
  const isSaid = (address: string | undefined): boolean =>
    capture.observations.slice(from).some(({ frame, outgoing }) => !outgoing && announces(frame, address));
  const mac = far.outside.upstream.neighbours().find(({ address }) => addresses.includes(`${address}`))?.mac;
  const all = [...addresses, ...(mac ? [`${linkLocalAddress(mac)}`] : [])];
  await waitUntil(() => all.every(isSaid), SETTLED_MS);
  trial.show({
    what: 'addresses of the router that were announced from where it is now',
    expected: all.join(', '),
    seen: all.filter(isSaid).join(', ') || 'none',
    ok: all.every(isSaid),
  });
}

/** Of all that passes, what is kept. */
const isAboutNeighbours = ({ network }: Frame): boolean =>
  network.kind === 'arp' ||
  (network.kind === 'ipv6' &&
    network.upper.kind === 'icmpv6' &&
    network.upper.message.kind === 'neighbour-advertisement');

/** An unsolicited neighbour advertisement (RFC 4861 section 7.2.6), or a gratuitous ARP (RFC 5227). */
function announces({ network }: Frame, address: string | undefined): boolean {
  if (network.kind === 'arp')
    return `${network.message.sender}` === address && `${network.message.target}` === address;
  if (network.kind !== 'ipv6' || network.upper.kind !== 'icmpv6') return false;
  const { message } = network.upper;
  return message.kind === 'neighbour-advertisement' && !message.solicited && `${message.target}` === address;
}
