/** A row of the gap table, as a program. */

import type { Verdict } from './case-verdict.ts';
import type { Trial } from './trial.ts';

/** The use cases' names: scripts and checks depend on them. */
export const useCaseIds = [
  'multi-tenant',
  'v6-only',
  'provider-vlan',
  'routed-external',
  'dual-stack',
  'address-modes',
  'fixed-ip-stateful',
  'fixed-ip-slaac',
  'floating-ip',
  'sr-iov',
  'extensions',
  'metadata',
  'security-groups',
  'address-management',
  'anti-spoofing',
  'rogue-ra',
  'multiple-addresses',
  'mixed-networks',
  'prefix-delegation',
  'dvr',
  'nd-spoofing',
  'l3-ha',
] as const;

export type UseCaseId = (typeof useCaseIds)[number];

export interface UseCase {
  readonly id: UseCaseId;
  readonly title: string;
  /** What Sextant claims as it is now: less is a failure. */
  readonly claim: Verdict;
  /** What the use case asks for beyond what is tried, a sentence each. */
  readonly missing: readonly string[];
  /**
   * Makes what the use case needs, tries it with real packets and hands the trial what it saw. What it throws
   * counts as evidence that failed. Absent: the use case is not built.
   */
  readonly gather?: (trial: Trial) => Promise<void>;
  /** The part of it that would disturb other use cases, such as floods: done when no other is under way. */
  readonly gatherAlone?: (trial: Trial) => Promise<void>;
}
