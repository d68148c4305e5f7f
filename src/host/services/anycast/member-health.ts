/** When something that is asked over and over is healthy. Pure. */

export interface MemberHealth {
  /** Undefined before there were enough answers or failures in a row. */
  readonly healthy: boolean | undefined;
  /** What the last answers were, and how many of them in a row. */
  readonly last: boolean | undefined;
  readonly streak: number;
}

export const UNKNOWN: MemberHealth = { healthy: undefined, last: undefined, streak: 0 };

/**
 * What is to be thought after one more answer, or none.
 * @param well whether there was an answer that says so
 * @param limits failures in a row that make it unhealthy, and answers in a row that make it healthy
 */
export function judgeHealth(
  before: MemberHealth,
  well: boolean,
  limits: { fall: number; rise: number },
): MemberHealth {
  const streak = well === before.last ? before.streak + 1 : 1;
  const isDecided = streak >= (well ? limits.rise : limits.fall);
  return { healthy: isDecided ? well : before.healthy, last: well, streak };
}
