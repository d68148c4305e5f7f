/** How those fare whom nobody attacks, while others are attacked. */

import { linkLocalAddress } from '../../../../addressing/index.ts';
import { type Capture, ping } from '../../../../lab/index.ts';
import { ALL_ROUTERS, type Frame, frame, icmpv6, ipv6, multicastMac } from '../../../../packets/index.ts';
import { type Evidence, isAdvertisement } from '../../../kit/index.ts';
import type { Player, Stage } from './attack-stage.ts';

const PINGS = { count: 10, intervalMs: 40, patienceMs: 1_000 } as const;
/** Milliseconds between router solicitations, and the longest wait for an answer. */
const SOLICIT = { pauseMs: 500, patienceMs: 2_000 } as const;
/** Part of them that must be answered: a busy machine may be late with a few. */
const ANSWERED = 0.8;

/** Does something, and gives evidence of how the witness fared meanwhile. */
export async function whileWitnessed(
  { witness, bystander, router }: Stage,
  capture: Capture,
  act: () => Promise<void>,
): Promise<Evidence[]> {
  const ended = new AbortController();
  const acting = act().finally(() => ended.abort());
  const [pings, solicitations] = await Promise.all([
    pingUntil(ended.signal, witness, bystander),
    solicitUntil(ended.signal, witness, capture, linkLocalAddress(router.mac).toString()),
    acting,
  ]);
  return [
    outcome('pings between others meanwhile', pings),
    outcome("another instance's router solicitations meanwhile", solicitations),
  ];
}

interface Tally {
  asked: number;
  /** Milliseconds until each answer. */
  readonly times: number[];
}

async function pingUntil(end: AbortSignal, from: Player, { address }: Player): Promise<Tally> {
  const tally: Tally = { asked: 0, times: [] };
  while (!end.aborted) {
    const { sent, roundTrips } = await ping(from.instance, address, PINGS);
    tally.asked += sent;
    tally.times.push(...roundTrips);
  }
  return tally;
}

async function solicitUntil(
  end: AbortSignal,
  { device, mac }: Player,
  capture: Capture,
  router: string,
): Promise<Tally> {
  const tally: Tally = { asked: 0, times: [] };
  const isAnswer = (seen: Frame) =>
    isAdvertisement(seen) && seen.network.kind === 'ipv6' && `${seen.network.source}` === router;
  while (!end.aborted) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = capture.onReceived(isAnswer, () => resolve(true));
    const timer = setTimeout(() => resolve(false), SOLICIT.patienceMs);
    const began = performance.now();
    tally.asked++;
    device.send(
      frame(
        mac,
        multicastMac(ALL_ROUTERS),
        ipv6(linkLocalAddress(mac), ALL_ROUTERS, icmpv6({ kind: 'router-solicitation', options: [] }), {
          hopLimit: 255,
        }),
      ),
    );
    if (await promise) tally.times.push(performance.now() - began);
    stop();
    clearTimeout(timer);
    await new Promise((resume) => setTimeout(resume, SOLICIT.pauseMs));
  }
  return tally;
}

const outcome = (what: string, { asked, times }: Tally): Evidence => ({
  what,
  expected: `${ANSWERED * 100} % are answered`,
  seen: `${times.length} of ${asked}, in ${Math.ceil(Math.max(0, ...times))} ms at most`,
  ok: asked > 0 && times.length >= ANSWERED * asked,
  core: true,
});
