/** IPv6 that leaves from instances' own hosts, with addresses of their own: `distributed_ipv6` of routers. */
import { Address, type Mac, Prefix } from '../../../addressing/index.ts';
import { type Capture, ping, waitUntil } from '../../../lab/index.ts';
import type { Frame } from '../../../packets/index.ts';
import { pingPasses, type Trial } from '../../kit/index.ts';
import { type Cables, PATHS_SETTLED_MS, showPath } from './paths.ts';
import { type DistributedWorld, WEST } from './world.ts';

/** Of the last 64 bits of an address that an instance takes for itself. */
const TAKEN = 0x7a_4e4en;

/** On one host: what leaves is seen to by its MAC address. */
export async function tryOwnHost(trial: Trial, world: DistributedWorld): Promise<void> {
  await distribute(trial, world, trial.capture(world.far.outside.device));
  const { far, plain } = world;
  const what = 'IPv6, from outside to an address that has its own way out';
  trial.show(await pingPasses({ what, core: true }, far.outside.beyond, plain.addresses[6]));
}

/** Over three hosts: who leads back by the router's next hop, and who has the prefix on its link. */
export async function tryOwnHosts(trial: Trial, world: DistributedWorld, cables: Cables): Promise<void> {
  const { far, plain } = world;
  const [first, second, third] = trial.hosts.map(({ name = '' }) => name) as [string, string, string];
  const [host, own] = [far.hosts[6], plain.addresses[6]];
  const out = { family: 6, from: plain.instance, to: host, ends: [host, own] } as const;
  const capture = trial.capture(far.outside.device);
  const ofGateway = await distribute(trial, world, capture);
  await showPath(trial, cables, {
    ...{ what: 'out from an address of its own; back as the router upstream leads', ...out },
    expected: [`${first} trunk`, `${second} trunk`, `${third} underlay`],
  });
  const { beyond } = far.outside;
  await showPath(trial, cables, {
    ...{ what: 'from outside, as the router upstream leads', family: 6, from: beyond, to: own },
    ...{ ends: [host, own], expected: [`${first} trunk`, `${second} trunk`, `${third} underlay`] },
  });
  await tryTaken(trial, world, cables);
  // A host whose cable is cut does not reach the external network: what is there goes by the gateway until it does again.
  const { mishaps } = trial.hosts[1]!;
  mishaps!.cut('trunk');
  await showPath(trial, cables, {
    ...{ what: 'out from an address of its own, while the cable of its host is cut', ...out },
    expected: [`${first} trunk`, `${second} underlay`, `${third} underlay`, `${third} trunk`],
  });
  mishaps!.mend('trunk');
  await waitUntil(async () => {
    const mac = await macOf(capture, world);
    return mac !== undefined && !isSame(mac, ofGateway);
  }, PATHS_SETTLED_MS);
  await withUpstreamOnLink(world);
  const direct = [`${first} trunk`, `${second} trunk`];
  await showPath(trial, cables, {
    ...{ what: 'out from an address of its own; the router upstream has the prefix on its link', ...out },
    expected: direct,
  });
  await showPath(trial, cables, {
    ...{ what: 'from outside, with the prefix on its link', family: 6, from: beyond, to: own },
    ...{ ends: [host, own], expected: direct },
  });
}

/** An address that an instance took for itself has nothing outside: it goes by the gateway, as ever. */
async function tryTaken(trial: Trial, { far, plain }: DistributedWorld, cables: Cables): Promise<void> {
  const [first, second, third] = trial.hosts.map(({ name = '' }) => name) as [string, string, string];
  const taken = Address.of(6, Prefix.parse(WEST).network.value | TAKEN);
  plain.instance.interface('eth0').addAddress(taken, 64);
  const host = far.hosts[6];
  await showPath(trial, cables, {
    what: 'out from an address that the instance took, for comparison',
    ...{ family: 6, from: plain.instance, source: taken, to: host, ends: [host, taken] },
    expected: [`${first} trunk`, `${second} underlay`, `${third} underlay`, `${third} trunk`],
  });
  // What follows is not to be from it.
  await plain.instance.run('ip', '-6', 'address', 'del', `${taken}/64`, 'dev', 'eth0');
}

/**
 * Has instances' IPv6 leave by their own hosts, and waits until it does.
 * @returns the MAC address of the gateway, from which it came until then
 */
async function distribute(trial: Trial, world: DistributedWorld, capture: Capture): Promise<Mac | undefined> {
  const before = await macOf(capture, world);
  const [on, off] = [{ distributed_ipv6: true }, { distributed_ipv6: false }];
  await trial.changeAsAdmin('router', world.router.id, on, off);
  await waitUntil(async () => !isSame(await macOf(capture, world), before), PATHS_SETTLED_MS);
  const after = await macOf(capture, world);
  trial.show({
    what: 'IPv6, out from an address of its own: the MAC address that has it outside',
    expected: 'another than that of the gateway',
    seen: `${after ?? 'none'}, and ${before ?? 'none'} before`,
    ok: before !== undefined && after !== undefined && !isSame(after, before),
    core: true,
  });
  return before;
}

const isSame = (one: Mac | undefined, other: Mac | undefined): boolean => `${one}` === `${other}`;

/** From which what an instance sends comes to the router upstream. */
async function macOf(capture: Capture, { far, plain }: DistributedWorld): Promise<Mac | undefined> {
  const seen = capture.observations.length;
  await ping(plain.instance, far.hosts[6]);
  await capture.settle();
  const isIts = ({ network }: Frame) => network.kind === 'ipv6' && network.source.equals(plain.addresses[6]);
  return capture.observations.slice(seen).find(({ outgoing, frame }) => !outgoing && isIts(frame))?.frame
    .source;
}

/** The router upstream is told that what is behind the router is on its link, and no next hop. */
async function withUpstreamOnLink({ far }: DistributedWorld): Promise<void> {
  await far.outside.upstream.run('ip', '-6', 'route', 'replace', WEST, 'dev', 'eth0');
}
