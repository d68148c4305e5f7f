/** Why units fail, in words for those who run the engine, and in words for the units' owners. */
import { RefusedError, ValueError } from '../../ovsdb/index.ts';
import { PlanError, type RowRef, type UnitName } from './plan.ts';

/** A unit that is not as the store wants it. */
export interface Failure {
  readonly unit: UnitName;
  /** In full, for those who run the engine. */
  readonly reason: string;
  /** What the unit's owner may know of it: what is wrong with the unit, nothing of the engine's own affairs. */
  readonly publicReason: string;
  /** When it failed first, in milliseconds since 1970. */
  readonly since: number;
  /** How often it was tried. */
  readonly attempts: number;
}

/**
 * Where failures are kept for those who ask another process than the one that reconciles. Taking note returns at once
 * and never fails: who keeps them writes when they can.
 */
export interface FailureLog {
  /**
   * Those that were kept last, by whichever reconciler.
   * @throws errors of where they are kept
   */
  read(): Promise<Failure[]>;
  /** A unit failed, for the first time or for another reason than before. */
  failed(failure: Failure): void;
  /** A unit that had failed does no more. */
  recovered(unit: UnitName): void;
}

/** A unit refers to a row of another one that nobody plans. */
export class MissingRowError extends Error {
  readonly ref: RowRef;

  constructor(ref: RowRef) {
    super(`there is no ${ref}`);
    this.ref = ref;
  }
}

const ASK_OPERATOR = 'whoever runs the service finds the reason in its log';

/** What the owner of a unit may know of an error. */
export function publicReason(error: Error): string {
  if (error instanceof PlanError) return error.message;
  if (error instanceof MissingRowError) {
    return `it needs ${error.ref.unit.replace('/', ' ')}, which could not be brought into OVN`;
  }
  if (error instanceof ValueError) return `OVN cannot hold it: ${error.message}`;
  // Its details may name rows of others.
  if (error instanceof RefusedError) return `OVN refuses it (${error.tag}): ${ASK_OPERATOR}`;
  return `it could not be brought into OVN: ${ASK_OPERATOR}`;
}
