/** A row of the gap table, as a program. */
import type { Need } from '../../client/index.ts';
import type { CaseVerdict } from './case-verdict.ts';
import type { Trial } from './trial.ts';

export interface UseCase<Id extends string = string> {
  /** Scripts and checks depend on it. */
  readonly id: Id;
  readonly title: string;
  /** What Sextant claims as it is now: less is a failure. */
  readonly claim: CaseVerdict;
  /** What Sextant lacks of what the use case asks for, a sentence each: nothing of that is said of another cloud. */
  readonly missing: readonly string[];
  /** What the use case asks for and is tried nowhere: for another cloud that is all that is known of it, a sentence each. */
  readonly untried?: readonly string[];
  /** What it takes of the API: without, it cannot be tried. Parts of it may take more (`Trial.demand`). */
  readonly needs?: readonly Need[];
  /** What its evidence cannot show where it is tried, and which does not make it less: a sentence each. */
  readonly limits?: readonly string[];
  /**
   * Makes what the use case needs, tries it with real packets and hands the trial what it saw. What it throws
   * counts as evidence that failed.
   */
  readonly gather: (trial: Trial) => Promise<void>;
  /** The part of it that would disturb other use cases, such as floods: done when no other is under way. */
  readonly gatherAlone?: (trial: Trial) => Promise<void>;
}

/** A use case whose id the compiler knows: the registry has the type of all ids from that. */
export const defineUseCase = <const Id extends string>(useCase: UseCase<Id>): UseCase<Id> => useCase;
