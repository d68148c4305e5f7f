/** Waiting: for a state of affairs that nothing announces, and for an answer that may never come. */
import { setTimeout as pause } from 'node:timers/promises';

const INTERVAL = 25;
/** In how many slices patience runs out. */
const SLICES = 20;

/** How many times longer than here everything may take: that of this process. */
let patience = 1;

/**
 * Has all waits last `factor` times as long, for where everything is slower. Who waits for what comes is none the
 * slower for it.
 */
export function setPatience(factor: number): void {
  patience = factor;
}

/** For how long what was asked of a cloud may still be on its way, in milliseconds: that of this process. */
let lag = 0;

/**
 * Has `onceSettled` look again for so long. An API that leaves the work to agents answers before it is done, however fast
 * it is.
 */
export function setLag(milliseconds: number): void {
  lag = milliseconds;
}

/** What `look` gives when that is right, or when it is still not right once a cloud must have done what it was asked. */
export async function onceSettled<T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + lag;
  for (;;) {
    const last = performance.now() >= deadline;
    const seen = await look();
    if (last || isRight(seen)) return seen;
    await pause(INTERVAL);
  }
}

/** What so much time is here. */
export const withPatience = (milliseconds: number): number => milliseconds * patience;

/**
 * Looks again and again until `look` gives something other than undefined or false, and gives that; undefined when
 * `milliseconds` pass first. It looks at least once, and a last time at the end; in between every `interval`
 * milliseconds: often, unless looking is dear.
 */
export async function waitUntil<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds: number,
  interval = INTERVAL,
): Promise<T | undefined> {
  const deadline = performance.now() + withPatience(milliseconds);
  for (;;) {
    const last = performance.now() >= deadline;
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (last) return undefined;
    await pause(Math.max(0, Math.min(interval, deadline - performance.now())));
  }
}

/**
 * Calls `onEnd` after `milliseconds` in which this process could have noticed an answer. Timers are looked at before what
 * has arrived; so what the process stands still, on a busy machine or in work of its own, counts for a slice at most, and
 * an answer that came meanwhile is noticed.
 * @returns how to end the wait
 */
export function afterPatience(milliseconds: number, onEnd: () => void): () => void {
  let slices = 0;
  const timer = setInterval(() => {
    if (++slices < SLICES) return;
    clearInterval(timer);
    onEnd();
  }, withPatience(milliseconds) / SLICES);
  return () => clearInterval(timer);
}
