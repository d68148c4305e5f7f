/**
 * Distributed routing: what is routed between networks, and what is for floating IPs, passes the hosts of those who talk
 * and no other, so that it goes on when the host of the router's gateway is gone.
 */
import { Address, type Family } from '../../addressing/index.ts';
import type { Answered } from '../../client/index.ts';
import { type Capture, DhcpClient, type LabInstance, Pinger, ping, waitUntil } from '../../lab/index.ts';
import { decodeTunnel, type Frame } from '../../packets/index.ts';
import {
  configured,
  defineUseCase,
  ipv4Of,
  ipv6Of,
  type LabHost,
  pingPasses,
  type Tenant,
  type Trial,
} from '../kit/index.ts';
import { type DualStackOutside, dualStackOutside, leadBack } from './outside-network.ts';

/** One with the gateway, and two whose instances talk past it. */
const HOSTS = 3;
const REQUESTS = 10;
/** What the API says, hosts do a little later. */
const SETTLED_MS = 60_000;
/** What may be missed of what nothing happens to: a busy machine is late with an answer. */
const STEADY_MS = 200;
const FAMILIES = [6, 4] as const;
const [EAST, WEST] = ['fd48:1::/64', 'fd48:2::/64'] as const;

export const dvrUseCase = defineUseCase({
  id: 'dvr',
  title: 'Distributed virtual routing for IPv6',
  claim: 'partial',
  missing: ['What has no floating IP leaves by the host of the gateway.'],
  needs: ['network.router:external', 'router.external_gateway_info', 'floatingip'],
  async gather(trial) {
    if (trial.hosts.length >= HOSTS) return;
    trial.couldNotTry(
      `There are not ${HOSTS} hosts, and on one host nothing shows which packets pass by: sextant gap --hosts ${HOSTS} has them.`,
    );
    const { one, near, far } = await build(trial.tenant('single'), { first: trial, second: trial });
    for (const family of FAMILIES) {
      const core = family === 6;
      const between = `IPv${family}, routed between two networks of one host`;
      trial.show(await pingPasses({ what: between, core }, one.instance, near.addresses[family]));
      const floating = `IPv${family}, from outside to a floating IP`;
      trial.show(
        await pingPasses({ what: floating, core }, far.outside.beyond, one.floating[family], {
          count: 25,
          intervalMs: 200,
        }),
      );
    }
  },
  async gatherAlone(trial) {
    if (trial.hosts.length >= HOSTS) await tryHosts(trial);
  },
});

type Addresses = Readonly<Record<Family, Address>>;

interface Guest {
  readonly instance: LabInstance;
  readonly port: Answered<'port'>;
  readonly addresses: Addresses;
}

interface FloatingGuest extends Guest {
  readonly floating: Addresses;
}

/** Where instances are: what is outside is beside the first of them. */
interface Sites {
  readonly first: Trial;
  readonly second: Trial;
  /** Done when all is plugged in, before there is a gateway. */
  readonly ready?: () => Promise<void>;
}

interface World {
  readonly router: Answered<'router'>;
  readonly far: DualStackOutside;
  /** On the first host, in one network. */
  readonly one: FloatingGuest;
  /** On the first host, in the other network. */
  readonly near: Guest;
  /** On the second host, in the other network. */
  readonly two: FloatingGuest;
  /** The same, without floating IPs. */
  readonly plain: Guest;
}

/** A router between two networks of both families, with a gateway on an external network, and floating IPs there. */
async function build(tenant: Tenant, { first, second, ready }: Sites): Promise<World> {
  const far = await dualStackOutside(first, tenant, 0x48);
  const networks = await Promise.all(['east', 'west'].map((name) => tenant.network(name)));
  const [east, west] = networks as [Answered<'network'>, Answered<'network'>];
  const { id } = await tenant.router('between', [
    await tenant.subnet6(east, EAST, 'slaac'),
    await tenant.subnet4(east, '10.48.1.0/24'),
    await tenant.subnet6(west, WEST, 'slaac'),
    await tenant.subnet4(west, '10.48.2.0/24'),
  ]);
  const start = async (on: Trial, name: string, network: Answered<'network'>): Promise<Guest> => {
    const port = await tenant.port(network);
    const instance = await on.instance(name, port);
    await DhcpClient.dhclient(instance.interface('eth0'), 'ipv4');
    await configured([instance.interface('eth0'), ipv6Of(port)]);
    return { instance, port, addresses: { 6: ipv6Of(port), 4: ipv4Of(port) } };
  };
  const one = await start(first, 'one', east);
  const near = await start(first, 'near', west);
  const two = await start(second, 'two', west);
  const plain = await start(second, 'plain', west);
  await ready?.();
  const gateway = { external_gateway_info: { network_id: far.network.id } };
  const router = await tenant.client.update('router', id, gateway);
  await leadBack(far, router, [EAST, WEST]);
  const floats = async ({ port, addresses }: Guest): Promise<Addresses> => {
    const [six, four] = await Promise.all(
      FAMILIES.map((family) =>
        tenant.make('floatingip', {
          ...{ floating_network_id: far.network.id, subnet_id: far.subnets[family].id },
          ...{ port_id: port.id, fixed_ip_address: `${addresses[family]}` },
        }),
      ),
    );
    return {
      6: Address.parse(six!.floating_ip_address),
      4: Address.parse(four!.floating_ip_address),
    };
  };
  return {
    ...{ router, far, near, plain },
    one: { ...one, floating: await floats(one) },
    two: { ...two, floating: await floats(two) },
  };
}

/** Over three hosts: two with instances, the third with the gateway. */
async function tryHosts(trial: Trial): Promise<void> {
  const [first, second, third] = trial.hosts as [LabHost, LabHost, LabHost];
  const agents = await trial.listAsAdmin('agent');
  const disable = async ({ name }: LabHost): Promise<void> => {
    const id = agents.find(({ host }) => host === name)?.id ?? '';
    await trial.changeAsAdmin('agent', id, { admin_state_up: false }, { admin_state_up: true });
  };
  const world = await build(trial.tenant('tenant'), {
    ...{ first: trial.on(first), second: trial.on(second) },
    async ready() {
      // The gateway's host is to have nothing else.
      await disable(first);
      await disable(second);
    },
  });
  const holder = async () => (await trial.showAsAdmin('router', world.router.id)).gateway_hosts[0]?.host;
  const seen = await holder();
  trial.show({
    what: 'the host that has the gateway',
    expected: `${third.name}, which has no instance`,
    seen: seen ?? 'none',
    ok: seen === third.name,
    core: true,
  });
  const cables = {
    underlay: trial.captureCables('underlay'),
    trunk: trial.captureCables('trunk'),
  };
  await tryPaths(trial, world, cables);
  await withoutGatewayHost(trial, world, third);
}

interface Cables {
  readonly underlay: readonly Capture[];
  readonly trunk: readonly Capture[];
}

/** Which packets hosts send, and by which cable. */
async function tryPaths(trial: Trial, world: World, cables: Cables): Promise<void> {
  const { far, one, near, two, plain } = world;
  const { beyond } = far.outside;
  const [first, second, third] = trial.hosts.map(({ name = '' }) => name) as [string, string, string];
  for (const family of FAMILIES) {
    const how = `IPv${family}`;
    const host = far.hosts[family];
    const [fixed, floating] = [two.addresses[family], two.floating[family]];
    const path = async (
      what: string,
      from: LabInstance,
      to: Address,
      ends: readonly Address[],
      expected: readonly string[],
    ): Promise<void> => {
      // Neighbours that nobody knows yet are not what this is about.
      await waitUntil(async () => (await ping(from, to)).received > 0, SETTLED_MS);
      const sent = await sentMeanwhile(trial, cables, passesBetween(ends), async () => {
        const core = family === 6;
        trial.show(await pingPasses({ what: `${how}, ${what}`, core }, from, to, { count: REQUESTS }));
      });
      const isAsExpected =
        sent.size === expected.length && expected.every((cable) => (sent.get(cable) ?? 0) >= REQUESTS);
      trial.show({
        what: `${how}, ${what}: cables by which hosts send it on`,
        expected: expected.join(', ') || 'none',
        seen: Array.from(sent, ([cable, count]) => `${cable} (${count} packets)`).join(', ') || 'none',
        ok: isAsExpected,
        core: family === 6,
      });
    };
    const between = [one.addresses[family], fixed];
    await path('between networks, on two hosts', one.instance, fixed, between, [
      `${first} underlay`,
      `${second} underlay`,
    ]);
    const inside = near.addresses[family];
    await path('between networks, on one host', one.instance, inside, [one.addresses[family], inside], []);
    const outside = [`${first} trunk`, `${second} trunk`];
    await path('from outside to a floating IP', beyond, floating, [host, fixed, floating], outside);
    await path('out from a floating IP', two.instance, host, [host, fixed, floating], outside);
    const plainEnds = [host, plain.addresses[family], gatewayAddress(world, family)];
    await path('out without a floating IP, for comparison', plain.instance, host, plainEnds, [
      `${first} trunk`,
      `${second} underlay`,
      `${third} underlay`,
      `${third} trunk`,
    ]);
  }
}

/** As what instances without floating IPs are seen outside; for IPv6 nobody is. */
const gatewayAddress = ({ router }: World, family: Family): Address =>
  (router.external_gateway_info?.external_fixed_ips ?? [])
    .map(({ ip_address }) => Address.parse(ip_address ?? ''))
    .find((address) => address.family === family)!;

const passesBetween =
  (ends: readonly Address[]) =>
  ({ network }: Frame): boolean => {
    if (network.kind !== 'ipv6' && network.kind !== 'ipv4') return false;
    const { source, destination, upper } = network;
    const isNeighbour = upper.kind === 'icmpv6' && !upper.message.kind.startsWith('echo');
    return !isNeighbour && [source, destination].every((end) => ends.some((one) => one.equals(end)));
  };

/** How many packets that `test` picks hosts send while something is done, by host and cable; those alone that send any. */
async function sentMeanwhile(
  trial: Trial,
  cables: Cables,
  test: (frame: Frame) => boolean,
  act: () => Promise<void>,
): Promise<ReadonlyMap<string, number>> {
  const all = trial.hosts.flatMap(({ name }, index) => [
    { cable: `${name} underlay`, capture: cables.underlay[index]!, inner: decodedTunnel },
    { cable: `${name} trunk`, capture: cables.trunk[index]!, inner: (frame: Frame) => frame },
  ]);
  const before = all.map(({ capture }) => capture.observations.length);
  await act();
  const counts = all.map(async ({ cable, capture, inner }, index) => {
    await capture.settle();
    const frames = capture.observations
      .slice(before[index])
      .flatMap(({ outgoing, frame }) => (outgoing ? [] : (inner(frame) ?? [])));
    return [cable, frames.filter(test).length] as const;
  });
  return new Map((await Promise.all(counts)).filter(([, count]) => count > 0));
}

const decodedTunnel = (frame: Frame): Frame | undefined => decodeTunnel(frame)?.inner;

/** The host of the gateway is gone: who is on others, and needs no gateway, does not notice. */
async function withoutGatewayHost(trial: Trial, world: World, host: LabHost): Promise<void> {
  const { far, one, two, plain, router } = world;
  const { beyond } = far.outside;
  const ways = FAMILIES.flatMap(
    (family) =>
      [
        [`IPv${family} between networks`, one.instance, two.addresses[family], true],
        [`IPv${family} from outside to a floating IP`, beyond, two.floating[family], true],
        [`IPv${family} out from a floating IP`, two.instance, far.hosts[family], true],
        [`IPv${family} out without one, for comparison`, plain.instance, far.hosts[family], false],
      ] as const,
  );
  const traffic = await Promise.all(
    ways.map(async ([way, from, to, isSteady]) => ({ way, isSteady, pinger: await Pinger.start(from, to) })),
  );
  for (const { pinger } of traffic) pinger.mark();
  const { mishaps, name } = host;
  mishaps!.cut('underlay', 'trunk');
  const isLeft = async () => {
    const { gateway_hosts: places } = await trial.showAsAdmin('router', router.id);
    return places[0]?.host !== name;
  };
  await waitUntil(isLeft, SETTLED_MS);
  for (const { way, isSteady, pinger } of traffic) {
    const { outageMs, lost } = await pinger.result();
    trial.show({
      what: `${way}, while the host of the gateway was gone`,
      expected: isSteady
        ? `${STEADY_MS} ms without an answer at most`
        : 'an interruption, until another host has it',
      seen: `${outageMs} ms, ${lost} requests lost`,
      ok: isSteady ? outageMs <= STEADY_MS : outageMs > 0,
      core: isSteady,
    });
  }
  mishaps!.mend('underlay', 'trunk');
  for (const { pinger } of traffic) await pinger.stop();
}
