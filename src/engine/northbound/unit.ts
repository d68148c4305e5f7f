/**
 * What a unit is: a thing of the store that rows of OVN's northbound database are made from. Each kind of them has a
 * folder with how they are read and planned; `units.ts` lists them all.
 */

import type { Kysely } from 'kysely';
import type { Tables } from '../../resources/index.ts';
import type { Planned } from '../reconciler/plan.ts';
import type { EngineSettings } from '../settings.ts';
import type { Dependency } from './dependency.ts';

/** A table whose rows can be units. */
export type UnitTable = {
  [Name in keyof Tables]: Tables[Name] extends { id: string } ? Name : never;
}[keyof Tables];

/** What a unit's plan is made from: rows as they are in the store. */
export interface UnitSource {
  readonly id: string;
}

/** How units of one kind are read and planned. */
interface ReadAndPlan<Source extends UnitSource> {
  readonly kind: string;
  /**
   * Reads units, in a few queries however many they are; those that are gone are left out. Leaves the rows as they
   * are: whatever could fail for one unit's sake is left to `plan`.
   * @param ids at least one
   */
  read(db: Kysely<Tables>, ids: readonly string[]): Promise<Source[]>;
  /**
   * What OVN should have of a unit. Pure.
   * @throws PlanError when the unit has no plan, for instance because a column of its rows makes no sense
   */
  plan(source: Source, settings: EngineSettings): Planned[];
  /** All that plans of the kind are made from: what is read, as far as it can change. */
  readonly dependsOn: readonly Dependency[];
}

/** A kind of which there is one for each row of a table, or there always are the same. */
export type Unit<Source extends UnitSource = UnitSource> = ReadAndPlan<Source> &
  ({ readonly table: UnitTable } | { readonly ids: readonly string[] });
