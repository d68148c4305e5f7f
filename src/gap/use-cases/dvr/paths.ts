/** By which cables hosts send packets on. */
import type { Address, Family } from '../../../addressing/index.ts';
import { type Capture, type LabInstance, ping, waitUntil } from '../../../lab/index.ts';
import { decodeTunnel, type Frame } from '../../../packets/index.ts';
import { pingPasses, type Trial } from '../../kit/index.ts';

const REQUESTS = 10;
/** What the API says, hosts do a little later. */
export const PATHS_SETTLED_MS = 60_000;

export interface Cables {
  readonly underlay: readonly Capture[];
  readonly trunk: readonly Capture[];
}

export const captureAll = (trial: Trial): Cables => ({
  underlay: trial.captureCables('underlay'),
  trunk: trial.captureCables('trunk'),
});

/** Ends it: what passes while requests are sent every few milliseconds is nothing to be kept. */
export async function endCaptures({ underlay, trunk }: Cables): Promise<void> {
  for (const capture of [...underlay, ...trunk]) {
    await capture.stop();
    capture.observations.length = 0;
  }
}

/** Pings, and which hosts may send any of it on, by which cables. */
export interface Path {
  readonly what: string;
  readonly family: Family;
  readonly from: LabInstance;
  readonly to: Address;
  readonly source?: Address;
  /** The addresses that its packets are from and for. */
  readonly ends: readonly Address[];
  /** Hosts and cables; by each all of it is sent. */
  readonly expected: readonly string[];
}

/** Shows whether it passes, and where. */
export async function showPath(trial: Trial, cables: Cables, path: Path): Promise<void> {
  const { what, family, from, to, source, ends, expected } = path;
  const options = source === undefined ? {} : { source };
  const [how, core] = [`IPv${family}`, family === 6];
  // Neighbours that nobody knows yet are not what this is about.
  await waitUntil(async () => (await ping(from, to, options)).received > 0, PATHS_SETTLED_MS);
  const sent = await sentMeanwhile(trial, cables, passesBetween(ends), async () => {
    trial.show(
      await pingPasses({ what: `${how}, ${what}`, core }, from, to, { count: REQUESTS, ...options }),
    );
  });
  const isAsExpected =
    sent.size === expected.length && expected.every((cable) => (sent.get(cable) ?? 0) >= REQUESTS);
  trial.show({
    what: `${how}, ${what}: cables by which hosts send it on`,
    expected: expected.join(', ') || 'none',
    seen: Array.from(sent, ([cable, count]) => `${cable} (${count} packets)`).join(', ') || 'none',
    ok: isAsExpected,
    core,
  });
}

/** Waits until requests are sent on by a cable of a host. */
export async function waitForPath(
  trial: Trial,
  cables: Cables,
  { from, to, ends }: Pick<Path, 'from' | 'to' | 'ends'>,
  cable: string,
): Promise<void> {
  const ask = async () => void (await ping(from, to));
  const sent = () => sentMeanwhile(trial, cables, passesBetween(ends), ask);
  await waitUntil(async () => (await sent()).has(cable), PATHS_SETTLED_MS);
}

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
