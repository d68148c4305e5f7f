/**
 * Distributed routing: what is routed between networks, and what leaves them by floating IPs or with IPv6 addresses of
 * its own, passes the hosts of those who talk and no other, so that it goes on when the host of the router's gateway is
 * gone.
 */
import type { Family } from '../../../addressing/index.ts';
import { Pinger, waitUntil } from '../../../lab/index.ts';
import { defineUseCase, type LabHost, pingPasses, type Trial } from '../../kit/index.ts';
import { tryOwnHost, tryOwnHosts } from './own-hosts.ts';
import { type Cables, captureAll, endCaptures, PATHS_SETTLED_MS, showPath, waitForPath } from './paths.ts';
import { build, type DistributedWorld, FAMILIES, gatewayAddress } from './world.ts';

/** One with the gateway, and two whose instances talk past it. */
const HOSTS = 3;
/** What may be missed of what nothing happens to: a busy machine is late with an answer. */
const STEADY_MS = 200;

export const dvrUseCase = defineUseCase({
  id: 'dvr',
  title: 'Distributed virtual routing for IPv6',
  claim: 'yes',
  missing: [],
  needs: ['network.router:external', 'router.external_gateway_info', 'floatingip'],
  async gather(trial) {
    if (trial.hosts.length >= HOSTS) return;
    trial.couldNotTry(
      `There are not ${HOSTS} hosts, and on one host nothing shows which packets pass by: sextant gap --hosts ${HOSTS} has them.`,
    );
    const world = await build(trial.tenant('single'), { first: trial, second: trial });
    const { one, near, far } = world;
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
    if (trial.isSextant) await tryOwnHost(trial, world);
  },
  async gatherAlone(trial) {
    if (trial.hosts.length >= HOSTS) await tryHosts(trial);
  },
});

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
  const cables = captureAll(trial);
  await tryPaths(trial, world, cables);
  if (trial.isSextant) {
    await tryCentral(trial, world, cables);
    await tryOwnHosts(trial, world, cables);
  }
  await endCaptures(cables);
  await withoutGatewayHost(trial, world, third);
}

/** Which packets hosts send, and by which cable. */
async function tryPaths(trial: Trial, world: DistributedWorld, cables: Cables): Promise<void> {
  const { far, one, near, two, plain } = world;
  const { beyond } = far.outside;
  const [first, second, third] = trial.hosts.map(({ name = '' }) => name) as [string, string, string];
  for (const family of FAMILIES) {
    const host = far.hosts[family];
    const [fixed, floating] = [two.addresses[family], two.floating[family]];
    await showPath(trial, cables, {
      ...{ what: 'between networks, on two hosts', family, from: one.instance, to: fixed },
      ends: [one.addresses[family], fixed],
      expected: [`${first} underlay`, `${second} underlay`],
    });
    const inside = near.addresses[family];
    await showPath(trial, cables, {
      ...{ what: 'between networks, on one host', family, from: one.instance, to: inside },
      ...{ ends: [one.addresses[family], inside], expected: [] },
    });
    const direct = {
      ...{ family, ends: [host, fixed, floating] },
      expected: [`${first} trunk`, `${second} trunk`],
    };
    await showPath(trial, cables, {
      ...{ what: 'from outside to a floating IP', from: beyond, to: floating },
      ...direct,
    });
    await showPath(trial, cables, {
      ...{ what: 'out from a floating IP', from: two.instance, to: host },
      ...direct,
    });
    await showPath(trial, cables, {
      ...{ what: 'out by the gateway, for comparison', family, from: plain.instance, to: host },
      ends: [host, plain.addresses[family], gatewayAddress(world, family)],
      expected: [`${first} trunk`, `${second} underlay`, `${third} underlay`, `${third} trunk`],
    });
  }
}

/** The control: where the router is not distributed, the host of the gateway has it all. */
async function tryCentral(trial: Trial, world: DistributedWorld, cables: Cables): Promise<void> {
  const { far, two, router } = world;
  const { beyond } = far.outside;
  const [first, second, third] = trial.hosts.map(({ name = '' }) => name) as [string, string, string];
  const become = (distributed: boolean) =>
    trial.changeAsAdmin('router', router.id, { distributed }, { distributed: true });
  const toFloating = (family: Family) => {
    const [host, fixed, floating] = [far.hosts[family], two.addresses[family], two.floating[family]];
    return { from: beyond, to: floating, ends: [host, fixed, floating] };
  };
  await become(false);
  for (const family of FAMILIES) {
    const way = toFloating(family);
    await waitForPath(trial, cables, way, `${third} trunk`);
    await showPath(trial, cables, {
      ...{ what: 'from outside to a floating IP of a router that is not distributed', family, ...way },
      expected: [`${first} trunk`, `${second} underlay`, `${third} underlay`, `${third} trunk`],
    });
  }
  await become(true);
  for (const family of FAMILIES) await waitForPath(trial, cables, toFloating(family), `${second} trunk`);
}

/** The host of the gateway is gone: who is on others, and needs no gateway, does not notice. */
async function withoutGatewayHost(trial: Trial, world: DistributedWorld, host: LabHost): Promise<void> {
  const { far, one, two, plain, router } = world;
  const { beyond } = far.outside;
  const ways = FAMILIES.flatMap((family) => {
    // IPv4 has the gateway's address, and needs its host.
    const isOwn = family === 6 && trial.isSextant;
    const out = isOwn ? 'with an address of its own' : 'by the gateway, for comparison';
    return [
      [`IPv${family} between networks`, one.instance, two.addresses[family], true],
      [`IPv${family} from outside to a floating IP`, beyond, two.floating[family], true],
      [`IPv${family} out from a floating IP`, two.instance, far.hosts[family], true],
      [`IPv${family} out ${out}`, plain.instance, far.hosts[family], isOwn],
    ] as const;
  });
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
  await waitUntil(isLeft, PATHS_SETTLED_MS);
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
