/** What plans refer to, and what of that is missing. */
import { isMember, type Planned, RowRef, type UnitName } from './plan.ts';
import type { ReplicaView } from './replica-view.ts';

/** The plans of the units of one batch; those that could not be made are not among them. */
export type Plans = ReadonlyMap<UnitName, readonly Planned[]>;

/** Every row that something planned refers to. */
export function* referencesOf(planned: Planned): Generator<RowRef> {
  if (isMember(planned)) {
    yield planned.holder;
    return;
  }
  const { columns, parent, memberOf = [] } = planned;
  if (parent !== undefined) yield parent;
  yield* memberOf;
  for (const value of Object.values(columns)) {
    if (value instanceof RowRef) yield value;
    else if (Array.isArray(value)) for (const member of value) if (member instanceof RowRef) yield member;
  }
}

/** Units outside the batch that a row of the batch refers to and that have no such row yet: they must join it. */
export function missingUnits(plans: Plans, view: ReplicaView): Set<UnitName> {
  const missing = new Set<UnitName>();
  for (const rows of plans.values()) {
    for (const row of rows) {
      for (const ref of referencesOf(row)) {
        if (!plans.has(ref.unit) && view.find(ref) === undefined) missing.add(ref.unit);
      }
    }
  }
  return missing;
}

/**
 * Takes out the units that refer to rows which nobody plans, and in turn those that refer to rows of theirs.
 *
 * @returns the units that can be applied, and for each of the others a reference that leads nowhere
 */
export function withoutDangling(
  plans: Plans,
  view: ReplicaView,
): { sound: Plans; dangling: ReadonlyMap<UnitName, RowRef> } {
  const sound = new Map(plans);
  const dangling = new Map<UnitName, RowRef>();
  const planned = new Map<UnitName, Set<string>>();
  for (const [unit, rows] of plans)
    planned.set(unit, new Set(rows.flatMap((row) => (isMember(row) ? [] : `${row.table} ${row.key}`))));
  const leadsNowhere = (ref: RowRef) => {
    // A unit of the batch has the rows of its plan; one that was taken out stays as it is in the replica.
    const rows = sound.has(ref.unit) ? planned.get(ref.unit) : undefined;
    return rows === undefined ? view.find(ref) === undefined : !rows.has(`${ref.table} ${ref.key}`);
  };
  for (let before = -1; before !== dangling.size; ) {
    before = dangling.size;
    for (const [unit, rows] of sound) {
      const ref = rows.flatMap((row) => [...referencesOf(row)]).find(leadsNowhere);
      if (ref === undefined) continue;
      dangling.set(unit, ref);
      sound.delete(unit);
    }
  }
  return { sound, dangling };
}
