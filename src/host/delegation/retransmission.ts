/** When a DHCPv6 client says something again (RFC 8415 sections 7.6 and 15). Pure. Times are milliseconds. */

/** What a client may be waiting to have answered. */
export type ClientQuestion = 'solicit' | 'request' | 'renew' | 'rebind' | 'release';

interface Timing {
  readonly first: number;
  /** Between two at most; undefined for no bound. */
  readonly longest?: number;
  /** How often it is said at most; undefined for no bound. */
  readonly times?: number;
}

const TIMINGS: Readonly<Record<ClientQuestion, Timing>> = {
  solicit: { first: 1_000, longest: 3_600_000 },
  request: { first: 1_000, longest: 30_000, times: 10 },
  renew: { first: 10_000, longest: 600_000 },
  rebind: { first: 10_000, longest: 600_000 },
  release: { first: 1_000, times: 4 },
};

/** A question that is under way. */
export interface PendingQuestion {
  readonly asking: ClientQuestion;
  readonly transaction: number;
  readonly startedAt: number;
  /** How often it was said. */
  readonly said: number;
  /** The pause behind the last time. */
  readonly pause: number;
  /** When it is said next. */
  readonly nextAt: number;
}

/**
 * Has said it once more.
 * @param chance from 0 to less than 1
 * @param longest between two at most, where a server has set that
 */
export function saidAgain(
  attempt: PendingQuestion,
  now: number,
  chance: number,
  longest?: number,
): PendingQuestion {
  const timing = TIMINGS[attempt.asking];
  // The first of Solicit waits no less than its time, lest all clients of a link go ahead of their servers.
  const deviation = attempt.asking === 'solicit' && attempt.said === 0 ? chance / 10 : (chance - 0.5) / 5;
  const most = longest ?? timing.longest ?? Number.POSITIVE_INFINITY;
  const doubled = attempt.said === 0 ? timing.first * (1 + deviation) : attempt.pause * (2 + deviation);
  const pause = doubled > most ? most * (1 + deviation) : doubled;
  return { ...attempt, said: attempt.said + 1, pause, nextAt: now + pause };
}

/** Whether it was said as often as makes sense. */
export const isExhausted = ({ asking, said }: PendingQuestion): boolean =>
  said >= (TIMINGS[asking].times ?? Number.POSITIVE_INFINITY);
