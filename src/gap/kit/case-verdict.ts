/** From evidence to a verdict: pure, so that nobody's wish is in it. */
import type { Evidence } from './evidence.ts';

/**
 * - `yes`: all evidence is as expected, and nothing is missing.
 * - `partial`: the core works, but something is missing or did not go as expected.
 * - `no`: it does not work.
 * - `unverified`: it could not be tried here, and what could did not fail.
 */
export type CaseVerdict = 'yes' | 'partial' | 'no' | 'unverified';

/** What a verdict is computed from. */
export interface Findings {
  readonly evidence: readonly Evidence[];
  /** What the use case asks for beyond what was tried, a sentence each. */
  readonly missing: readonly string[];
  /** Why it could not be tried, or not to its end. */
  readonly untried?: string | undefined;
  /** What of it could not be tried, and why, a sentence each. */
  readonly untriedParts?: readonly string[];
}

/**
 * The verdict on a use case that is built. Core evidence decides whether it works at all; without any, it does not. What
 * failed before something could not be tried has failed all the same; where nothing of the core was tried, and why is
 * known, that says nothing against anybody.
 */
export function verdictOf({ evidence, missing, untried, untriedParts = [] }: Findings): CaseVerdict {
  const core = evidence.filter((item) => item.core);
  if (core.length === 0 && untriedParts.length > 0) return 'unverified';
  if (untried !== undefined) return core.some((item) => !item.ok) ? 'no' : 'unverified';
  if (core.length === 0 || core.some((item) => !item.ok)) return 'no';
  const isWhole = missing.length === 0 && untriedParts.length === 0;
  return isWhole && evidence.every((item) => item.ok) ? 'yes' : 'partial';
}

const WORTH: Record<CaseVerdict, number> = { yes: 2, partial: 1, no: 0, unverified: 0 };

/** Whether a verdict is less than what was claimed. */
export const fallsShort = (verdict: CaseVerdict, claim: CaseVerdict): boolean =>
  WORTH[verdict] < WORTH[claim];
