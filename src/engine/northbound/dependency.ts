/**
 * What units depend on: the unit says so, of each resource that its plan is made from. From a change to the units that
 * it concerns there may be several steps (subnet, its addresses, their ports). Steps that can end are safe to follow
 * only where the change itself says where they led, before and after: so the last step to a unit is always one of the
 * unit's own, whose end is a change of the unit; everything else is looked up as it is now.
 */

import type { Kysely } from 'kysely';
import {
  type AspectOf,
  type definitions,
  type LinkOf,
  type ResourceName,
  slices,
  type Tables,
} from '../../resources/index.ts';
import type { Change } from '../../store/index.ts';
import type { UnitName } from '../reconciler/plan.ts';

type Database = Kysely<Tables>;
type DefinitionOf<R extends ResourceName> = (typeof definitions)[R];
/** Links whose name is no attribute's: see `recordChange`. */
type BelongingOf<R extends ResourceName> = NonNullable<DefinitionOf<R>['belongings']>[number];

/** A change of a resource of this kind. */
export interface ChangeOf<R extends ResourceName> {
  readonly id: string;
  readonly links: { readonly [L in LinkOf<DefinitionOf<R>>]: readonly string[] } & {
    readonly [B in BelongingOf<R>]?: readonly string[];
  };
}

/** Finds the units that changes concern, by their ids. */
export type FindUnits<R extends ResourceName> = (
  changes: readonly ChangeOf<R>[],
  db: Database,
) => Iterable<string> | Promise<Iterable<string>>;

/** One thing that the plans of a kind of unit are made from. */
export interface Dependency {
  readonly resource: ResourceName;
  /** The attributes, or what else belongs to the resource; that one is made or deleted always counts. */
  readonly aspects: readonly string[];
  readonly find: FindUnits<ResourceName>;
}

/** Declares that plans are made from these aspects of a resource. */
export const on = <R extends ResourceName>(
  resource: R,
  aspects: readonly AspectOf<DefinitionOf<R>>[],
  find: FindUnits<R>,
): Dependency => ({ resource, aspects, find: find as FindUnits<ResourceName> });

/** The unit is the resource. */
export const itself = (changes: readonly { readonly id: string }[]): string[] => changes.map(({ id }) => id);

/** The units that a link of the resource names. */
export const named =
  <L extends string>(link: L) =>
  (changes: readonly { readonly links: { readonly [K in L]: readonly string[] } }[]): string[] =>
    changes.flatMap(({ links }) => links[link]);

/** Asks the store for units, by the ids of what they belong to. */
export type UnitLookup = (
  db: Database,
  ids: readonly string[],
) => Promise<readonly { readonly id: string }[]>;

/** What a look-up finds, asked in portions that databases take. */
export async function idsFrom(lookup: UnitLookup, of: readonly string[], db: Database): Promise<string[]> {
  const result: string[] = [];
  for (const ids of slices([...new Set(of)])) for (const { id } of await lookup(db, ids)) result.push(id);
  return result;
}

/**
 * The units that a look-up finds.
 * @param of what to look up; the changed resources themselves unless given
 */
export const found =
  <R extends ResourceName>(
    lookup: UnitLookup,
    of: (changes: readonly ChangeOf<R>[]) => readonly string[] = itself,
  ): FindUnits<R> =>
  (changes, db) =>
    idsFrom(lookup, of(changes), db);

/** As much of a unit as its dependencies concern. */
interface Dependent {
  readonly kind: string;
  readonly dependsOn: readonly Dependency[];
}

/** Whether a change is one of what a dependency is about. */
const concerns = ({ resource, attributes }: Change, dependency: Dependency): boolean =>
  resource === dependency.resource &&
  (attributes === undefined || dependency.aspects.some((aspect) => attributes.has(aspect)));

/** The units of some kinds whose plans may be others after these changes. */
export async function concernedUnits(
  units: readonly Dependent[],
  changes: readonly Change[],
  db: Database,
): Promise<Set<UnitName>> {
  const result = new Set<UnitName>();
  for (const { kind, dependsOn } of units) {
    for (const dependency of dependsOn) {
      const relevant = changes.filter((change) => concerns(change, dependency));
      if (relevant.length === 0) continue;
      const typed = relevant as readonly (Change & ChangeOf<ResourceName>)[];
      for (const id of await dependency.find(typed, db)) result.add(`${kind}/${id}`);
    }
  }
  return result;
}
