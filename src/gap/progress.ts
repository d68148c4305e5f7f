/** How a run goes, as it goes. The member names are a contract with scripts. */
import type { CaseVerdict } from './kit/index.ts';
import type { UseCaseId } from './use-cases/registry.ts';

export type GapProgress =
  | { readonly event: 'run-started'; readonly cases: readonly UseCaseId[] }
  | { readonly event: 'case-started'; readonly case: UseCaseId }
  | { readonly event: 'evidence'; readonly case: UseCaseId; readonly what: string; readonly ok: boolean }
  | {
      readonly event: 'case-finished';
      readonly case: UseCaseId;
      readonly verdict: CaseVerdict;
      readonly seconds: number;
    }
  | { readonly event: 'run-finished'; readonly seconds: number };
