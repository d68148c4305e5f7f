/**
 * Whether the instances that serve an anycast address do: each is asked over and over, and the server is told.
 *
 * Begin with `anycast-health.ts`; `anycast-probe.ts` has questions and answers as frames, `member-health.ts` what
 * a row of them means.
 */
export { AnycastHealth } from './anycast-health.ts';
export { PROBE_IDENTIFIER, PROBE_PORTS } from './anycast-probe.ts';
